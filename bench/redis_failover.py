#!/usr/bin/env python3
"""How long Redis takes no writes, and what is lost, when its master moves or dies: bin/prove redis-failover [ROUNDS].

It runs on the three members of molecule/redis, makes them when they are not there, and leaves them (molecule destroy -s redis).
The client is the app's own; it writes a hundred times a second and writes down every answer.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from tests.redis_ledger import Ledger, app_client  # noqa: E402 - the project's folder must be known first

NETWORK = "taskmanager-test-redis"
MEMBERS = {"one": "10.89.122.11", "two": "10.89.122.12", "three": "10.89.122.13"}
STATE = PROJECT / ".lab" / NETWORK
PROGRAM = "/usr/local/lib/taskmanager/redis-cluster"


def run(*command: str) -> str:
    """Run a command and return what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=900, cwd=PROJECT).stdout


def on(name: str, command: str) -> str:
    """Run a command on a member."""
    return run("ssh", "-F", str(STATE / "ssh_config"), name, command)


def podman(*arguments: str) -> None:
    """Do something to a member from outside."""
    run("podman", "--runtime", "runc", *arguments)


def master() -> str:
    """Return the member that is master, once the cluster is whole; at most two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for name in MEMBERS:
            try:
                state = json.loads(on(name, f"{PROGRAM} status"))
            except subprocess.SubprocessError:
                continue
            if state["healthy"]:
                return str(state["master"])
        time.sleep(0.5)
    raise TimeoutError("the cluster does not become whole again")


def power_cut(name: str) -> Callable[[], None]:
    """Cut the power and return what gives it back."""
    podman("kill", f"{NETWORK}-{name}")
    return lambda: podman("start", f"{NETWORK}-{name}")


def cable_cut(name: str) -> Callable[[], None]:
    """Cut the network, which says nothing to anybody, and return what mends it."""
    podman("network", "disconnect", NETWORK, f"{NETWORK}-{name}")
    return lambda: podman("network", "connect", "--ip", MEMBERS[name], NETWORK, f"{NETWORK}-{name}")


def killed(name: str) -> Callable[[], None]:
    """Kill the server; systemd starts it again."""
    on(name, "systemctl kill --kill-who=main --signal=KILL redis-server")
    return lambda: None


def moved(name: str) -> Callable[[], None]:
    """Move the master as playbooks/switchover-redis.yml does."""
    on(name, f"{PROGRAM} move")
    return lambda: None


FAULTS = {
    "planned move": (moved, 4),
    "kill -9 of the master": (killed, 8),
    "master's host loses power": (power_cut, 8),
    "master's host loses its network": (cable_cut, 8),
}


def main(rounds: int) -> int:
    """Run every fault and print the table; return 1 when a bound is missed or an acknowledged write of a planned move is lost."""
    if not (STATE / "pki" / "ca.crt").exists():
        run(str(PROJECT / ".venv/bin/molecule"), "converge", "-s", "redis")
    sentinels = ",".join(f"{address}:26379" for address in MEMBERS.values())
    client = app_client(f"rediss+sentinel://shop@{sentinels}/taskmanager/0", "Uphill-Gardens-41", str(STATE / "pki" / "ca.crt"))
    print("| fault | no write acknowledged for (median, longest) | bound | acknowledged | lost |\n|---|---|---|---|---|")
    missed = False
    for fault, (strike, bound_s) in FAULTS.items():
        gaps, acknowledged, lost = [], 0, 0
        for _ in range(rounds):
            name = master()
            with Ledger(client) as ledger:
                mend = strike(name)
                ledger.more()
            mend()
            master()
            gaps.append(ledger.longest_gap_s)
            acknowledged += len(ledger.acknowledged)
            lost += len(ledger.lost())
        median = statistics.median(gaps)
        print(f"| {fault} | {median:.1f} s, {max(gaps):.1f} s | {bound_s} s | {acknowledged} | {lost} |", flush=True)
        missed |= median > bound_s or (strike is moved and lost > 0)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
