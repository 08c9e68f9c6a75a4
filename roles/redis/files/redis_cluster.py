"""What a host knows of its Redis cluster, and how it asks the members."""

import json
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
        """Return a client of whoever listens there; while the secret changes, with whichever password is good."""
        client = self.connect(address, port, self.facts["operator_password"])
        if before := self.facts.get("before"):
            try:
                client.ping()
            except redis.AuthenticationError:
                return self.connect(address, port, before["operator"])
            except redis.RedisError:
                pass
        return client

    def connect(self, address: str, port: int, password: str) -> "redis.Redis[str]":
        """Return a client that signs in with a password."""
        # The authority is our own; the name is not checked, because certificates brought along may hold no addresses.
        return redis.Redis(
            host=address,
            port=port,
            username="operator",
            password=password,
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


def has_quorum(cluster: Cluster) -> bool:
    """Return whether the Sentinel of this host finds enough others: it answers, or it is an error. The client calls both a no."""
    cluster.sentinel(cluster.address).execute_command("SENTINEL CKQUORUM", cluster.name)
    return True


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
