"""Backups as the repository's host has them, and what the drill says of whole and of damaged ones."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://ops1", "ansible://solo"]

Sql = Callable[[str], str]
Status = Callable[[], Any]
REPOSITORY = "/var/lib/pgbackrest"


def drill(host: Host) -> tuple[int, str]:
    """Run the drill by its service, and return its exit code and its sentence."""
    code = host.run("systemctl start taskmanager-backup-drill").rc
    return code, str(host.check_output("journalctl -u taskmanager-backup-drill -o cat --no-pager -n 8"))


def test_first_backup_is_made_by_the_role(host: Host, status: Status) -> None:
    host.check_output("timeout 120 sh -c 'while systemctl is-active -q taskmanager-backup@full; do sleep 0.5; done'")
    state = status()
    assert state["backups"][0]["type"] == "full"
    assert state["problems"] == []


def test_timers_run_now_and_at_boot(host: Host) -> None:
    for kind in ("full", "diff", "incr", "drill"):
        timer = host.service(f"taskmanager-backup-{kind}.timer")
        assert (timer.is_running, timer.is_enabled) == (True, True), kind


def test_repository_is_encrypted_and_closed(host: Host, sql: Sql) -> None:
    assert host.file(REPOSITORY).mode == 0o750
    config = host.file("/etc/pgbackrest.conf")
    assert (config.user, config.group, config.mode) == ("root", "postgres", 0o640)
    info = host.check_output(f"head -c 8 {REPOSITORY}/archive/ledger/archive.info")
    assert info == "Salted__"


def test_passphrase_is_nowhere_else(database: Host) -> None:
    if database.backend.get_hostname() == "solo":
        pytest.skip("the host is the repository itself")
    assert database.run("grep -rq Locked-Cellar /etc").rc != 0


def test_drill_restores_to_the_last_commit(host: Host, sql: Sql, status: Status) -> None:
    sql("DROP TABLE IF EXISTS line; CREATE TABLE line (n int); INSERT INTO line SELECT generate_series(1, 500)")
    code, said = drill(host)
    assert code == 0, said
    assert re.search(
        r"passed: [\w-]+ was restored and answered after [\d.]+ s, with \d+ rows in \d tables; the newest commit was \d+ s old",
        said,
    )
    found = status()["drill"]
    assert found["rows"]["orders.public.line"] == 500
    assert host.run("ls -A /var/lib/taskmanager-backup").stdout.split() == ["drill.json"]


def test_incremental_backup_is_small_and_builds_on_the_full_one(host: Host, status: Status) -> None:
    assert "(incr) holds" in host.check_output("taskmanager-backup run incr")
    newest, full = status()["backups"][-1], status()["backups"][0]
    assert newest["label"].startswith(full["label"])
    assert newest["stored_bytes"] < full["stored_bytes"] / 2


def damaged(host: Host, command: str, restore: str) -> str:
    """Damage the repository, drill, mend it, and return what the drill said; it must fail."""
    host.check_output(command)
    try:
        code, said = drill(host)
    finally:
        host.check_output(restore)
    assert code != 0, said
    return said


def newest_wal(host: Host, status: Status) -> str:
    """Return the path of the newest WAL file in the archive."""
    segment = status()["newest_wal"]
    return str(host.check_output(f"find {REPOSITORY}/archive -name '{segment}-*'"))


def test_drill_fails_on_a_damaged_backup(host: Host) -> None:
    bundle = host.check_output(f"find {REPOSITORY}/backup/ledger/*F -path '*bundle/1' | head -n 1")
    flip = f"cp -p {bundle} /root/kept && printf 'damaged!' | dd of={bundle} bs=1 seek=4000 conv=notrunc status=none"
    assert "damaged" in damaged(host, flip, f"mv /root/kept {bundle}")


def test_drill_fails_on_a_gap_in_the_wal(host: Host, sql: Sql, status: Status) -> None:
    missing = newest_wal(host, status)
    sql("INSERT INTO line VALUES (1); SELECT pg_switch_wal()")
    host.check_output("taskmanager-backup check")
    said = damaged(host, f"mv {missing} /root/kept.wal", f"mv /root/kept.wal {missing}")
    assert "WAL from" in said
    assert "The restored copy ends before the archive does" in said


def test_drill_fails_on_damaged_wal(host: Host, sql: Sql, status: Status) -> None:
    sql("INSERT INTO line VALUES (2); SELECT pg_switch_wal()")
    host.check_output("taskmanager-backup check")
    wal = newest_wal(host, status)
    flip = f"cp -p {wal} /root/kept.wal && printf 'damaged!' | dd of={wal} bs=1 seek=100 conv=notrunc status=none"
    assert "damaged" in damaged(host, flip, f"mv /root/kept.wal {wal}")


def test_old_backup_is_told(host: Host) -> None:
    sed = "sed -i 's/_hours.: 26/_hours\": 0/' /etc/taskmanager/backup.json"
    host.check_output(f"cp -p /etc/taskmanager/backup.json /root/ && {sed}")
    try:
        assert "hours old" in host.check_output("taskmanager-backup status")
    finally:
        host.check_output("mv /root/backup.json /etc/taskmanager/")


def test_wal_waits_for_a_repository_that_is_away_and_arrives_by_itself(
    host: Host, database: Host, sql: Sql, status: Status
) -> None:
    if host.backend.get_hostname() == "solo":
        pytest.skip("the repository is on the host itself")
    host.check_output("systemctl stop pgbackrest")
    try:
        segment = sql("INSERT INTO line VALUES (33); SELECT pg_walfile_name(pg_current_wal_lsn()) FROM pg_switch_wal()")
        assert sql("SELECT count(*) FROM line WHERE n = 33") == "2"
        assert status()["newest_wal"] < segment
    finally:
        host.check_output("systemctl start pgbackrest")
    # The next file that is finished wakes the archiver, which otherwise looks once a minute.
    sql("INSERT INTO line VALUES (34); SELECT pg_switch_wal()")
    found = f"until ls {REPOSITORY}/archive/ledger/*/*/{segment}-* 2>/dev/null; do sleep 1; done"
    host.check_output(f"timeout 150 sh -c '{found}'")


def test_stranger_with_a_certificate_of_the_same_authority_reaches_nothing(host: Host, database: Host) -> None:
    if host.backend.get_hostname() == "solo":
        pytest.skip("nothing listens there")
    # The repository's own certificate is not that of a member.
    words = "--repo1-host=10.89.136.21 --repo1-host-type=tls --repo1-host-ca-file=/etc/ssl/taskmanager/ca.crt"
    own = "--repo1-host-cert-file=/etc/ssl/taskmanager/host.crt --repo1-host-key-file=/etc/ssl/taskmanager/host.key"
    answer = host.run(
        f"runuser -u postgres -- timeout 30 pgbackrest --config=/dev/null --log-path=/tmp --stanza=ledger {words} {own} info"
    )
    assert "access denied" in answer.stdout + answer.stderr


def test_single_host_listens_for_nobody(host: Host) -> None:
    if host.backend.get_hostname() == "solo":
        assert not host.socket("tcp://0.0.0.0:8432").is_listening
        assert not host.service("pgbackrest").is_running


def test_services_are_confined(host: Host) -> None:
    for unit in ("taskmanager-backup@full", "taskmanager-backup-drill"):
        score = host.check_output(f"systemd-analyze security {unit}.service --no-pager | tail -n 1")
        assert float(score.split(":")[1].split()[0]) <= 2.5, unit
