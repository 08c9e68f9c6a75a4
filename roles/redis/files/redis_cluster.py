"""What a host knows of its Redis cluster, and how it brings its own server and Sentinel to what Ansible wrote down.

Redis and Sentinel rewrite their configuration files, so nobody else may: settings are compared with what the running servers say,
and only what differs is set.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

FACTS = Path("/etc/taskmanager/redis.json")
READY_S = 60


class Refusal(Exception):
    """What was asked for cannot be done; the text says why and what to do."""


class Cluster:
    """The facts of the cluster as role redis wrote them, and clients of its servers and Sentinels."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.name: str = facts["name"]
        self.host: str = facts["host"]
        self.members: dict[str, str] = facts["members"]
        self.facts = facts

    @property
    def address(self) -> str:
        """The address of this host."""
        return self.members[self.host]

    def client(self, address: str, port: int) -> "redis.Redis[str]":
        """Return a client of whoever listens there."""
        # The authority is our own; the name is not checked, because certificates brought along may hold no addresses.
        return redis.Redis(
            host=address,
            port=port,
            username="operator",
            password=self.facts["operator_password"],
            ssl=True,
            ssl_ca_certs=self.facts["tls"]["tls-ca-cert-file"],
            ssl_check_hostname=False,
            socket_timeout=3,
            socket_connect_timeout=2,
            decode_responses=True,
        )

    def server(self, address: str) -> "redis.Redis[str]":
        """Return a client of the server at an address."""
        return self.client(address, 6379)

    def sentinel(self, address: str) -> "redis.Redis[str]":
        """Return a client of the Sentinel at an address."""
        return self.client(address, 26379)

    def called(self, address: str) -> str:
        """Return the name of the member at an address, or the address itself for a stranger."""
        return {value: key for key, value in self.members.items()}.get(address, address)


def load() -> Cluster:
    """Return the cluster of this host."""
    return Cluster(json.loads(FACTS.read_text()))


def until(what: Callable[[], bool], seconds: float, refusal: Callable[[], str]) -> None:
    """Wait until something is true, for at most so many seconds; errors of the connection count as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except redis.RedisError:
            pass
        if time.monotonic() > deadline:
            raise Refusal(refusal())
        time.sleep(0.1)


def masters(cluster: Cluster) -> dict[str, str]:
    """Return the name of the master that each answering Sentinel knows, by the name of the Sentinel's host."""
    found = {}
    for host, address in cluster.members.items():
        try:
            found[host] = cluster.called(cluster.sentinel(address).sentinel_master(cluster.name)["ip"])
        except redis.RedisError:
            continue
    return found


def agreed_master(cluster: Cluster) -> str | None:
    """Return the master that all answering Sentinels name, None when none answers. A failover under way is waited for."""
    found: dict[str, str] = {}

    def agree() -> bool:
        nonlocal found
        found = masters(cluster)
        return len(set(found.values())) <= 1

    until(
        agree,
        20,
        lambda: (
            f"The Sentinels of {cluster.name} name different masters ("
            + ", ".join(f"{host} names {master}" for host, master in found.items())
            + "): two clusters have this name; give one another redis_cluster_name, or take its hosts out of redis_members."
        ),
    )
    return next(iter(found.values()), None)


def strangers(cluster: Cluster) -> list[str]:
    """Return the addresses that our Sentinels know although they are no member's, where somebody answers."""
    known = {}
    for address in cluster.members.values():
        client = cluster.sentinel(address)
        try:
            others = client.sentinel_slaves(cluster.name) + client.sentinel_sentinels(cluster.name)
        except redis.RedisError:
            continue
        for other in others:
            gone = {"s_down", "disconnected"} & set(flags_of(other))
            known[other["ip"]] = known.get(other["ip"], False) or not gone
    return sorted(address for address, lives in known.items() if lives and address not in cluster.members.values())


def flags_of(state: dict[str, Any]) -> list[str]:
    """Return Sentinel's flags of an instance; clients of different ages give a string or a set."""
    flags = state["flags"]
    return flags.split(",") if isinstance(flags, str) else list(flags)


def in_sync(cluster: Cluster) -> bool:
    """Return whether this host's server takes its part: a master with enough replicas, or a replica in touch with it."""
    info = cluster.server(cluster.address).info("replication")
    if info["role"] == "master":
        return int(info["connected_slaves"]) >= int(cluster.facts["settings"]["min-replicas-to-write"])
    return bool(info["master_link_status"] == "up")


def wait_in_sync(cluster: Cluster) -> None:
    """Wait until this host's server takes its part."""
    until(
        lambda: in_sync(cluster),
        READY_S,
        lambda: (
            f"Redis on {cluster.host} has no working replication after {READY_S} s; "
            f"look at journalctl -u {cluster.facts['units']['server']} here and on the other members."
        ),
    )


def younger(files: list[str], than: str) -> bool:
    """Return whether one of the files is younger than another, which may be missing."""
    mark = Path(than)
    return mark.exists() and any(Path(name).stat().st_mtime > mark.stat().st_mtime for name in files if Path(name).exists())


def settle_server(cluster: Cluster, check: bool) -> list[str]:
    """Bring the running server to the settings and files that are written down; return what was changed."""
    client = cluster.server(cluster.address)
    changes = []
    facts = cluster.facts
    # Younger than the server's start, or than the last time it was told to read its files.
    mark = next(name for name in (facts["files"]["read_mark"], facts["files"]["pid"]) if Path(name).exists())
    if younger([*facts["tls"].values(), facts["files"]["users"]], mark):
        changes.append("read users and certificates")
        if not check:
            client.execute_command("ACL LOAD")
            client.execute_command("CONFIG SET", *[word for pair in facts["tls"].items() for word in pair])
            Path(facts["files"]["read_mark"]).touch()
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
    if younger([*facts["tls"].values(), facts["files"]["sentinel_users"]], facts["files"]["sentinel_pid"]):
        changes.append("restart the Sentinel for its users and certificates")
        if not check:
            subprocess.run(["systemctl", "restart", facts["units"]["sentinel"]], check=True)
            until(lambda: bool(client.ping()), READY_S, lambda: f"The Sentinel of {cluster.host} does not start again.")
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
