"""Bad input stops site.yml's preflight in one sentence, with nothing changed on the host."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PREFLIGHT = Path(__file__).parents[3] / "playbooks" / "preflight.yml"
Play = Callable[..., subprocess.CompletedProcess[str]]

BAD = {
    "a misspelt variable": ({}, "nginx_domian: tasks.test", ["nginx_domian", "server1", "spelling"]),
    "a missing domain": ({"taskmanager_domain": ""}, "", ["taskmanager_domain", "server1", "DNS name"]),
    "a domain with a typing error": ({"taskmanager_domain": "tasks..example.org"}, "", ["taskmanager_domain", "server1"]),
    "a first account without an address": ({"taskmanager_first_user_email": "admin"}, "", ["taskmanager_first_user_email"]),
    "a placeholder for the database": ({"vault_postgres_app_password": "changeme"}, "", ["server1", "password"]),
    "a placeholder for Redis": ({"vault_redis_app_password": "changeme"}, "", ["server1", "password"]),
    "a placeholder for the app": ({"vault_app_secret_key": "changeme"}, "", ["server1", "app_secret_key"]),
    "a short passphrase": ({"vault_pki_ca_passphrase": "short"}, "", ["server1", "pki_ca_passphrase"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_before_anything_changes(case: str, play: Play, tmp_path: Path) -> None:
    extra, host_line, words = BAD[case]
    inventory = tmp_path / "more.yml"
    inventory.write_text(f"all:\n  hosts:\n    server1:\n      {host_line or 'nothing: here'}\n")
    answer = play("-i", str(inventory), "-e", json.dumps(extra), playbook=PREFLIGHT)
    assert answer.returncode != 0
    for word in words:
        assert word in answer.stdout + answer.stderr
    assert "changed=0" in answer.stdout
    assert "changed=1" not in answer.stdout


def test_a_host_that_cannot_be_reached_is_named_before_anything_changes(play: Play, tmp_path: Path) -> None:
    inventory = tmp_path / "ghost.yml"
    inventory.write_text("all:\n  hosts:\n    ghost:\n      ansible_host: 10.89.117.250\n      ansible_ssh_timeout: 2\n")
    answer = play("-i", str(inventory), "-l", "all", playbook=PREFLIGHT)
    assert answer.returncode != 0
    assert "ghost cannot be reached at 10.89.117.250" in answer.stdout + answer.stderr
    assert "changed=1" not in answer.stdout
