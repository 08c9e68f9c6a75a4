"""What a log server takes, from whom, and that nothing is lost on the way to it."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

Upload = Callable[[Path | None, str], str]
Certificate = Callable[[str, bool], Path]
Wait = Callable[[Callable[[], bool], str], None]


@pytest.fixture
def far(host: Host, other: str) -> Host:
    """Return the log server of the host of the test."""
    backend = host.backend
    return Host.get_host(f"ssh://{other}", ssh_config=backend.ssh_config)  # type: ignore[attr-defined,no-any-return]


def distinct(host: Host, mark: str) -> int:
    """Return how many different numbered lines a host knows."""
    return len(set(host.run(f"taskmanager-logs {mark} --output=cat").stdout.splitlines()))


def test_one_command_finds_a_request_on_all_hosts(host: Host, far: Host, name: str, other: str, mark: str, wait: Wait) -> None:
    for place in (host, far):
        place.check_output(f"write {mark} 1 0")
    wait(lambda: host.run(f"taskmanager-logs {mark} --output=cat").stdout.count(mark) == 2, "not both arrived")
    lines = host.check_output(f"taskmanager-logs {mark}").splitlines()
    assert {line.split()[1] for line in lines} == {name, other}


@pytest.mark.parametrize("text", ["", "-f", "a;b", "x y"])
def test_command_refuses_what_is_no_request_id(host: Host, text: str) -> None:
    answer = host.run("taskmanager-logs %s", text)
    assert (answer.rc, answer.stdout) == (2, "")
    assert "usage: taskmanager-logs REQUEST_ID" in answer.stderr


def test_sender_with_our_certificate_is_let_in(host: Host, other: str, upload: Upload, certificate: Certificate) -> None:
    assert upload(certificate(other, True), "from a friend") == "HTTP/1.1 202 Accepted"
    assert "from a friend" in host.check_output("journalctl --merge --no-pager -q _HOSTNAME=visitor")


def test_sender_without_our_certificate_is_refused(host: Host, other: str, upload: Upload, certificate: Certificate) -> None:
    assert "202" not in upload(None, "from nobody")
    assert "202" not in upload(certificate(other, False), "from an impostor")
    assert "202" not in upload(certificate("stranger", True), "from a stranger")
    known = host.check_output("journalctl --merge --no-pager -q _HOSTNAME=visitor || true")
    assert not {"nobody", "impostor", "stranger"} & set(known.split())


def test_nothing_but_the_gate_reaches_the_receiver(host: Host, name: str) -> None:
    assert host.run("curl -s http://127.0.0.1:19531/").rc != 0
    assert "19531" not in host.check_output("ss -Hltn")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host.check_output("hostname -I").split()[0], 19531), timeout=5)


def test_every_host_has_a_file_of_its_own(host: Host) -> None:
    files = host.check_output("ls /var/log/journal/remote").split()
    assert [file for file in files if "remote-127.0.0.1" in file] == []
    assert len({file.split("@")[0].removesuffix(".journal") for file in files}) == 1


def test_nothing_is_lost_through_a_kill_and_an_outage(host: Host, far: Host, mark: str, wait: Wait) -> None:
    host.check_output(f"systemd-run --unit={mark} write {mark} 3000 0.002")
    wait(lambda: distinct(far, mark) > 200, "nothing arrives")
    far.check_output("systemctl kill --kill-who=main --signal=KILL taskmanager-logreceiver")
    wait(lambda: distinct(far, mark) > 800, "nothing arrives after the kill")
    far.check_output("systemctl stop taskmanager-loggate.socket taskmanager-loggate taskmanager-logreceiver")
    wait(lambda: not host.service(mark).is_running, "the writer does not end")
    assert distinct(far, mark) < 3000
    far.check_output("systemctl start taskmanager-logreceiver taskmanager-loggate.socket taskmanager-loggate")
    wait(lambda: distinct(far, mark) == 3000, f"{distinct(far, mark)} of 3000 lines arrived")


def test_received_journals_stay_within_their_share(host: Host) -> None:
    folder = "/var/log/journal/remote"
    archive = f"{folder}/remote-127.9.9.9@0123456789abcdef0123456789abcdef-%016x-0006600000000%03x.journal"
    host.check_output("journalctl --rotate")
    [*_, full] = host.check_output("ls /var/log/journal/*/system@*.journal").splitlines()
    for number in range(9):
        host.check_output(f"install -o systemd-journal-remote -m 640 {full} {archive % (number + 1, number)}")
    assert megabytes(host, folder) > 64
    host.check_output("systemctl start taskmanager-logbound")
    assert 24 < megabytes(host, folder) <= 64
    kept = host.check_output(f"ls {folder}")
    assert "0006600000000008.journal" in kept
    assert "0006600000000000.journal" not in kept
    host.check_output(f"rm {folder}/remote-127.9.9.9@*")


def megabytes(host: Host, folder: str) -> int:
    """Return how much disk a folder takes."""
    return int(host.check_output(f"du -sm {folder}").split()[0])


def test_bound_is_kept_by_a_timer(host: Host) -> None:
    assert host.service("taskmanager-logbound.timer").is_running
    assert host.service("taskmanager-logbound.timer").is_enabled
    assert host.file("/etc/systemd/journald.conf.d/taskmanager-logging.conf").contains("^SystemMaxUse=256M$")


def test_lines_of_a_json_file_come_once_each_over_a_rotation(host: Host, mark: str, wait: Wait) -> None:
    log = "/var/log/access.json"
    row = f'{{"rid":"{mark}","m":"GET","st":%d}}'
    host.check_output(f"rm -f {log}*; for n in 1 2 3; do printf '{row}\\n' $n >> {log}; done; chgrp adm {log}; chmod 640 {log}")
    wait(lambda: distinct(host, mark) == 3, "the first lines do not come")
    host.check_output(f"mv {log} {log}.1; install -g adm -m 640 /dev/null {log}; printf '{row}\\n' 4 >> {log}.1")
    host.check_output(f"printf '{row}\\nno JSON\\n' 5 >> {log}")
    wait(lambda: distinct(host, mark) == 5, "the lines around the rotation do not come")
    host.check_output("systemctl restart taskmanager-logfiles")
    host.check_output(f"printf '{row}\\n' 6 >> {log}")
    wait(lambda: distinct(host, mark) == 6, "the line after the restart does not come")
    lines = host.check_output(f"taskmanager-logs {mark} --output=cat").splitlines()
    assert len(lines) == len(set(lines))
    assert "no JSON" in host.check_output("journalctl -q --no-pager -t access --output=cat")


def test_debians_own_nginx_stays_off(host: Host) -> None:
    assert not host.service("nginx").is_enabled
    assert not host.service("nginx").is_running


def test_every_service_starts_at_boot_and_is_sandboxed(host: Host, other: str) -> None:
    for unit in ("loggate", "logreceiver", f"logsend@{other}", "logfiles", "logexport"):
        assert host.service(f"taskmanager-{unit}").is_enabled
        shown = host.check_output(f"systemctl show taskmanager-{unit} -p User -p NoNewPrivileges -p ProtectSystem")
        assert {"NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(shown.split())
        assert "User=root" not in shown
