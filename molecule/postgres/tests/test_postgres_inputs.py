"""What role postgres says to wrong inputs, and what changed ones do to a running server; one host is enough for this."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import testinfra
from testinfra.host import Host

testinfra_hosts = ["ansible://debian13"]

Ask = Callable[..., tuple[int, str]]
Play = Callable[..., subprocess.CompletedProcess[str]]
Superuser = Callable[[str], str]

WEAK = "postgres_roles of debian13 has a password for anna that is missing, shorter than 12 characters or a placeholder"
REFUSED = [
    f"a short password: {WEAK}",
    f"an empty password: {WEAK}",
    f"no password: {WEAK}",
    f"changeme: {WEAK}",
    f"CHANGE_ME: {WEAK}",
    "an unusable name: postgres_roles and postgres_databases of debian13 cannot use the name Anna, template1",
    "an unknown owner: postgres_databases of debian13 names the owner eve, who is not in postgres_roles",
    "holds what is no IP address 192.0.2.300, 192.0.2.0/33; write",
    "a setting with its own input: postgres_settings of debian13 sets ssl, which the role sets itself",
    "a missing key: /nowhere/host.key is missing on debian13; issue the host's certificate first",
    'cannot be used, because PostgreSQL 17 says: unrecognized configuration parameter "work_memory"; correct',
    "another system: debian13 runs Debian 11.9; install Debian 12 or 13",
]

# A new name in the certificate, another password, one database less, another setting: none of it needs a restart.
# The other host gets more memory too, which does.
CHANGES = {
    "postgres_memory_mb": "{{ 640 if inventory_hostname == 'debian12' else 512 }}",
    "pki_extra_names": ["renewed.test"],
    "postgres_roles": [
        {"name": "anna", "password": "Uphill-Gardens-41"},
        {"name": "bert", "password": 'Quiet\'Rivers-"77"'},
        {"name": "carl", "password": "Downhill-Gardens-42"},
    ],
    "postgres_databases": [
        {"name": "orders", "owner": "anna"},
        {"name": "stock", "owner": "bert"},
        {"name": "notes", "owner": "carl"},
    ],
    "postgres_settings": {"max_connections": 40, "log_min_duration_statement": "3s", "log_line_prefix": "%m it's %p "},
}


def text(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a play as one line, without colours and YAML's doubled quotes."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def files(host: Host) -> str:
    """Return every file that the role writes, with its time."""
    return str(host.check_output("find /etc/postgresql /etc/systemd/system -type f -printf '%p %T@\\n' | sort"))


def test_wrong_inputs_are_refused_with_a_sentence(host: Host, play: Play) -> None:
    before = files(host)
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [message for message in REFUSED if message not in text(answer)] == [], answer.stdout
    assert "good inputs: " not in text(answer)
    assert "changed=0" in text(answer)
    assert files(host) == before


def test_placeholder_stops_the_play_before_anything_changes(host: Host, play: Play) -> None:
    before = files(host)
    roles = {"postgres_roles": [{"name": "anna", "password": "placeholder-4711"}], "postgres_databases": []}
    answer = play("--tags", "postgres", "-e", json.dumps(roles))
    assert answer.returncode == 2
    assert "shorter than 12 characters or a placeholder" in text(answer)
    assert "placeholder-4711" not in text(answer)
    assert "changed=0" in text(answer)
    assert files(host) == before


def test_changed_inputs_reach_the_running_server(from_peer: Ask, play: Play, state: Path, superuser: Superuser) -> None:
    started = superuser("SELECT pg_postmaster_start_time()")
    answer = play("-l", "all", "-e", json.dumps(CHANGES))
    assert answer.returncode == 0, answer.stdout
    assert "Downhill" not in text(answer)
    assert from_peer("carl", "Downhill-Gardens-42", "SHOW log_min_duration_statement", host="renewed.test") == (0, "3s")
    assert "password authentication failed" in from_peer("carl", "Hidden-Valleys-15")[1]
    assert "no pg_hba.conf entry" in from_peer("carl", "Downhill-Gardens-42", dbname="attic")[1]
    assert superuser("SELECT datname FROM pg_database WHERE datname = 'attic'") == "attic"
    assert superuser("SELECT pg_postmaster_start_time()") == started

    restarted = testinfra.get_host("ssh://debian12", ssh_config=str(state / "ssh_config"))
    assert restarted.check_output("runuser -u postgres -- psql -XAtqc 'SHOW shared_buffers'") == "160MB"
