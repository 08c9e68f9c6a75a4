#!/usr/bin/env python3
"""Knocks from every host of bin/lab ha at every port of every other one: bin/prove flows. It changes nothing.

Ports are those of the table of flows and those on which any host listens. It ends with 1 when anything is open or closed that the
table has otherwise.
"""

import subprocess
import sys
import time
from pathlib import Path

import yaml

from tests.flow_table import load_flows
from tests.flows import Site

PROJECT = Path(__file__).resolve().parents[1]
CONFIG = PROJECT / ".lab" / "taskmanager-lab" / "ssh_config"


def lab() -> Site:
    """Return the lab as its inventory and the table of flows describe it."""
    inventory = yaml.safe_load((PROJECT / "inventories" / "lab" / "hosts.yml").read_text())["all"]
    addresses = {name: host["ansible_host"] for name, host in inventory["hosts"].items()}
    groups = {name: [addresses[host] for host in group["hosts"]] for name, group in inventory["children"].items()}
    zones = {"coordinators": groups["databases"], **groups, "all": list(addresses.values()), "administrators": ["0.0.0.0/0"]}
    return Site(addresses, zones, load_flows(), frozenset(addresses))


def listening(host: str) -> set[int]:
    """Return the TCP ports on which a host listens for others."""
    command = ["ssh", "-F", str(CONFIG), host, "ss -Hltn"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()
    sockets = [line.split()[3].rsplit(":", 1) for line in lines]
    return {int(port) for address, port in sockets if not address.strip("[]").startswith(("127.", "::1"))}


def main() -> int:
    """Print what is open or closed against the table; return 1 when there is anything."""
    if not CONFIG.exists():
        sys.exit("bin/prove flows: no lab runs; start it with: bin/lab ha")
    site = lab()
    start = time.monotonic()
    knocks = site.knocks(set().union(*(listening(host) for host in site.addresses)))
    wrong = site.differences(knocks, CONFIG)
    seconds = time.monotonic() - start
    print("\n".join(wrong))
    expected = sum(site.is_open(knock) for knock in knocks)
    print(
        f"{len(site.addresses)} hosts, {len(knocks)} knocks, {expected} open by the table, {len(wrong)} differ, {seconds:.1f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
