"""A machine that cannot work is told so at once, in one sentence that says what to do."""

import socket
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


def check(call: str, *, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Call one function of bin/environment.sh as the commands do; `path` replaces PATH."""
    script = f". bin/environment.sh; {f'PATH={path};' if path else ''} {call}"
    return subprocess.run(
        ["bash", "-euc", script, "bin/lab"], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=30
    )


def assert_refused(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that the answer is one line that holds the words."""
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1, answer.stderr
    for word in words:
        assert word in answer.stderr


@pytest.mark.parametrize(("system", "version"), [("ubuntu", "24.04"), ("debian", "11")])
def test_another_system_is_refused(tmp_path: Path, system: str, version: str) -> None:
    file = tmp_path / "os-release"
    file.write_text(f'ID={system}\nVERSION_ID="{version}"\n')
    assert_refused(check(f"check_os {file}"), system, version, "use Debian 12 or 13")


def test_debian_12_and_13_are_accepted(tmp_path: Path) -> None:
    for version in ("12", "13"):
        file = tmp_path / version
        file.write_text(f'ID=debian\nVERSION_ID="{version}"\n')
        assert check(f"check_os {file}").returncode == 0


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert_refused(check(f"check_python {python}"), "older than 3.11", "install")


def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    assert_refused(check(f"check_disk 999999 {tmp_path}"), "GiB free", "free some space")


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert_refused(check(f"check_port {port} nobody"), f"port {port}", "lab_ports")


def test_a_taken_subnet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ip").write_text("#!/bin/sh\necho 10.89.0.0/16 dev eth7\n")
    (tmp_path / "ip").chmod(0o755)
    assert_refused(check("check_subnet 10.89.101.0/24 nobody", path=f"{tmp_path}:$PATH"), "10.89.101.0/24", "lab_subnet")
    assert check("check_subnet 10.90.101.0/24 nobody", path=f"{tmp_path}:$PATH").returncode == 0


def test_a_machine_where_podman_cannot_work_is_refused(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text("#!/bin/sh\necho 'Error: no mounts' >&2\nexit 125\n")
    (tmp_path / "podman").chmod(0o755)
    assert_refused(check("check_podman", path=f"{tmp_path}:$PATH"), "no mounts", "root may create namespaces")


def test_a_user_without_root_and_sudo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    (tmp_path / "basename").symlink_to("/usr/bin/basename")
    assert_refused(check("become_root", path=str(tmp_path)), "needs root", "run it as root")


@pytest.mark.parametrize(("command", "word"), [("bin/lab nonsense", "no lab called nonsense"), ("bin/lab ssh nobody", "nobody")])
def test_a_wrong_word_is_refused(command: str, word: str) -> None:
    answer = subprocess.run(command.split(), cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert_refused(answer, word)
