"""What the certificates of role pki are good for, tried with real TLS between two hosts."""

import subprocess
from pathlib import Path

from testinfra.host import Host

TLS = "/etc/ssl/taskmanager"


def openssl(*args: str) -> str:
    """Run openssl on the controller."""
    return subprocess.run(["openssl", *args], capture_output=True, text=True, timeout=30, check=True).stdout


def handshake(host: Host, name: str, ca: Path) -> subprocess.CompletedProcess[str]:
    """Serve TLS once on the host with its own certificate and connect from the controller, verifying `name`."""
    host.check_output(
        f"systemd-run --quiet --collect --unit=tls-probe openssl s_server -accept 4433 -www "
        f"-cert {TLS}/host.crt -key {TLS}/host.key"
    )
    host.check_output("timeout 10 sh -c 'until ss -Hltn sport = 4433 | grep -q .; do sleep 0.1; done'")
    try:
        return subprocess.run(
            [
                *("openssl", "s_client", "-brief", "-connect", f"{address(host)}:4433", "-CAfile", str(ca)),
                *("-verify_return_error", "-verify_hostname", name),
            ],
            input="",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        host.run("systemctl stop tls-probe")


def address(host: Host) -> str:
    """Return the host's address in the scenario's network."""
    return str(host.check_output("hostname -I")).split()[0]


def test_host_certificate_verifies_by_name(host: Host, state: Path) -> None:
    answer = handshake(host, host.backend.get_hostname(), state / "pki" / "ca.crt")
    assert "Verification: OK" in answer.stderr, answer.stderr


def test_host_certificate_covers_the_extra_names(host: Host) -> None:
    names = host.check_output(f"openssl x509 -noout -ext subjectAltName -in {TLS}/host.crt")
    assert "DNS:www.taskmanager.test" in names
    assert "IP Address:192.0.2.7" in names
    assert f"IP Address:{address(host)}" in names


def test_another_hosts_name_does_not_verify(host: Host, state: Path) -> None:
    answer = handshake(host, "somebody-else", state / "pki" / "ca.crt")
    assert answer.returncode != 0
    assert "hostname mismatch" in answer.stderr.lower()


def test_key_is_read_by_root_and_the_tls_group_only(host: Host) -> None:
    key = host.file(f"{TLS}/host.key")
    assert (key.user, key.group, key.mode) == ("root", "ssl-cert", 0o640)
    assert host.run(f"runuser -u nobody -- cat {TLS}/host.key").rc != 0


def test_key_never_reaches_the_controller(state: Path) -> None:
    assert sorted(path.name for path in (state / "pki").iterdir()) == ["ca.crt", "ca.key"]


def test_authority_key_is_encrypted_and_private(state: Path) -> None:
    key = state / "pki" / "ca.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "ENCRYPTED" in key.read_text()


def test_authority_may_sign_hosts_but_no_other_authority(state: Path) -> None:
    text = openssl("x509", "-noout", "-text", "-in", str(state / "pki" / "ca.crt"))
    assert "CA:TRUE, pathlen:0" in text
    assert "Certificate Sign, CRL Sign" in text
