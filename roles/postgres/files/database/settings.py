"""The settings that all members of the cluster share: they lie in etcd, and each member takes them up."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from cluster import Cluster, Refused, Row, wait_for

RELOADED = Path("/run/patroni/reloaded")


def sql(statement: str) -> str:
    """Ask the server of this host as its superuser."""
    command = ["runuser", "-u", "postgres", "--", "psql", "-XAtqc", statement]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/").stdout.strip()


def shared_settings(cluster: Cluster) -> Row:
    """Return the settings that lie in etcd now.

    Asked for them, Patroni tells what it saw in its last round; a change of nothing makes it look, and take up what it finds.
    """

    def ask() -> Row | None:
        status, said = cluster.rest(cluster.self, "/config", "PATCH", {"taskmanager": None})
        return said if status == 200 and isinstance(said, dict) else None

    sentence = f"Patroni on {cluster.self} does not give the settings in etcd; look at: taskmanager-database status."
    found: Row = wait_for(30, ask, sentence)
    return found


def settle(cluster: Cluster, _: argparse.Namespace) -> str:
    """Wait until this host has taken up its files and the settings in etcd; say whether it must restart for some of them."""
    shared = shared_settings(cluster)["postgresql"]["parameters"]
    numbers = {name: value for name, value in shared.items() if isinstance(value, int) and not isinstance(value, bool)}
    listed = ", ".join(f"('{name}', '{value}')" for name, value in numbers.items())
    differing = f"SELECT count(*) FROM (VALUES {listed}) AS v(name, value) WHERE current_setting(name) <> value"  # noqa: S608
    written = Path(cluster.patroni["postgresql"]["data_dir"]) / "postgresql.conf"

    def taken_up() -> bool:
        loaded = float(sql("SELECT extract(epoch FROM pg_conf_load_time())") or 0)
        text = written.read_text()
        return (not RELOADED.exists() or loaded >= RELOADED.stat().st_mtime) and all(
            f"{name} = '{value}'" in text for name, value in numbers.items()
        )

    wait_for(60, taken_up, f"{cluster.self} has not taken up its settings after 60 s; look at: journalctl -u patroni -n 50.")
    pending = sql(f"SELECT ({differing}) + (SELECT count(*) FROM pg_settings WHERE pending_restart)")  # noqa: S608
    return "settled" if pending == "0" else "restart needed"


def configure(cluster: Cluster, _: argparse.Namespace) -> str:
    """Bring the settings that lie in etcd to those on standard input; what Patroni keeps there for itself stays."""
    wanted: Row = json.load(sys.stdin)
    current = shared_settings(cluster)
    stale = current.get("postgresql", {}).get("parameters", {}).keys() - wanted["postgresql"]["parameters"].keys()
    if merged(current, wanted) == current and not stale:
        return "unchanged"
    change = merged(wanted, {"postgresql": {"parameters": dict.fromkeys(stale)}})
    status, said = cluster.rest(cluster.self, "/config", "PATCH", change)
    if status != 200:
        raise Refused(f"Patroni on {cluster.self} does not take the settings: {said}")
    return "changed"


def merged(old: Row, new: Row) -> Row:
    """Return the old settings with the new ones in their place, at every depth."""
    both = {
        key: merged(old[key], new[key])
        for key in old.keys() & new.keys()
        if isinstance(old[key], dict) and isinstance(new[key], dict)
    }
    return old | new | both
