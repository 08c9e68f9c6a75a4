"""What role app says to wrong inputs, before anything changes; one host is enough for this."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from testinfra.host import Host

testinfra_hosts = ["ansible://debian13"]

Play = Callable[..., subprocess.CompletedProcess[str]]

REFUSED = [
    'a URL without TLS: app_public_url of debian13 is "http://tasks.test"; set it to https://NAME or https://NAME:PORT.',
    'a URL with a path: app_public_url of debian13 is "https://tasks.test/board"; set it to',
    "a placeholder: app_secret_key of debian13 is missing, shorter than 32 characters or a placeholder; set its vault_ variable",
    "a short key: app_secret_key of debian13 is missing, shorter than 32 characters",
    "a short password: app_database_password of debian13 is missing, shorter than 12 characters",
    "no password: app_redis_password of debian13 is missing, shorter than 12 characters",
    "a password in the address: app_database_dsn or app_redis_url of debian13 is malformed; write",
    "no account in the address: app_database_dsn or app_redis_url of debian13 is malformed; write",
    "a weak first account: app_first_user of debian13 needs an e-mail address, a name and a password of at least 10 characters",
    'e-mail from nobody: app_smtp_url of debian13 is "smtps://relay@mail.test"; write smtps://USER@HOST:465',
    'another site with a path: app_cors_origins of debian13 has "https://other.test/"; write https://NAME or https://NAME:PORT',
    'no bundle: app_bundle of debian13 is ""; give the path of a bundle that bin/bundle printed.',
    'a bundle that is something else: app_bundle of debian13 is "/etc/passwd"; give the path of a bundle',
]


def text(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a play as one line, without colours and YAML's doubled quotes."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def files(host: Host) -> str:
    """Return every file that the role writes, with its time."""
    return str(
        host.check_output("find /etc/taskmanager /etc/systemd/system /opt/taskmanager -maxdepth 2 -printf '%p %T@\\n' | sort")
    )


def test_wrong_inputs_are_refused_with_a_sentence(play: Play) -> None:
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [message for message in REFUSED if message not in text(answer)] == [], answer.stdout
    assert "good inputs: " not in text(answer)
    assert "changed=0" in text(answer)


def test_wrong_input_stops_the_play_before_anything_changes(host: Host, play: Play) -> None:
    before = files(host)
    answer = play("-e", json.dumps({"app_secret_key": "placeholder-placeholder-placeholder-4711"}))
    assert answer.returncode == 2
    assert "app_secret_key of debian13 is missing" in text(answer)
    assert "placeholder-4711" not in text(answer)
    assert "changed=0" in text(answer)
    assert files(host) == before
