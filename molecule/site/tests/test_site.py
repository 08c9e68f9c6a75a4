"""The deployed site as curl sees it from outside."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from testinfra.host import Host

from tests.docs_commands import PROJECT, commands_of

SITE = Path(__file__).parents[1]
URL = "https://taskmanager.localhost:8445"


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run curl against the site with the authority that bin/lab would print."""
    command = ["curl", "--silent", "--show-error", "--max-time", "10", "--cacert", str(SITE / "pki" / "ca.crt"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_sign_in_page_answers_over_verified_tls() -> None:
    answer = curl("--include", f"{URL}/sign-in")
    assert answer.stdout.startswith("HTTP/2 200"), answer.stdout + answer.stderr
    assert "content-security-policy: default-src 'self'" in answer.stdout.lower()
    assert "strict-transport-security" in answer.stdout.lower()


def test_root_leads_to_the_sign_in_page() -> None:
    answer = curl("--location", "--output", "/dev/null", "--write-out", "%{url_effective}", URL)
    assert answer.stdout.endswith("/sign-in")


def test_unknown_api_path_is_a_problem_in_json() -> None:
    answer = curl("--include", f"{URL}/api/v1/nothing")
    assert "content-type: application/problem+json" in answer.stdout.lower()
    assert json.loads(answer.stdout.split("\n\n")[-1].split("\r\n\r\n")[-1])["status"] == 404


def test_inner_endpoints_are_not_open_to_the_world() -> None:
    for path in ("/ready", "/metrics"):
        answer = curl("--output", "/dev/null", "--write-out", "%{http_code}", URL + path)
        assert answer.stdout in {"403", "404"}, path


def test_first_account_of_the_inventory_signs_in(tmp_path: Path) -> None:
    vault = yaml.safe_load((SITE / "group_vars" / "all" / "vault.yml").read_text())
    jar = str(tmp_path / "jar")
    page = curl("--cookie-jar", jar, f"{URL}/sign-in").stdout
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    fields = {
        "csrf_token": token,
        "email": "admin@taskmanager.localhost",
        "password": vault["vault_app_first_user_password"],
    }
    data = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    answer = curl("--cookie", jar, "--cookie-jar", jar, *data, "--write-out", "%{http_code} %{redirect_url}", f"{URL}/sign-in")
    assert answer.stdout.endswith(f"{URL}/board"), answer.stdout


@pytest.mark.parametrize("command", commands_of(PROJECT / "docs" / "runbook" / "diagnose.md"))
def test_command_of_the_runbook_works_on_the_host(host: Host, command: str) -> None:
    answer = host.run(command)
    assert answer.rc == 0, answer.stdout + answer.stderr
