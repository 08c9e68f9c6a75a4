"""Compares what is open between hosts with a table of flows."""

import json
import shlex
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
PROBE = PROJECT / "tests" / "probe.py"

Knock = tuple[str, str, str, int]


@dataclass(frozen=True)
class Site:
    """Hosts with their addresses, zones with theirs, the flows between them, and the hosts that may not ask just anybody."""

    addresses: dict[str, str]
    zones: dict[str, list[str]]
    flows: list[dict[str, Any]]
    ruled: frozenset[str]
    bound: frozenset[str] = frozenset()

    def inside(self, host: str, zone: str) -> bool:
        """Return whether a host's address lies in a zone."""
        networks = (ip_network(text) for text in self.zones.get(zone, []))
        return zone == "anywhere" or any(ip_address(self.addresses[host]) in network for network in networks)

    def named(self, host: str, zone: str) -> bool:
        """Return whether a zone lists the host itself, and not only a network around it."""
        return zone == "anywhere" or self.addresses[host] in self.zones.get(zone, [])

    def is_open(self, knock: Knock) -> bool:
        """Return whether the table lets a packet pass from one host to a port of another."""
        source, target, protocol, port = knock
        fitting = [flow for flow in self.flows if flow["protocol"] == protocol and port in flow.get("ports", [0])]
        enters = target not in self.ruled or any(
            self.inside(source, flow["from"]) and self.inside(target, flow["to"]) for flow in fitting
        )
        leaves = source not in self.bound or any(
            self.named(source, flow["from"]) and self.inside(target, flow["to"]) for flow in fitting
        )
        return enters and leaves

    def knocks(self, more_ports: Iterable[int] = (), protocols: Iterable[str] = ("tcp",)) -> list[Knock]:
        """Return a knock from every host at every port of every other one: all ports of the table, and more."""
        table = {(flow["protocol"], port) for flow in self.flows for port in flow.get("ports", [0])}
        doors = sorted({door for door in table if door[0] in protocols} | {("tcp", port) for port in more_ports})
        return [
            (source, target, protocol, port)
            for source in self.addresses
            for target in self.addresses
            for protocol, port in doors
            if source != target
        ]

    def seen(self, knocks: Iterable[Knock], config: Path) -> dict[Knock, bool]:
        """Knock as every host at the same time and return what is open."""
        by_source: dict[str, list[Knock]] = {}
        for knock in knocks:
            by_source.setdefault(knock[0], []).append(knock)
        with ThreadPoolExecutor(len(by_source)) as pool:
            answers = pool.map(lambda source: self.ask(source, by_source[source], config), by_source)
        return {
            knock: answer
            for source, opened in zip(by_source, answers, strict=True)
            for knock, answer in zip(by_source[source], opened, strict=True)
        }

    def ask(self, source: str, knocks: list[Knock], config: Path) -> list[bool]:
        """Run the probe on one host, over SSH, with all of its knocks."""
        doors = json.dumps([[self.addresses[target], protocol, port] for _, target, protocol, port in knocks])
        command = ["ssh", "-F", str(config), source, f"python3 - {shlex.quote(doors)}"]
        answer = subprocess.run(command, input=PROBE.read_text(), capture_output=True, text=True, check=False, timeout=120)
        if answer.returncode != 0:
            raise RuntimeError(f"{source}: {answer.stderr.strip()}")
        return list(json.loads(answer.stdout))

    def differences(self, knocks: Iterable[Knock], config: Path) -> list[str]:
        """Return a sentence for each knock that was answered other than the table says."""
        return [
            f"{source} → {target} {protocol} {port} is {'open' if opened else 'closed'}"
            for (source, target, protocol, port), opened in self.seen(knocks, config).items()
            if opened != self.is_open((source, target, protocol, port))
        ]
