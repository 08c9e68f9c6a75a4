"""What role redis says to wrong inputs, and what changed ones do to a running server; one host is enough for this."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from testinfra.host import Host

testinfra_hosts = ["ansible://debian13"]

Play = Callable[..., subprocess.CompletedProcess[str]]
Talk = Callable[..., list[str]]

WEAK = "redis_users of debian13 has a password for shop that is missing, shorter than 12 characters or a placeholder"
REFUSED = [
    f"a short password: {WEAK}",
    f"an empty password: {WEAK}",
    f"no password: {WEAK}",
    f"changeme: {WEAK}",
    f"CHANGE_ME: {WEAK}",
    "an unusable name: redis_users of debian13 cannot use the name my shop, default",
    "rules that set a password: redis_users of debian13 has the rules ~* nopass, ~* >Uphill; write",
    "a bad address: redis_listen_addresses of debian13 is empty or holds what is no IP address everywhere",
    "too much memory: redis_maxmemory_mb (513) of debian13 must lie between 16 and half of the host's 1024 MiB",
    "a missing key: /nowhere/host.key is missing on debian13; issue the host's certificate first",
    "another system: debian13 runs Debian 11.9; install Debian 12 or 13",
]

WATCH = {"name": "watch", "password": 'Quiet\'Rivers-"77"', "rules": "%R~metrics:* +get +ping +info"}


def text(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a play as one line, without colours and YAML's doubled quotes."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def files(host: Host) -> str:
    """Return every file that the role writes, with its time."""
    return str(host.check_output("find /etc/redis /etc/systemd/system /etc/sysctl.d -type f -printf '%p %T@\\n' | sort"))


def test_wrong_inputs_are_refused_with_a_sentence(play: Play) -> None:
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [message for message in REFUSED if message not in text(answer)] == [], answer.stdout
    assert "good inputs: " not in text(answer)
    assert "changed=0" in text(answer)


def test_placeholder_stops_the_play_before_anything_changes(host: Host, play: Play) -> None:
    before = files(host)
    answer = play("--tags", "redis", "-e", json.dumps({"redis_users": [{"name": "shop", "password": "placeholder-4711"}]}))
    assert answer.returncode == 2
    assert WEAK in text(answer)
    assert "placeholder-4711" not in text(answer)
    assert "changed=0" in text(answer)
    assert files(host) == before


def test_changed_inputs_reach_the_running_server(play: Play, talk: Talk) -> None:
    users = [{"name": "shop", "password": "Uphill-Gardens-41"}, {"name": "till", "password": "Downhill-Gardens-42"}]
    answer = play("-e", json.dumps({"redis_users": [*users, WATCH], "pki_extra_names": ["renewed.test"]}))
    assert answer.returncode == 0, answer.stdout
    assert "Downhill" not in text(answer)
    assert talk("till", "Downhill-Gardens-42", ("PING",), server_name="renewed.test") == ["OK", "PONG"]
    assert talk("till", "Hidden-Valleys-15")[0].startswith("-WRONGPASS")
