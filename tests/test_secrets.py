"""What playbooks/secrets.yml writes, and what it keeps."""

import subprocess
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
WANTED = yaml.safe_load((PROJECT / "playbooks" / "secrets.yml").read_text())[0]["vars"]["secrets_wanted"]


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """Return the place of vault.yml in an inventory of one host."""
    (tmp_path / "group_vars" / "all").mkdir(parents=True)
    (tmp_path / "hosts.yml").write_text("all: {hosts: {server1: {}}}\n")
    return tmp_path / "group_vars" / "all" / "vault.yml"


def make_secrets(vault: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the playbook on the inventory of a vault."""
    command = [str(PROJECT / ".venv/bin/ansible-playbook"), "-i", str(vault.parents[2]), "playbooks/secrets.yml", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


def test_every_secret_is_made_random_and_for_the_owner_alone(vault: Path) -> None:
    assert make_secrets(vault).returncode == 0
    secrets = yaml.safe_load(vault.read_text())
    assert {name: len(value) for name, value in secrets.items()} == WANTED
    assert len(set(secrets.values())) == len(secrets)
    assert vault.stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_kept_and_what_is_missing_is_added(vault: Path) -> None:
    kept = {"vault_app_secret_key": 'it\'s "kept"', "vault_of_my_own": "x: y"}
    vault.write_text(yaml.safe_dump(kept))
    assert make_secrets(vault).returncode == 0
    secrets = yaml.safe_load(vault.read_text())
    assert secrets.keys() == WANTED.keys() | kept.keys()
    assert secrets.items() >= kept.items()
    before = vault.read_text()
    assert "changed=0" in make_secrets(vault).stdout
    assert vault.read_text() == before


def test_an_encrypted_file_is_left_alone_and_what_it_lacks_is_named(vault: Path, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("of this test")
    vault.write_text(yaml.safe_dump(dict.fromkeys(list(WANTED)[1:], "x" * 40)))
    ansible_vault = [str(PROJECT / ".venv/bin/ansible-vault"), "encrypt", str(vault), "--vault-password-file", str(password)]
    subprocess.run(ansible_vault, check=True, capture_output=True, timeout=60)
    before = vault.read_text()
    answer = make_secrets(vault, "--vault-password-file", str(password))
    assert answer.returncode != 0
    said = " ".join(answer.stdout.split())
    assert f"is encrypted and lacks {next(iter(WANTED))}; add a random one for each with ansible-vault edit" in said
    assert vault.read_text() == before
