"""Hosts that leave the cluster and come back, and a setting that needs a restart."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.ledger import Trio, until

testinfra_hosts = ["ansible://db1"]

REMOVE = Path(__file__).parents[3] / "playbooks" / "remove-database.yml"
Play = Callable[..., subprocess.CompletedProcess[str]]


def settings(max_connections: int) -> str:
    """Return the scenario's settings with another limit."""
    others = {"log_min_duration_statement": "2s", "log_line_prefix": "%m it's %p "}
    return json.dumps({"postgres_settings": {"max_connections": max_connections, **others}})


def remove(play: Play, hosts: str) -> tuple[int, str]:
    """Take hosts out and return the exit code and the output as one line."""
    answer = play("-l", "databases,localhost", "-e", f"remove_hosts={hosts}", playbook=REMOVE)
    return answer.returncode, " ".join((answer.stdout + answer.stderr).split())


def test_hosts_leave_by_a_playbook_and_come_back_by_the_inventory_with_a_higher_limit(trio: Trio, play: Play) -> None:
    trio.leader()
    code, text = remove(play, "db3")
    assert code == 2
    assert "Without db3 etcd has 2 members, and a majority needs 1, 3 or 5; name one host more" in text
    code, text = remove(play, "db2,db3")
    assert code == 0, text
    state = until(lambda: (state := trio.status("db1"))["leader"] == "db1" and state)
    assert (state["writable"], [row["name"] for row in state["members"]]) == (True, ["db1"])
    answer = play("-l", "trio,localhost", "-e", settings(44))
    assert answer.returncode == 0, answer.stdout
    # Replicas first, then the leader, which had handed over.
    assert trio.leader() != "db1"
    assert set(trio.ask_all("SHOW max_connections").values()) == {"44"}


def test_limit_that_is_lowered_reaches_all_members_at_once(trio: Trio) -> None:
    """A replica may not have less than its leader, so the leader goes first here, and they are asked for by the command."""
    leader = trio.leader()
    host = trio.hosts[leader]
    patched = "patronictl -c /etc/patroni/config.yml edit-config --force --quiet -p max_connections=40"
    host.check_output(patched)
    for name in trio.hosts:
        assert trio.hosts[name].check_output("taskmanager-database settle") == "restart needed"
    host.check_output(f"taskmanager-database restart {' '.join(trio.hosts)}")
    trio.leader()
    assert set(trio.ask_all("SHOW max_connections").values()) == {"40"}
    assert [row["pending_restart"] for row in trio.status("db1")["members"]] == [False] * 3
