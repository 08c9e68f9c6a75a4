"""What a host given role base does, seen from the controller and from the host beside it."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from testinfra.host import Host

Play = Callable[..., subprocess.CompletedProcess[str]]


def ssh(host: Host, state: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run ssh to the host from the controller with the scenario's own configuration."""
    name = host.backend.get_hostname()
    command = ["ssh", "-F", str(state / "ssh_config"), *args[:-1], name, args[-1]]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_password_sign_in_is_not_offered(host: Host, state: Path) -> None:
    answer = ssh(host, state, "-o", "PubkeyAuthentication=no", "-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=0", "true")
    assert answer.returncode != 0
    assert "Permission denied (publickey)" in answer.stderr


def test_administrator_signs_in_with_the_key_and_becomes_root(host: Host, state: Path) -> None:
    answer = ssh(host, state, "-l", "anna", "sudo -n id -u")
    assert answer.stdout.strip() == "0", answer.stderr


def test_administrator_has_no_password(host: Host) -> None:
    assert host.check_output("passwd --status anna").split()[1] == "L"


@pytest.mark.parametrize(("name", "address"), [("debian13", "10.89.111.13"), ("debian12", "10.89.111.12")])
def test_names_of_the_inventory_resolve_without_a_name_server(host: Host, name: str, address: str) -> None:
    assert address in host.check_output(f"getent ahostsv4 {name}")


def test_sudoers_file_is_read_by_root_only(host: Host) -> None:
    file = host.file("/etc/sudoers.d/taskmanager-admins")
    assert (file.user, file.mode) == ("root", 0o440)


def test_clock_service_runs_now_and_at_boot(host: Host) -> None:
    assert host.service("chrony").is_running
    assert host.service("chrony").is_enabled


def test_clock_of_a_container_is_left_alone(host: Host) -> None:
    assert " -x" in host.check_output("tr '\\0' ' ' < /proc/$(pgrep -o chronyd)/cmdline")


def test_logs_carry_the_time_zone(host: Host) -> None:
    assert host.check_output("readlink -f /etc/localtime").endswith("Europe/Vienna")


@pytest.fixture
def bullseye(host: Host) -> Iterator[None]:
    """Make the host say it is Debian 11 while a test runs."""
    host.check_output("cp -p /usr/lib/os-release /root/os-release && cp -p /etc/debian_version /root/debian_version")
    host.check_output(
        "sed -i 's/1[23]/11/g; s/bookworm\\|trixie/bullseye/g' /usr/lib/os-release && echo 11.9 > /etc/debian_version"
    )
    yield
    host.check_output("mv /root/os-release /usr/lib/os-release && mv /root/debian_version /etc/debian_version")


@pytest.mark.usefixtures("bullseye")
def test_unsupported_debian_is_refused_before_anything_changes(host: Host, play: Play) -> None:
    answer = play()
    assert answer.returncode != 0
    assert f"{host.backend.get_hostname()} runs Debian 11" in answer.stdout + answer.stderr
    assert "changed=0" in answer.stdout


def test_administrator_without_a_key_is_refused_before_anything_changes(host: Host, play: Play) -> None:
    answer = play("-e", '{"base_admins": [{"name": "eve", "ssh_keys": ["no key"]}]}')
    assert answer.returncode != 0
    assert "base_admins has no usable SSH key for eve" in answer.stdout + answer.stderr
    assert not host.user("eve").exists
