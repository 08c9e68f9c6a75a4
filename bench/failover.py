"""How long PostgreSQL takes no writes after each fault, where the time goes, what is lost: bin/prove failover [PROFILE [RUNS]].

It makes the cluster of molecule/postgres with a recovery profile (fast by default), breaks it in every way, each three times by
default, and removes it again; hosts that were there before stay. The client is the app's own pool of connections, here.
"""

import json
import logging
import os
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import testinfra

from tests.breaker import ADDRESSES, NETWORK, Breaker, Mend
from tests.ledger import TRIO, Trio
from tests.postgres_ledger import AppLedger, app_pool

PROJECT = Path(__file__).parents[1]
STATE = PROJECT / ".lab" / NETWORK
# How long a leader may be silent, and what inventories/production gives the app with each profile.
TTL_S = {"fast": 20, "normal": 30, "safe": 60}
CLIENTS = {
    "fast": "connect_timeout=2 tcp_user_timeout=3000 keepalives_idle=2",
    "normal": "connect_timeout=3 tcp_user_timeout=6000 keepalives_idle=5",
    "safe": "connect_timeout=5 tcp_user_timeout=20000 keepalives_idle=10",
}
# Each fault, and for how long writes may stop with the fast profile; those that a bound stands for are run with every profile.
FAULTS: dict[str, tuple[Callable[[Breaker, str], Mend], float | None]] = {
    "planned switchover": (Breaker.switchover, 4),
    "kill -9 of PostgreSQL on the leader": (Breaker.kill_server, 5),
    "leader powered off": (Breaker.cut_power, 30),
    "leader cut off from the network, then back": (Breaker.cut_off, 30),
    "kill -9 of Patroni on the leader": (Breaker.kill_patroni, None),
    "leader cut off from etcd only": (Breaker.cut_from_etcd, None),
    "a replica powered off": (Breaker.lose_replica, None),
    "a replica's disk full": (Breaker.fill_replica, None),
    "leader of etcd killed": (Breaker.lose_etcd_leader, None),
}


class Watch:
    """Asks all members ten times a second who leads, without a certificate, and keeps when the answer changed."""

    def __init__(self) -> None:
        """Start asking."""
        self.changes: list[tuple[float, str | None]] = [(time.monotonic(), None)]
        self.stop = threading.Event()
        self.tls = ssl.create_default_context(cafile=str(STATE / "pki" / "ca.crt"))
        self.threads = [threading.Thread(target=self.ask, args=(name,), daemon=True) for name in ADDRESSES]
        self.lead: dict[str, bool] = dict.fromkeys(ADDRESSES, False)
        for thread in self.threads:
            thread.start()

    def ask(self, name: str) -> None:
        """Ask one member until told to stop."""
        while not self.stop.wait(0.1):
            try:
                with urllib.request.urlopen(f"https://{ADDRESSES[name]}:8008/primary", timeout=1, context=self.tls) as answer:
                    self.lead[name] = answer.status == 200
            except OSError:
                self.lead[name] = False
            leads = next((name for name, is_leader in self.lead.items() if is_leader), None)
            if leads != self.changes[-1][1]:
                self.changes.append((time.monotonic(), leads))

    def found(self, start: float, end: float) -> float | None:
        """Return when within a span of time the last leader was found, if one was."""
        return max((moment for moment, leads in self.changes if leads and start <= moment <= end), default=None)


class Outcome(NamedTuple):
    """What one fault did: seconds without a confirmed write, those until somebody led, and numbers of writes."""

    pause_s: float
    leaderless_s: float | None
    confirmed: int
    lost: int
    by_the_old: int


