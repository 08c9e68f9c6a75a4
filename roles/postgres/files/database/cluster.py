"""The state of a PostgreSQL cluster, by Patroni's REST API and etcd's word on its health."""

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

ETC = Path("/etc/patroni")
Row = dict[str, Any]


class Refused(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


def wait_for(seconds: float, done: Callable[[], Any], sentence: str) -> Any:  # noqa: ANN401 - whatever `done` found
    """Call `done` until it returns something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := done()):
        if time.monotonic() > deadline:
            raise Refused(sentence)
        time.sleep(0.5)
    return found


class Cluster:
    """The hosts of the cluster as Ansible wrote them down, and how to speak to each."""

    def __init__(self) -> None:
        """Read who belongs to the cluster and the way into Patroni's REST API."""
        known = json.loads((ETC / "cluster.json").read_text())
        self.name: str = known["name"]
        self.self: str = known["self"]
        self.addresses: dict[str, str] = known["members"]
        self.etcd: list[str] = known["etcd"]
        self.patroni: Row = yaml.safe_load((ETC / "config.yml").read_text())
        rest = self.patroni["restapi"]
        self.tls = ssl.create_default_context(cafile=rest["cafile"])
        self.tls.load_cert_chain(rest["certfile"], rest["keyfile"])
        secret = f"{rest['authentication']['username']}:{rest['authentication']['password']}"
        self.authorization = "Basic " + base64.b64encode(secret.encode()).decode()

    def ask(self, url: str, method: str = "GET", body: Row | None = None, seconds: float = 4) -> tuple[int, Any]:
        """Send one request and return status and answer; status 0 means that nobody answered."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": self.authorization} if method != "GET" else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - always https, see below
        try:
            with urllib.request.urlopen(request, timeout=seconds, context=self.tls) as answer:  # noqa: S310
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def rest(self, name: str, path: str, method: str = "GET", body: Row | None = None, seconds: float = 4) -> tuple[int, Any]:
        """Ask Patroni on a member."""
        return self.ask(f"https://{self.addresses[name]}:8008{path}", method, body, seconds)

    def member(self, name: str) -> Row:
        """Return what a member says of itself, in the words of `status`."""
        status, said = self.rest(name, "/patroni")
        if status == 0 or not isinstance(said, dict):
            return {"name": name, "role": "-", "state": "unreachable", "sync": None, "timeline": None, "pending_restart": False}
        leads = said.get("role") in {"primary", "master"}
        wal = said.get("xlog", {})
        return {
            "name": name,
            "role": "leader" if leads else "replica",
            # Of a replica the state that matters is whether it streams.
            "state": said.get("replication_state") or said.get("state", "unknown"),
            "sync": next((word.split("_")[0] for word in ("sync_standby", "quorum_standby") if said.get(word)), None),
            "timeline": said.get("timeline"),
            "pending_restart": bool(said.get("pending_restart")),
            "paused": bool(said.get("pause")),
            "leaderless": bool(said.get("cluster_unlocked")),
            "version": said.get("server_version"),
            "position": wal.get("location") or wal.get("received_location") or wal.get("replayed_location"),
        }

    def etcd_members(self) -> list[Row]:
        """Return whether each member of etcd belongs to a majority."""

        def one(address: str) -> Row:
            _, said = self.ask(f"https://{address}:2379/health")
            return {"address": address, "healthy": isinstance(said, dict) and said.get("health") == "true"}

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(one, self.etcd))

    def look(self) -> Row:
        """Return the state of the cluster: what `status --json` prints."""
        with ThreadPoolExecutor(8) as pool:
            members = list(pool.map(self.member, self.addresses))
        leader = next((row for row in members if row["role"] == "leader" and row["state"] == "running"), None)
        end = (leader or {}).get("position")
        for row in members:
            own = row.pop("position", None)
            row["lag_bytes"] = max(0, end - own) if end is not None and own is not None and row is not leader else None
        dynamic = self.dynamic()
        state: Row = {
            "cluster": self.name,
            "leader": leader["name"] if leader else None,
            "synchronous": dynamic.get("synchronous_mode") or False,
            "strict": bool(dynamic.get("synchronous_mode_strict")),
            "members": members,
            "etcd": self.etcd_members(),
        }
        state["problems"] = problems(state)
        state["writable"] = leader is not None and (not state["strict"] or bool(confirming(state)))
        return state

    def dynamic(self) -> Row:
        """Return the settings that lie in etcd; without etcd, those that this host knows."""
        status, said = self.rest(self.self, "/config")
        if status == 200 and isinstance(said, dict):
            return said
        known: Row = self.patroni["bootstrap"]["dcs"]
        return known


def confirming(state: Row) -> list[Row]:
    """Return the replicas that have every confirmed write."""
    return [row for row in state["members"] if row["sync"] and row["state"] == "streaming"]


def problems(state: Row) -> list[str]:
    """Return a sentence for everything that is not as it should be."""
    found = []
    healthy = sum(row["healthy"] for row in state["etcd"])
    if healthy * 2 <= len(state["etcd"]):
        found.append(
            f"etcd has no majority ({healthy} of {len(state['etcd'])} members answer): nobody can become leader,"
            " and PostgreSQL takes no writes unless every member still follows; start etcd on the missing hosts."
        )
    elif healthy < len(state["etcd"]):
        missing = [row["address"] for row in state["etcd"] if not row["healthy"]]
        found.append(f"etcd does not answer on {', '.join(missing)}; look there at: journalctl -u etcd.")
    if state["leader"] is None:
        found.append("No member leads: the database takes no writes. Reads work on the members that run.")
    found += [
        f"{row['name']} is {row['state']}; look there at: journalctl -u patroni."
        for row in state["members"]
        if row["state"] not in {"running", "streaming"}
    ]
    found += [
        f"{row['name']} runs but does not follow {state['leader']}; look there at: journalctl -u patroni."
        for row in state["members"]
        if state["leader"] and row["role"] == "replica" and row["state"] == "running"
    ]
    if state["leader"] and state["strict"] and not confirming(state):
        found.append(f"No replica confirms the writes of {state['leader']}: they wait until one is back.")
    found += [f"{row['name']} must restart to take up a setting." for row in state["members"] if row["pending_restart"]]
    if any(row.get("paused") for row in state["members"]):
        found.append("Automatic failover is paused; resume it with: patronictl -c /etc/patroni/config.yml resume.")
    return found


def page(state: Row) -> str:
    """Return the state as a page for people."""
    lines = [
        f"PostgreSQL cluster {state['cluster']}: {state['leader'] or 'NOBODY'} leads, "
        + ("writes are taken" if state["writable"] else "WRITES ARE NOT TAKEN"),
        "",
        f"{'member':<16} {'role':<8} {'state':<12} {'timeline':>8} {'lag':>10}  {'sync':<7} restart",
    ]
    for row in state["members"]:
        lag = "-" if row["lag_bytes"] is None else f"{row['lag_bytes']} B"
        lines.append(
            f"{row['name']:<16} {row['role']:<8} {row['state']:<12} {row['timeline'] or '-':>8} {lag:>10}  "
            f"{row['sync'] or '-':<7} {'pending' if row['pending_restart'] else '-'}"
        )
    lines += ["", "etcd: " + ", ".join(f"{row['address']} {'healthy' if row['healthy'] else 'DOWN'}" for row in state["etcd"])]
    return "\n".join([*lines, "", *(state["problems"] or ["Nothing to do."])])
