"""What the edge does with much, large, hostile or unlucky traffic, and what it tells the host itself."""

import socket
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

Curl = Callable[..., subprocess.CompletedProcess[str]]
Play = Callable[..., subprocess.CompletedProcess[str]]

API = "https://tasks.test/api/v1"
STATUS = ("--output", "/dev/null", "--write-out", "%{http_code}\n")
MAINTENANCE = Path(__file__).parents[3] / "playbooks" / "maintenance.yml"
UPLOAD_MAX = 10485760

SMUGGLED = {
    "a length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two encodings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "an unknown encoding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two hosts": "Host: other.test\r\n\r\n",
    "a space before the colon": "Foo : bar\r\n\r\n",
}


def asked(curl: Curl, path: str, count: int, *arguments: str) -> tuple[Counter[str], int]:
    """Send the same request some times in a row; return how many got which status, and in how many whole seconds."""
    start = time.monotonic()
    answer = curl(*arguments, *STATUS, f"{API}{path}?[1-{count}]")
    return Counter(answer.stdout.split()), int(time.monotonic() - start)


def test_accepted_and_refused_writes_match_rate_and_burst(curl: Curl) -> None:
    # vars.yml: 6 a minute, which is one in ten seconds, and 9 beyond it.
    statuses, seconds = asked(curl, "/tasks", 30, "--request", "POST", "--data", "x=1")
    assert 10 <= statuses["200"] <= 11 + seconds // 10, statuses
    assert statuses["429"] == 30 - statuses["200"], statuses
    refused = curl("--include", "--request", "POST", "--data", "x=1", f"{API}/tasks").stdout.lower()
    assert "retry-after: 10" in refused
    assert "content-type: application/problem+json" in refused
    assert "strict-transport-security" in refused


def test_class_that_counts_persons_counts_them_apart(curl: Curl) -> None:
    # vars.yml: reads count persons, 6 a minute and 4 beyond it.
    for name in ("anna", "ben"):
        statuses, seconds = asked(curl, "/tasks", 9, "--header", f"Authorization: Bearer {name}-0123456789")
        assert 5 <= statuses["200"] <= 6 + seconds // 10, (name, statuses)
    statuses, _ = asked(curl, "/tasks", 2, "--header", "Cookie: other=1; __Host-session=carla")
    assert statuses["200"] == 2


def test_host_on_the_allow_list_is_not_counted(host: Host) -> None:
    words = "-sk --resolve tasks.test:443:127.0.0.1 -o /dev/null -w '%{http_code} ' -X POST"
    assert host.check_output(f"curl {words} 'https://tasks.test/api/v1/tasks?[1-20]'").split() == ["200"] * 20


def test_upload_may_be_ten_mebibytes_and_not_a_byte_more(curl: Curl, tmp_path: Path) -> None:
    body = tmp_path / "body"
    for size, status in ((UPLOAD_MAX, "200"), (UPLOAD_MAX + 1, "413")):
        body.write_bytes(b"x" * size)
        answer = curl(*STATUS, "--data-binary", f"@{body}", f"{API}/tasks/4711/attachments?name=plan.pdf")
        assert answer.stdout.strip() == status, (size, answer.stderr)


@pytest.mark.parametrize("case", SMUGGLED)
def test_request_that_two_servers_would_read_differently_is_refused(case: str, address: str, state: Path) -> None:
    context = ssl.create_default_context(cafile=str(state / "trusted.crt"))
    with (
        socket.create_connection((address, 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="tasks.test") as secure,
    ):
        secure.sendall(f"POST /smuggled HTTP/1.1\r\nHost: tasks.test\r\n{SMUGGLED[case]}".encode())
        assert secure.recv(4096).split(b" ")[1] in {b"400", b"501"}


def test_too_large_a_header_is_refused(curl: Curl) -> None:
    assert curl("--http1.1", *STATUS, "--header", f"X-Long: {'x' * 9000}", "https://tasks.test/").stdout.strip() == "400"


def test_host_itself_learns_whether_nginx_and_an_app_answer(host: Host) -> None:
    for path, status in (("up", "204"), ("app", "200"), ("nothing", "404")):
        assert host.check_output(f"curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1:8081/{path}") == status, path
    assert "Active connections" in host.check_output("curl -s http://127.0.0.1:8081/status")


def test_nobody_else_can_ask_for_the_status(address: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, 8081), timeout=5)


def test_maintenance_page_comes_and_goes_without_a_reload(curl: Curl, host: Host, play: Play) -> None:
    before = host.check_output("systemctl show nginx -p MainPID; cat /proc/$(cat /run/nginx.pid)/task/*/children")
    assert play("-e", "state=on", playbook=MAINTENANCE).returncode == 0
    try:
        page = curl("--include", "https://tasks.test/board").stdout.lower()
        problem = curl("--include", f"{API}/board").stdout.lower()
        probe = host.check_output(
            "curl -sk --resolve tasks.test:443:127.0.0.1 -o /dev/null -w '%{http_code}' https://tasks.test/ready"
        )
    finally:
        assert play("-e", "state=off", playbook=MAINTENANCE).returncode == 0
    assert page.startswith("http/2 503")
    assert "content-type: text/html" in page
    assert "retry-after: 120" in page
    assert "under maintenance" in page
    assert "content-type: application/problem+json" in problem
    assert probe == "200"
    assert curl(*STATUS, "https://tasks.test/board").stdout.strip() == "200"
    assert host.check_output("systemctl show nginx -p MainPID; cat /proc/$(cat /run/nginx.pid)/task/*/children") == before
