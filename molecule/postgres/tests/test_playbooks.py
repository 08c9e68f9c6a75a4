"""The playbooks that look at the cluster and change who belongs to it."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.ledger import TRIO, Trio

testinfra_hosts = ["ansible://db1"]

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
Play = Callable[..., subprocess.CompletedProcess[str]]


def run(play: Play, name: str, *arguments: str) -> tuple[int, str]:
    """Run a playbook on all hosts and return its exit code and its output as one line."""
    answer = play("-l", "databases,localhost", *arguments, playbook=PLAYBOOKS / name)
    return answer.returncode, " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def test_status_is_a_page_and_json(trio: Trio, play: Play, tmp_path: Path) -> None:
    leader = trio.leader()
    code, text = run(play, "status.yml", "-e", f"status_json={tmp_path}/status.json")
    assert code == 0, text
    assert f"PostgreSQL ledger: {leader} leads, writes are taken" in text
    assert "Nothing to do." in text
    status = json.loads((tmp_path / "status.json").read_text())["databases"]
    assert (status["leader"], status["writable"], status["problems"]) == (leader, True, [])
    assert {row["name"]: row["sync"] for row in status["members"]} == {
        name: None if name == leader else "quorum" for name in TRIO
    }
    assert all(row["healthy"] for row in status["etcd"])


def test_switchover_moves_the_leader_and_refuses_strangers(trio: Trio, play: Play) -> None:
    leader = trio.leader()
    target = max(name for name in TRIO if name != leader)
    code, text = run(play, "switchover.yml", "-e", "switchover_to=db9")
    assert code == 2
    assert "db9 is no member of ledger; choose from db1, db2, db3." in text
    code, text = run(play, "switchover.yml", "-e", f"switchover_to={target}")
    assert code == 0, text
    assert f"{leader} handed over to {target}" in text
    assert trio.leader() == target


def test_reinit_refuses_the_leader(trio: Trio, play: Play) -> None:
    leader = trio.leader()
    code, text = run(play, "reinit.yml", "-e", f"reinit_host={leader}")
    assert code == 2
    assert f"{leader} leads; its data is the cluster's." in text
    assert "Say which replica to make anew: -e reinit_host=HOST, one of db1, db2, db3." in run(play, "reinit.yml")[1]
