"""A restore in the place of the running cluster, by the playbook, and what it refuses."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from testinfra.host import Host

testinfra_hosts = ["ansible://ops1"]

Play = Callable[..., subprocess.CompletedProcess[str]]
Sql = Callable[[str], str]
RESTORE = Path(__file__).parents[3] / "playbooks" / "restore.yml"


def restore(play: Play, *words: str) -> tuple[int, str]:
    """Run the playbook on the cluster of two and return its exit code and its output as one line."""
    answer = play("-l", "db1,db2,ops1,localhost", *words, playbook=RESTORE)
    return answer.returncode, " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).split())


def test_what_cannot_be_restored_is_refused_before_anything_is_touched(play: Play, sql: Sql) -> None:
    for words, sentence in (
        (["-e", "restore_to=2099-01-01T00:00:00+00:00"], "is in the future; choose a time that has been, or latest."),
        (["-e", "restore_to=yesterday"], '"yesterday" is no time with its zone'),
        (["-e", "restore_to=2001-01-01T00:00:00+00:00"], "is before the end of the oldest backup"),
        (
            ["-e", "restore_to=latest", "-e", "restore_backup=20010101-000000F"],
            "There is no backup 20010101-000000F; choose from",
        ),
        (["-e", "restore_to=latest"], "add -e restore_confirm=ledger"),
    ):
        code, said = restore(play, *words)
        assert code != 0
        assert sentence in said
        assert sql("SELECT 1") == "1"


def test_cluster_goes_back_to_a_moment_and_its_replica_follows(host: Host, play: Play, sql: Sql, database: Host) -> None:
    sql("DROP TABLE IF EXISTS story; CREATE TABLE story (word text); INSERT INTO story VALUES ('kept')")
    moment = database.check_output("date -u +%Y-%m-%dT%H:%M:%S.%6N+00:00")
    sql("SELECT pg_sleep(0.2); INSERT INTO story VALUES ('a mistake'); SELECT pg_switch_wal()")
    code, said = restore(play, "-e", f"restore_to={moment}", "-e", "restore_confirm=ledger", "-e", "restore_host=db1")
    assert code == 0, said
    assert sql("SELECT string_agg(word, ',') FROM story") == "kept"
    assert "The former data lies on db1 in /var/lib/postgresql/17/main.before-restore" in said
    state = database.check_output("taskmanager-database status")
    assert "db1 leads, writes are taken" in state
    assert re.search(r"db2 +replica +streaming", state)
    sql("INSERT INTO story VALUES ('goes on')")
    # What is archived now continues what was there before.
    host.check_output("timeout 120 sh -c 'while systemctl is-active -q taskmanager-backup@full; do sleep 0.5; done'")
    said = host.check_output("taskmanager-backup drill --set $(taskmanager-backup status --json | grep -om1 '[0-9]*-[0-9]*F')")
    assert "passed" in said
