"""How a host brings its own Redis server and Sentinel to what Ansible wrote down.

Redis and Sentinel rewrite their configuration files, so nobody else may: settings are compared with what the running servers say,
and only what differs is set.
"""

import subprocess
from pathlib import Path

from redis_cluster import READY_S, Cluster, has_quorum, until


def younger(files: list[str], than: str) -> bool:
    """Return whether one of the files is younger than another, which may be missing."""
    mark = Path(than)
    return mark.exists() and any(Path(name).stat().st_mtime > mark.stat().st_mtime for name in files if Path(name).exists())


def settle_users(cluster: Cluster, check: bool) -> list[str]:
    """Let server and Sentinel read users and certificates where those are younger; return what was changed."""
    facts = cluster.facts
    changes = []
    # Younger than the server's start, or than the last time it was told to read its files.
    mark = next(name for name in (facts["files"]["read_mark"], facts["files"]["pid"]) if Path(name).exists())
    if younger([*facts["tls"].values(), facts["files"]["users"]], mark):
        changes.append("read users and certificates")
        if not check:
            client = cluster.server(cluster.address)
            client.execute_command("ACL LOAD")
            # One that was signed in with what is not good any more was put out.
            client = cluster.server(cluster.address)
            client.execute_command("CONFIG SET", *[word for pair in facts["tls"].items() for word in pair])
            Path(facts["files"]["read_mark"]).touch()
    if younger([*facts["tls"].values(), facts["files"]["sentinel_users"]], facts["files"]["sentinel_pid"]):
        changes.append("restart the Sentinel for its users and certificates")
        if not check:
            subprocess.run(["systemctl", "restart", facts["units"]["sentinel"]], check=True)
            until(
                lambda: has_quorum(cluster),
                READY_S,
                lambda: f"The Sentinel of {cluster.host} does not find the others again.",
            )
    return changes


def settle_server(cluster: Cluster, check: bool) -> list[str]:
    """Bring the running server to the settings that are written down; return what was changed."""
    client = cluster.server(cluster.address)
    changes = []
    facts = cluster.facts
    current = client.config_get("*")
    wanted = {key: str(value) for key, value in {**facts["settings"], **facts["tls"]}.items()}
    different = {key: value for key, value in wanted.items() if current.get(key) != value}
    for key, value in different.items():
        changes.append(f"set {key}")
        if not check:
            client.config_set(key, value)
    if different and not check:
        client.config_rewrite()
    return changes


def settle_sentinel(cluster: Cluster, check: bool) -> list[str]:
    """Bring the running Sentinel to what is written down and let it forget members that are gone; return what was changed."""
    client = cluster.sentinel(cluster.address)
    facts = cluster.facts
    changes = []
    state = client.sentinel_master(cluster.name)
    orders = [
        ("SENTINEL SET", cluster.name, key, value) for key, value in facts["sentinel"].items() if str(state[key]) != str(value)
    ]
    lines = {line.replace('"', "") for line in Path(facts["files"]["sentinel"]).read_text().splitlines()}
    password = facts["sentinel_password"]
    if f"sentinel auth-pass {cluster.name} {password}" not in lines:
        orders.append(("SENTINEL SET", cluster.name, "auth-pass", password))
    if f"sentinel sentinel-pass {password}" not in lines:
        orders.append(("SENTINEL CONFIG SET", "sentinel-pass", password))
    for order in orders:
        changes.append(f"set {order[-2]} of the Sentinel")
        if not check:
            client.execute_command(*order)
    if known_strangers(cluster):
        changes.append("forget members that are gone")
        if not check:
            forget(cluster)
    return changes


def known_strangers(cluster: Cluster) -> bool:
    """Return whether this host's Sentinel knows an address that is no member's."""
    client = cluster.sentinel(cluster.address)
    known = client.sentinel_slaves(cluster.name) + client.sentinel_sentinels(cluster.name)
    return any(other["ip"] not in cluster.members.values() for other in known)


def forget(cluster: Cluster) -> None:
    """Let this host's Sentinel forget all others and learn anew who is there."""
    client = cluster.sentinel(cluster.address)
    client.execute_command("SENTINEL RESET", cluster.name)
    others = len(cluster.members) - 1

    def complete() -> bool:
        state = client.sentinel_master(cluster.name)
        return int(state["num-slaves"]) == int(state["num-other-sentinels"]) == others

    until(complete, READY_S, lambda: f"The Sentinel of {cluster.host} does not find the other {others} members again.")
