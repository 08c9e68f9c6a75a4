"""The certificate as the public sees it on both load balancers, and what happens when the authority or the way to it fails."""

import re
import subprocess
from collections.abc import Callable, Iterator

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://lb1", "ansible://lb2"]

Play = Callable[..., subprocess.CompletedProcess[str]]
RENEW = "systemctl start taskmanager-acme@renew"
FORCE = "systemctl start taskmanager-acme@force"
CHALLENGES = "/var/lib/taskmanager-challenge"
# Prints the status of one answer.
ASK = "curl -s -o /dev/null -w '%{http_code}\\n' -k --resolve tasks.test:443:127.0.0.1 https://tasks.test/health"


@pytest.fixture
def authority() -> Callable[..., str]:
    """Return a function that runs a command on the authority's host."""

    def run(command: str) -> str:
        words = ["podman", "--runtime", "runc", "exec", "taskmanager-test-acme-authority", "sh", "-c", command]
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout

    return run


@pytest.fixture
def blocked(authority: Callable[..., str]) -> Iterator[None]:
    """Let the authority look for the challenge where nobody serves it."""
    answer = 'curl -s -d \'{"ip": "%s"}\' http://127.0.0.1:8055/set-default-ipv4'
    authority(answer % "10.89.139.20")
    yield
    authority(answer % "10.89.139.11")


def address_of(host: Host) -> str:
    """Return the host's address."""
    return str(host.check_output("hostname -I")).split()[0]


def certificate(host: Host, what: str) -> str:
    """Return one thing about the certificate the public is shown."""
    command = ["openssl", "s_client", "-connect", f"{address_of(host)}:443", "-servername", "tasks.test"]
    answer = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=True).stdout
    words = ["openssl", "x509", "-noout", *what.split()]
    return subprocess.run(words, input=answer, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def why(host: Host) -> str:
    """Return the end of the log of a run that failed."""
    return str(host.check_output("journalctl -u 'taskmanager-acme@*' -o cat --no-pager -n 40"))


def test_public_sees_a_certificate_of_the_authority(host: Host) -> None:
    assert "Pebble" in certificate(host, "-issuer")
    assert "DNS:tasks.test" in certificate(host, "-ext subjectAltName")


def test_key_is_roots_alone_and_the_account_the_clients(host: Host) -> None:
    key = host.file("/etc/nginx/tls/site.key")
    assert (key.user, key.mode) == ("root", 0o600)
    folder = host.file("/var/lib/taskmanager-acme")
    assert (folder.user, folder.mode) == ("taskmanager-acme", 0o700)


def test_what_is_not_due_is_not_renewed(host: Host) -> None:
    before = certificate(host, "-serial")
    host.check_output(RENEW)
    assert certificate(host, "-serial") == before


def test_challenge_is_answered_whichever_host_is_asked_and_an_unknown_one_refused(host: Host) -> None:
    host.check_output(f"printf word > {CHALLENGES}/token")
    try:
        for address in ("10.89.139.11", "10.89.139.12"):
            url = f"http://{address}/.well-known/acme-challenge"
            asked = subprocess.run(
                ["curl", "-sf", "-H", "Host: tasks.test", f"{url}/token"], capture_output=True, text=True, check=True
            )
            assert asked.stdout == "word", address
            unknown = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: tasks.test", f"{url}/nothing"]
            assert subprocess.run(unknown, capture_output=True, text=True, check=True).stdout == "404"
    finally:
        host.check_output(f"rm {CHALLENGES}/token")


def test_forced_renewal_is_taken_up_without_a_failed_request(host: Host) -> None:
    before = certificate(host, "-serial")
    host.check_output(f"rm -f /tmp/answers; (until [ -e /tmp/enough ]; do {ASK}; done) >/tmp/answers 2>&1 &")
    try:
        host.check_output(FORCE)
    finally:
        host.check_output("touch /tmp/enough; sleep 1; rm /tmp/enough")
    answers = host.check_output("cat /tmp/answers").split()
    assert certificate(host, "-serial") != before
    assert len(answers) > 20
    # No app lies behind this edge; 000 would be a request that failed.
    assert set(answers) == {"503"}


def test_authority_that_cannot_fetch_the_challenge_changes_nothing(host: Host, blocked: None) -> None:
    before = certificate(host, "-serial")
    assert host.run(FORCE).rc != 0
    assert certificate(host, "-serial") == before
    assert host.check_output(f"ls {CHALLENGES}") == ""
    assert host.file("/etc/nginx/tls/site.crt.old").exists is False


def test_name_that_leads_elsewhere_is_told_before_the_authority_is_asked(host: Host) -> None:
    before = certificate(host, "-serial")
    # The file is a mount of the container: written over, not replaced.
    host.check_output("cp /etc/hosts /tmp/hosts && sed 's/.* tasks.test/10.89.139.20 tasks.test/' /tmp/hosts >/etc/hosts")
    try:
        assert host.run(FORCE).rc != 0
    finally:
        host.check_output("cat /tmp/hosts >/etc/hosts")
    assert "let the DNS name tasks.test lead to the load balancers and port 80 in" in why(host)
    assert certificate(host, "-serial") == before


def test_closed_account_is_replaced(host: Host) -> None:
    before = certificate(host, "-serial")
    deactivate = "uacme -c /var/lib/taskmanager-acme/* -a https://authority:14000/dir deactivate"
    host.check_output(f"runuser -u taskmanager-acme -- sh -c 'cd / && {deactivate}'")
    host.check_output(FORCE)
    assert certificate(host, "-serial") != before


def test_authority_that_forgot_the_account_gets_it_again(host: Host, authority: Callable[..., str]) -> None:
    authority("systemctl restart pebble")
    before = certificate(host, "-issuer")
    host.check_output(FORCE)
    assert certificate(host, "-issuer") != before


def test_play_fails_with_the_reason_when_the_authority_is_away(host: Host, play: Play) -> None:
    if host.backend.get_hostname() != "lb2":
        pytest.skip("one host is enough; the older Debian reads its log otherwise")
    before = certificate(host, "-serial")
    host.check_output("cp -p /etc/taskmanager/acme.env /tmp/")
    answer = play("--extra-vars", "acme_directory_url=https://authority:14999/dir")
    host.check_output("mv /tmp/acme.env /etc/taskmanager/")
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).split())
    assert answer.returncode != 0
    assert "lb2 got no certificate for tasks.test from https://authority:14999/dir; the one in use is untouched." in text
    assert certificate(host, "-serial") == before


def test_renewal_is_timed_and_confined(host: Host) -> None:
    assert host.service("taskmanager-acme.timer").is_running
    assert host.service("taskmanager-acme.timer").is_enabled
    score = host.check_output("systemd-analyze security taskmanager-acme@renew.service --no-pager | tail -n 1")
    assert float(score.split(":")[1].split()[0]) <= 1.5
