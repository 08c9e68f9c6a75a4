"""The edge and the gateway as clients meet them, from the controller and from the host itself."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

Curl = Callable[..., subprocess.CompletedProcess[str]]
TLS = "/etc/ssl/taskmanager"


def openssl(*arguments: str) -> None:
    """Run openssl on the controller."""
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30)


def gateway(host: Host, *arguments: str) -> str:
    """Ask the gateway from the host itself and return status and body."""
    words = " ".join(f"'{word}'" for word in arguments)
    name = "--resolve gateway.taskmanager.internal:8443:127.0.0.1 https://gateway.taskmanager.internal:8443"
    return str(host.run(f"curl -s --max-time 5 --cacert {TLS}/ca.crt -w ' %{{http_code}}' {words} {name}/x").stdout)


def test_page_answers_over_verified_tls_and_http_2(curl: Curl) -> None:
    answer = curl("--include", "https://tasks.test/some/page?x=1")
    assert answer.stdout.startswith("HTTP/2 200"), answer.stderr
    assert "strict-transport-security: max-age=63072000" in answer.stdout
    assert '"path": "/some/page?x=1"' in answer.stdout


def test_old_tls_is_refused(curl: Curl) -> None:
    assert curl("--tls-max", "1.1", "https://tasks.test/").returncode != 0


def test_unknown_names_are_refused_before_anything_is_said(curl: Curl, address: str) -> None:
    assert curl("--insecure", f"https://{address}/").returncode == 35
    assert curl(f"http://{address}/").returncode in {52, 56}  # closed without a word, which some clients see as a reset
    answer = curl("--header", "Host: other.test", "--output", "/dev/null", "--write-out", "%{http_code}", "https://tasks.test/")
    assert answer.stdout == "421"


def test_plain_http_leads_to_the_same_page_over_tls(curl: Curl) -> None:
    answer = curl("--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}", "http://tasks.test/a?b=c")
    assert answer.stdout == "308 https://tasks.test/a?b=c"


def test_what_a_client_says_of_itself_is_not_believed(curl: Curl) -> None:
    forged = ("X-Real-IP: 6.6.6.6", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Request-ID: forged")
    answer = curl("--include", *(word for line in forged for word in ("--header", line)), "https://tasks.test/")
    head, body = answer.stdout.replace("\r", "").split("\n\n", 1)
    headers = {name.lower(): value for name, value in json.loads(body)["headers"].items()}
    assert headers["x-real-ip"].startswith("10.89.116.")
    assert "x-forwarded-for" not in headers
    assert "forwarded" not in headers
    assert len(headers["x-request-id"]) == 32
    assert f"x-request-id: {headers['x-request-id']}" in head


def test_request_id_is_in_the_access_log(curl: Curl, host: Host) -> None:
    answer = curl("--include", "https://tasks.test/find-me")
    rid = answer.stdout.lower().split("x-request-id: ")[1].split()[0]
    host.check_output("timeout 10 sh -c 'until grep -q find-me /var/log/nginx/access.json; do sleep 0.2; done'")
    line = json.loads(host.check_output(f"grep {rid} /var/log/nginx/access.json"))
    assert (line["uri"], line["st"]) == ("/find-me", 200)


def test_gateway_refuses_whoever_has_no_certificate(host: Host) -> None:
    assert gateway(host).endswith("400")


def test_gateway_refuses_a_certificate_of_the_same_authority_with_another_name(host: Host, state: Path, tmp_path: Path) -> None:
    key, request, crt = (str(tmp_path / name) for name in ("key", "csr", "crt"))
    curve = ("-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-newkey", "ec", *curve, "-keyout", key, "-out", request, "-subj", "/CN=somebody-else")
    signer = ("-CA", f"{state}/pki/ca.crt", "-CAkey", f"{state}/pki/ca.key", "-passin", "pass:molecule-test-passphrase")
    openssl("x509", "-req", "-in", request, *signer, "-set_serial", "4711", "-days", "30", "-out", crt)
    both = Path(crt).read_text() + Path(key).read_text()
    host.check_output("printf '%s' '" + both + "' > /root/somebody.pem")
    assert gateway(host, "--cert", "/root/somebody.pem").endswith("403")
    assert gateway(host, "--cert", f"{TLS}/host.crt", "--key", f"{TLS}/host.key").endswith("200")


def test_socket_is_upgraded_all_the_way_and_never_compressed(curl: Curl) -> None:
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Extensions: permessage-deflate")
    words = [word for line in upgrade for word in ("--header", line)]
    answer = curl("--http1.1", "--include", "--max-time", "3", *words, "https://tasks.test/live?board=1")
    assert answer.stdout.startswith("HTTP/1.1 101"), answer.stdout
    assert '"Upgrade": "websocket"' in answer.stdout
    assert "permessage-deflate" not in answer.stdout


def test_static_files_are_kept_forever_and_come_compressed(curl: Curl) -> None:
    url = "https://tasks.test/static/app.0123456789ab.css"
    head = curl("--head", "--header", "Accept-Encoding: gzip", url).stdout.lower()
    assert "immutable" in head
    assert "content-encoding: gzip" in head
    assert curl("--compressed", url).stdout.startswith("body { color: black }")
    assert curl(url).stdout.startswith("body { color: black }")


def test_too_large_a_body_is_refused_with_a_problem(curl: Curl, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"x" * (2 * 1024 * 1024))
    answer = curl("--include", "--data-binary", f"@{body}", "https://tasks.test/api/v1/tasks")
    assert " 413" in answer.stdout.split("\n")[0]
    assert "application/problem+json" in answer.stdout


def test_attempts_to_sign_in_beyond_rate_and_burst_have_to_wait(curl: Curl) -> None:
    words = ["--request", "POST", "--data", "x=1", "--output", "/dev/null", "--write-out", "%{http_code}\n"]
    statuses = [curl(*words, "https://tasks.test/sign-in").stdout.strip() for _ in range(12)]
    assert statuses[:6] == ["200"] * 6
    assert "429" in statuses[6:]
    refused = curl("--include", "--request", "POST", "--data", "x=1", "https://tasks.test/sign-in").stdout.lower()
    assert "retry-after: 5" in refused
    assert "strict-transport-security" in refused


def test_probes_do_not_exist_for_the_public(curl: Curl) -> None:
    for path in ("/health", "/ready", "/metrics"):
        answer = curl("--output", "/dev/null", "--write-out", "%{http_code}", f"https://tasks.test{path}")
        assert answer.stdout == "404", path


def test_without_an_app_the_answer_is_503_with_a_time_to_come_back(curl: Curl, host: Host) -> None:
    host.check_output("systemctl stop upstream && rm -f /run/taskmanager/web.sock")
    try:
        answer = curl("--include", "https://tasks.test/api/v1/board")
    finally:
        host.check_output(
            "systemctl start upstream && timeout 10 sh -c 'until [ -S /run/taskmanager/web.sock ]; do sleep 0.1; done'"
        )
    assert " 503" in answer.stdout.split("\n")[0]
    assert "application/problem+json" in answer.stdout
    assert "retry-after: 5" in answer.stdout.lower()


def test_killed_server_comes_back(curl: Curl, host: Host) -> None:
    host.check_output("kill -9 $(cat /run/nginx.pid)")
    words = ["--retry", "10", "--retry-delay", "1", "--retry-all-errors", "--fail", "--output", "/dev/null"]
    assert curl(*words, "https://tasks.test/").returncode == 0


def test_service_starts_at_boot_and_is_confined(host: Host) -> None:
    assert host.service("nginx").is_enabled
    score = host.check_output("systemd-analyze security nginx.service --no-pager | tail -n 1")
    assert float(score.split(":")[1].split()[0]) <= 2.5


def test_debians_own_site_is_gone(host: Host) -> None:
    assert not host.file("/etc/nginx/sites-enabled/default").exists


def test_own_certificate_is_shown_to_the_public(host: Host, address: str, state: Path) -> None:
    if host.backend.get_hostname() != "debian12":
        pytest.skip("the other host shows the internal authority's certificate")
    command = ["curl", "-s", "--cacert", f"{state}/site.crt", "--resolve", f"tasks.test:443:{address}", "https://tasks.test/"]
    assert subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    assert host.file("/etc/nginx/tls/site.key").mode == 0o600