def run(trio: Trio, fault: Callable[[Breaker, str], Mend], profile: str) -> Outcome:
    """Break and mend the cluster once, under writes."""
    names = f"host={','.join(ADDRESSES)} hostaddr={','.join(ADDRESSES.values())} dbname=orders user=anna sslmode=verify-full"
    keepalive = f"keepalives_interval=1 keepalives_count=3 sslrootcert={STATE / 'pki' / 'ca.crt'}"
    pool = app_pool(f"{names} {keepalive} {CLIENTS[profile]}", "Uphill-Gardens-41")
    breaker, watch = Breaker(trio, TTL_S[profile]), Watch()
    try:
        leader = trio.leader()
        with AppLedger(pool) as ledger:
            mend = fault(breaker, leader)
            ledger.more()
            mend()
            trio.leader()
            ledger.more()
        start, end = ledger.longest_pause()
        leads = watch.found(start, end)
        leaderless = None if leads is None else leads - start
        return Outcome(end - start, leaderless, len(ledger.confirmed), len(ledger.lost()), breaker.acknowledged_by_the_old)
    finally:
        watch.stop.set()
        pool.close()


def hosts_there() -> bool:
    """Tell whether the hosts of the scenario run already."""
    said = subprocess.run(["podman", "ps", "--format={{.Names}}"], capture_output=True, text=True, check=True).stdout
    return f"{NETWORK}-db1" in said.splitlines()


def make(profile: str) -> None:
    """Bring the hosts to the profile, and let this machine in."""
    clients = [*ADDRESSES.values(), "10.89.121.1"]
    inputs = json.dumps({"postgres_recovery_profile": profile, "postgres_client_addresses": clients})
    log = PROJECT / ".cache" / "prove-failover.log"
    log.parent.mkdir(exist_ok=True)
    print(f"Making the cluster with the profile {profile} (log: {log})", file=sys.stderr, flush=True)
    with log.open("w") as output:
        command = ["molecule", "converge", "-s", "postgres", "--", "-l", "trio,localhost", "-e", inputs]
        if subprocess.run(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode:
            sys.exit(f"failover: the cluster could not be made; read {log}.")


def table(trio: Trio, profile: str, runs: int) -> bool:
    """Break everything and print the table; return whether everything stayed within its bound and nothing was lost."""
    load = os.getloadavg()[0]
    print(f"Profile {profile}, {runs} runs of each fault, {os.cpu_count()} cores, load {load:.0f} before the first\n")
    print("| fault | no write confirmed for: median (all) | without a leader | bound | confirmed | lost | by the old leader |")
    print("|---|---|---|---|---|---|---|", flush=True)
    good = True
    for name, (fault, bound) in FAULTS.items():
        if profile != "fast" and bound is None:
            continue
        outcomes = [run(trio, fault, profile) for _ in range(runs)]
        pause = statistics.median(outcome.pause_s for outcome in outcomes)
        waits = [outcome.leaderless_s for outcome in outcomes if outcome.leaderless_s is not None]
        confirmed, lost, old = (sum(values) for values in list(zip(*outcomes, strict=True))[2:])
        cells = [
            name,
            f"{pause:.1f} s ({', '.join(f'{outcome.pause_s:.1f}' for outcome in outcomes)})",
            f"{statistics.median(waits):.1f} s" if waits else "-",
            f"{bound} s" if bound and profile == "fast" else "-",
            *(str(number) for number in (confirmed, lost, old)),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
        good &= lost == 0 and old == 0 and (profile != "fast" or bound is None or pause <= bound)
    return good


def main(profile: str = "fast", runs: str = "3") -> int:
    """Make the cluster, break it, and remove it."""
    if profile not in CLIENTS:
        sys.exit(f"failover: there is no profile {profile}; choose from {', '.join(CLIENTS)}.")
    # The pool tells of every attempt while nobody leads.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    stay = hosts_there()
    try:
        make(profile)
        trio = Trio({name: testinfra.get_host(f"ssh://{name}", ssh_config=str(STATE / "ssh_config")) for name in TRIO})
        return 0 if table(trio, profile, int(runs)) else 1
    finally:
        if not stay:
            subprocess.run(["molecule", "destroy", "-s", "postgres"], cwd=PROJECT, capture_output=True, check=False)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
