"""What role base closes, seen from the controller and on the host."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

Play = Callable[..., subprocess.CompletedProcess[str]]


def ssh(host: Host, state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Sign in to the host from the controller, over a new connection, and run true."""
    command = ["ssh", "-F", str(state / "ssh_config"), "-o", "ControlPath=none", "-o", "LogLevel=INFO", *options]
    command += [host.backend.get_hostname(), "true"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize(
    "old",
    [
        "KexAlgorithms=diffie-hellman-group14-sha256,ecdh-sha2-nistp256",
        "Ciphers=aes128-ctr,aes256-cbc",
    ],
)
def test_old_algorithms_are_refused(host: Host, state: Path, old: str) -> None:
    answer = ssh(host, state, "-o", old)
    assert answer.returncode != 0
    assert "no matching" in answer.stderr


def test_modern_algorithms_are_taken(host: Host, state: Path) -> None:
    modern = ("-o", "KexAlgorithms=curve25519-sha256", "-o", "Ciphers=aes256-gcm@openssh.com")
    assert ssh(host, state, *modern).returncode == 0


def test_connections_are_not_passed_on(host: Host, state: Path) -> None:
    name = host.backend.get_hostname()
    command = ["ssh", "-F", str(state / "ssh_config"), "-o", "ControlPath=none", "-o", "LogLevel=INFO"]
    command += ["-W", "127.0.0.1:22", name]
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert "administratively prohibited" in answer.stderr, answer.stdout


def test_root_has_no_password(host: Host) -> None:
    assert host.check_output("passwd --status root").split()[1] == "L"


def test_redirects_and_source_routes_are_not_taken(host: Host) -> None:
    for name in ("accept_redirects", "send_redirects", "accept_source_route"):
        assert host.sysctl(f"net.ipv4.conf.all.{name}") == 0
    assert host.sysctl("net.ipv4.tcp_rfc1337") == 1


def test_container_does_not_set_what_its_machine_shares(host: Host) -> None:
    assert "kernel." not in host.file("/etc/sysctl.d/60-taskmanager-base.conf").content_string


def test_security_upgrades_come_from_the_security_archive_alone(host: Host) -> None:
    said = host.check_output("unattended-upgrade --dry-run --verbose 2>&1")
    origins = next(line for line in said.splitlines() if "Allowed origins are" in line)
    assert "-security,label=Debian-Security" in origins
    assert origins.count("origin=") == 1
    assert "^postgresql" in next(line for line in said.splitlines() if "blacklist" in line and "Initial" in line)


def test_security_upgrades_are_on(host: Host) -> None:
    assert 'APT::Periodic::Unattended-Upgrade "1"' in host.check_output("apt-config dump APT::Periodic")


def test_needless_service_is_stopped_and_cannot_start(host: Host) -> None:
    assert not host.service("avahi-daemon").is_running
    assert host.run("systemctl start avahi-daemon").rc != 0


def test_upgrade_exception_that_is_no_name_is_refused(host: Host, play: Play) -> None:
    answer = play("-e", '{"base_security_upgrades_except": ["postgresql\\";"]}')
    assert "base_security_upgrades_except of" in answer.stdout + answer.stderr
    assert "changed=0" in answer.stdout
