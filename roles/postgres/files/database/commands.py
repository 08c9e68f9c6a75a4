#!/usr/bin/python3
"""Looks at the PostgreSQL cluster of this host and moves its leader: taskmanager-database --help."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cluster import Cluster, Refused, Row, page, wait_for
from settings import configure, settle


def wait_until_in_place(cluster: Cluster, name: str, seconds: float = 180) -> None:
    """Wait until somebody leads and the member runs: as the leader, or streaming from it."""

    def in_place() -> bool:
        row = cluster.member(name)
        if row["role"] == "leader":
            return bool(row["state"] == "running" and not row["leaderless"])
        return bool(row["state"] == "streaming")

    wait_for(seconds, in_place, f"{name} is not in place after {seconds:.0f} s; look on it at: journalctl -u patroni -n 50.")


def leader_of(cluster: Cluster) -> str:
    """Return the name of the leader."""

    def find() -> str | None:
        with ThreadPoolExecutor(8) as pool:
            rows = list(pool.map(cluster.member, cluster.addresses))
        return next((row["name"] for row in rows if row["role"] == "leader" and not row["leaderless"]), None)

    name: str = wait_for(60, find, f"Nobody leads {cluster.name}; look at: taskmanager-database status.")
    return name


def restart(cluster: Cluster, options: argparse.Namespace) -> str:
    """Restart members one after the other: replicas first, then the leader, once it has handed over if somebody can lead."""
    leader = leader_of(cluster)
    done = []
    for name in [name for name in options.names if name != leader]:
        restart_one(cluster, name)
        done.append(name)
    if leader in options.names:
        if best := best_candidate(cluster):
            move(cluster, leader, best)
            done.append(f"handed over to {best}")
        # A former leader has restarted already, to follow the new one; restarting it again costs nothing and is sure.
        restart_one(cluster, leader)
        done.append(leader)
        done += restart_again(cluster)
    return "restarted: " + ", ".join(done)


def best_candidate(cluster: Cluster) -> str | None:
    """Return who should take over; a replica that has just restarted is given a moment to follow in step."""
    if len(cluster.addresses) == 1:
        return None
    try:
        found: list[str] = wait_for(15, lambda: candidates(cluster.look()), "")
    except Refused:
        return None
    return found[0]


def restart_again(cluster: Cluster) -> list[str]:
    """Restart those that still wait to: a replica keeps a limit that was lowered until its leader runs with the lower one."""
    done: list[str] = []
    # A replica that restarts before it has heard of the leader's lower limit waits still, and its next restart is the last one.
    for _ in range(3):
        for name in waiting(cluster):
            restart_one(cluster, name)
            done.append(f"{name} once more")
    if late := waiting(cluster):
        raise Refused(f"{', '.join(late)} must restart still after three rounds; look there at: journalctl -u patroni -n 50.")
    return done


def waiting(cluster: Cluster) -> list[str]:
    """Return who must restart to take up a setting, the leader first."""
    leader = leader_of(cluster)
    names = [name for name in cluster.addresses if cluster.member(name)["pending_restart"]]
    return sorted(names, key=lambda name: name != leader)


def restart_one(cluster: Cluster, name: str) -> None:
    """Restart PostgreSQL on one member and wait until it is back in its place."""

    def ask() -> tuple[int, object] | None:
        # Patroni does one thing at a time: a former leader streams already while it still ends its own hand-over.
        status, said = cluster.rest(name, "/restart", "POST", {}, 300)
        return None if "already in progress" in str(said) else (status, said)

    status, said = wait_for(
        60, ask, f"Patroni on {name} is busy with something else for 60 s; look at: taskmanager-database status."
    )
    if status != 200:
        raise Refused(f"PostgreSQL on {name} could not be restarted: {said}; look there at: journalctl -u patroni -n 50.")
    wait_until_in_place(cluster, name)


def candidates(state: Row) -> list[str]:
    """Return who may take over without losing a write, the best first."""
    fit = [
        row
        for row in state["members"]
        if row["role"] == "replica"
        and row["state"] == "streaming"
        and (row["sync"] or not state["synchronous"])
        and (row["lag_bytes"] or 0) <= 1048576
    ]
    return [row["name"] for row in sorted(fit, key=lambda row: (row["pending_restart"], row["lag_bytes"] or 0, row["name"]))]


def move(cluster: Cluster, leader: str, target: str) -> None:
    """Let the target lead, and wait until both are in their places."""
    status, said = cluster.rest(leader, "/switchover", "POST", {"leader": leader, "candidate": target}, 120)
    if status != 200:
        raise Refused(f"Patroni did not move the leader to {target}: {said}")
    late = f"{target} does not lead after 60 s; look at: taskmanager-database status."
    wait_for(60, lambda: leader_of(cluster) == target, late)
    wait_until_in_place(cluster, leader)


def switchover(cluster: Cluster, options: argparse.Namespace) -> str:
    """Move the leader to a chosen replica or to the best, unless that could lose or stop writes."""
    state = cluster.look()
    leader, target = state["leader"], options.to
    healthy = sum(row["healthy"] for row in state["etcd"])
    if leader is None:
        raise Refused(f"Nobody leads {cluster.name}, so there is nothing to hand over; look at: taskmanager-database status.")
    if target is not None and target not in cluster.addresses:
        raise Refused(f"{target} is no member of {cluster.name}; choose from {', '.join(cluster.addresses)}.")
    if target == leader:
        return f"{leader} leads already"
    if healthy * 2 <= len(state["etcd"]):
        raise Refused(
            f"Only {healthy} of {len(state['etcd'])} etcd members are healthy: nobody could be elected; mend etcd first."
        )
    if len(cluster.addresses) == 1:
        raise Refused(f"{cluster.name} has one member, {leader}; nobody could take over.")
    fit = candidates(state)
    if target is not None and target not in fit:
        row = next(row for row in state["members"] if row["name"] == target)
        raise Refused(
            f"{target} cannot take over without losing writes: it is {row['state']}, lag {row['lag_bytes']} B,"
            f" sync {row['sync'] or 'no'};"
            f" wait until it streams in step, or choose {' or '.join(fit) or 'nobody for now'}."
        )
    if not fit:
        raise Refused("No replica streams in step with the leader; look at: taskmanager-database status.")
    if options.check:
        return f"{leader} would hand over to {target or fit[0]}"
    move(cluster, leader, target or fit[0])
    return f"{leader} handed over to {target or fit[0]}"


def reinit(cluster: Cluster, options: argparse.Namespace) -> str:
    """Throw away the data of a replica and make it anew from the leader."""
    state = cluster.look()
    if options.name not in cluster.addresses:
        raise Refused(f"{options.name} is no member of {cluster.name}; choose from {', '.join(cluster.addresses)}.")
    if state["leader"] is None:
        raise Refused("Nobody leads, so a copy could be made from nobody; look at: taskmanager-database status.")
    if options.name == state["leader"]:
        raise Refused(f"{options.name} leads; its data is the cluster's. Hand over first with playbooks/switchover.yml.")
    status, said = cluster.rest(options.name, "/reinitialize", "POST", {"force": True}, 60)
    if status != 200:
        raise Refused(f"Patroni on {options.name} does not start over: {said}")
    wait_for(30, lambda: cluster.member(options.name)["state"] != "streaming", f"{options.name} did not start over within 30 s.")
    wait_until_in_place(cluster, options.name, 3600)
    return f"{options.name} was made anew from {state['leader']}"


def show(cluster: Cluster, options: argparse.Namespace) -> str:
    """Return the state as a page or as JSON."""
    state = cluster.look()
    return json.dumps(state, indent=2) if options.json else page(state)


def wait(cluster: Cluster, _: argparse.Namespace) -> str:
    """Wait until this host is in its place."""
    wait_until_in_place(cluster, cluster.self)
    return "in place"


def main() -> int:
    """Do what the arguments say; a refusal is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    everything: list[tuple[str, Callable[[Cluster, argparse.Namespace], str]]] = [
        *(("status", show), ("wait", wait), ("leader", lambda cluster, _: leader_of(cluster)), ("settle", settle)),
        *(("configure", configure), ("restart", restart), ("switchover", switchover), ("reinit", reinit)),
    ]
    words = {}
    for word, function in everything:
        words[word] = commands.add_parser(word, help=function.__doc__)
        words[word].set_defaults(run=function)
    words["status"].add_argument("--json", action="store_true", help="for programs")
    words["restart"].add_argument("names", nargs="+")
    words["switchover"].add_argument("--to", help="name of the new leader; the best one by default")
    words["switchover"].add_argument("--check", action="store_true", help="say what would be done and do nothing")
    words["reinit"].add_argument("name")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("taskmanager-database: run it as root.", file=sys.stderr)
        return 1
    try:
        print(options.run(Cluster(), options))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
