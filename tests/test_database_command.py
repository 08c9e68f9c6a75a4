"""What taskmanager-database sends to etcd and what it calls a problem, with a Patroni that only keeps what it is sent."""

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "roles" / "postgres" / "files" / "database"))

import cluster
import commands
import settings

LIMITS = {"max_connections": 40, "max_wal_senders": 10}


class FakeCluster:
    """Keeps what it is sent, as Patroni merges it."""

    self = "db1"

    def __init__(self, kept: dict[str, Any]) -> None:
        self.kept = kept
        self.sent: list[dict[str, Any]] = []

    def rest(self, _name: str, _path: str, _method: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Take a change, or give what is kept."""
        if body != {"taskmanager": None}:
            self.sent.append(body)
        return 200, self.kept


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        ({"ttl": 20, "postgresql": {"parameters": {**LIMITS, "max_connections": 44}}}, {**LIMITS}),
        ({"ttl": 20, "postgresql": {"parameters": {**LIMITS, "gone": 1}}}, {**LIMITS, "gone": None}),
    ],
)
def test_a_changed_limit_and_one_that_is_gone_are_sent(
    kept: dict[str, Any], sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    patroni: Any = FakeCluster(kept)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"ttl": 20, "postgresql": {"parameters": LIMITS}})))
    assert settings.configure(patroni, argparse.Namespace()) == "changed"
    assert [body["postgresql"]["parameters"] for body in patroni.sent] == [sent]


def test_the_same_settings_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"ttl": 20, "postgresql": {"parameters": LIMITS}}
    patroni: Any = FakeCluster({**wanted, "pause": False})
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(wanted)))
    assert settings.configure(patroni, argparse.Namespace()) == "unchanged"
    assert patroni.sent == []


def member(name: str, role: str, state: str) -> dict[str, Any]:
    """Return what a member says of itself."""
    return {"name": name, "role": role, "state": state, "sync": "quorum" if role == "replica" else None, "pending_restart": False}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("streaming", []),
        ("running", ["db2 runs but does not follow db1; look there at: journalctl -u patroni."]),
        ("unreachable", ["db2 is unreachable; look there at: journalctl -u patroni."]),
    ],
)
def test_a_replica_that_does_not_stream_is_a_problem(state: str, found: list[str]) -> None:
    rows = [member("db1", "leader", "running"), member("db2", "replica", state), member("db3", "replica", "streaming")]
    seen = {"leader": "db1", "strict": True, "etcd": [{"address": "192.0.2.1", "healthy": True}], "members": rows}
    assert cluster.problems(seen) == found


class HesitantCluster:
    """Three members of which db2 must restart twice: the first time it has not heard of its leader's limit yet."""

    name = "ledger"
    addresses = ("db1", "db2", "db3")

    def __init__(self) -> None:
        self.left = {"db1": 0, "db2": 2, "db3": 1}
        self.restarted: list[str] = []
        self.busy: list[str] = []

    def rest(self, name: str, path: str, *_: object) -> tuple[int, str]:
        """Restart one member, unless it is busy."""
        assert path == "/restart"
        if name in self.busy:
            self.busy.remove(name)
            return 503, "switchover: demote already in progress"
        self.left[name] -= 1
        self.restarted.append(name)
        return 200, ""

    def member(self, name: str) -> dict[str, Any]:
        """Tell how a member is."""
        role, state = ("leader", "running") if name == "db1" else ("replica", "streaming")
        return {"name": name, "role": role, "state": state, "leaderless": False, "pending_restart": self.left[name] > 0}


def test_replica_that_has_not_heard_of_its_leaders_limit_is_restarted_once_more() -> None:
    hesitant: Any = HesitantCluster()
    assert commands.restart_again(hesitant) == ["db2 once more", "db3 once more", "db2 once more"]
    assert hesitant.restarted == ["db2", "db3", "db2"]


def test_restart_waits_for_a_former_leader_that_still_hands_over() -> None:
    hesitant: Any = HesitantCluster()
    hesitant.busy = ["db3"]
    commands.restart_one(hesitant, "db3")
    assert hesitant.restarted == ["db3"]


def test_a_member_that_waits_for_a_restart_for_ever_is_named() -> None:
    hesitant: Any = HesitantCluster()
    hesitant.left["db2"] = 9
    with pytest.raises(cluster.Refused, match=r"^db2 must restart still after three rounds"):
        commands.restart_again(hesitant)
