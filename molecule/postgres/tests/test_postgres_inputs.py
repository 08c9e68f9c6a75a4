"""What role postgres says to wrong inputs, and what changed ones do to a running cluster."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from testinfra.host import Host

testinfra_hosts = ["ansible://db1"]

Ask = Callable[..., tuple[int, str]]
Play = Callable[..., subprocess.CompletedProcess[str]]
Superuser = Callable[[str], str]

WEAK = "postgres_roles of db1 has a password for anna that is missing, shorter than 12 characters or a placeholder"
BELONGS = "db1 belongs to the PostgreSQL cluster ledger of db1, db2, db3, and the inventory says"
REFUSED = [
    f"a short password: {WEAK}",
    f"an empty password: {WEAK}",
    f"no password: {WEAK}",
    f"changeme: {WEAK}",
    f"CHANGE_ME: {WEAK}",
    "a short password of replication: postgres_replication_password of db1 is missing, shorter than 12 characters",
    "an unusable name: postgres_roles and postgres_databases of db1 cannot use the name Anna, template1",
    "an unknown owner: postgres_databases of db1 names the owner eve, who is not in postgres_roles",
    "holds what is no IP address 192.0.2.300, 192.0.2.0/33; write",
    "a setting with its own input: postgres_settings of db1 sets ssl, which the role sets itself",
    "a missing key: /nowhere/host.key is missing on db1; issue the host's certificate first",
    'cannot be used, because PostgreSQL 17 says: unrecognized configuration parameter "work_memory"; correct',
    "a TTL under the minimum: postgres_timeouts of db1 gives ttl 15, loop_wait 5 and retry_timeout 10: ttl must be 20 at least",
    "times that do not fit: postgres_timeouts of db1 gives ttl 25, loop_wait 10 and retry_timeout 10",
    "an unknown time: postgres_timeouts of db1 gives",
    f"other members: {BELONGS} ledger of db1, db9",
    f"a changed cluster name: {BELONGS} other of db1, db2, db3",
    "data of another cluster: /var/lib/postgresql/17/main on db1 holds the data of another PostgreSQL cluster (identity",
    "a member twice: postgres_members of db1 must name this host and every other one once",
    "another system: db1 runs Debian 11.9; install Debian 12 or 13",
]

# A new name in the certificate, another password, also of replication, one database less, another setting: all without a restart.
CHANGES = {
    "pki_extra_names": ["renewed.test"],
    "postgres_replication_password": "Other'Path-34-Taken",
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
    return str(host.check_output("find /etc/patroni /etc/systemd/system -type f -printf '%p %T@\\n' | sort"))


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


def test_changed_inputs_reach_the_running_cluster_without_a_restart(from_peer: Ask, play: Play, superuser: Superuser) -> None:
    started = superuser("SELECT pg_postmaster_start_time()")
    answer = play("-l", "trio,localhost", "--tags", "pki,postgres", "-e", json.dumps(CHANGES))
    assert answer.returncode == 0, answer.stdout
    assert "Downhill" not in text(answer)
    assert from_peer("carl", "Downhill-Gardens-42", "SHOW log_min_duration_statement", host="renewed.test") == (0, "3s")
    assert "password authentication failed" in from_peer("carl", "Hidden-Valleys-15")[1]
    assert "no pg_hba.conf entry" in from_peer("carl", "Downhill-Gardens-42", dbname="attic")[1]
    assert superuser("SELECT datname FROM pg_database WHERE datname = 'attic'") == "attic"
    assert superuser("SELECT pg_postmaster_start_time()") == started
