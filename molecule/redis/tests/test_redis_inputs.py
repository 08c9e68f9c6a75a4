"""What role redis says to wrong inputs, and what changed ones do to a running server; one host is enough for this."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from testinfra.host import Host

testinfra_hosts = ["ansible://valkey"]

Play = Callable[..., subprocess.CompletedProcess[str]]
Talk = Callable[..., list[str]]

WEAK = "redis_users of valkey has a password for shop that is missing, shorter than 12 characters or a placeholder"
REFUSED = [
    f"a short password: {WEAK}",
    f"an empty password: {WEAK}",
    f"no password: {WEAK}",
    f"changeme: {WEAK}",
    f"CHANGE_ME: {WEAK}",
    "an unusable name: redis_users of valkey cannot use the name my shop, default, operator",
    "rules that set a password: redis_users of valkey has the rules ~* nopass, ~* >Uphill; write",
    "a bad address: redis_listen_addresses of valkey lacks its address in redis_members (10.0.0.9), or holds what is no IP",
    "two members: redis_members of valkey is valkey, other: it must be one or an odd number of hosts",
    "a member twice: redis_members of valkey is valkey, other, other: it must be one or an odd number",
    "a name as address: redis_members of valkey is valkey: it must be",
    "a cluster of others: redis_members of valkey is other: it must be one or an odd number of hosts",
    "a name with spaces: redis_cluster_name of valkey holds more than letters",
    "a short secret: redis_cluster_name of valkey holds more than letters",
    "valkey on Debian 12: redis_product of valkey is valkey, which Debian 12 does not have; set it to redis",
    "too much memory: redis_maxmemory_mb (513) of valkey must lie between 16 and half of the host's 1024 MiB",
    "a missing key: /nowhere/host.key is missing on valkey; issue the host's certificate first",
    "another system: valkey runs Debian 11.9; install Debian 12 or 13",
]

SHOP = "Uphill-Gardens-41"
WATCH = {"name": "watch", "password": 'Quiet\'Rivers-"77"', "rules": "%R~metrics:* +get +ping +info"}


def text(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a play as one line, without colours and YAML's doubled quotes."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def files(host: Host) -> str:
    """Return every file that the role writes, with its time."""
    return str(
        host.check_output(
            "find /etc/valkey /etc/taskmanager /etc/systemd/system /etc/sysctl.d -type f -printf '%p %T@\\n' | sort"
        )
    )


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


def test_changed_inputs_reach_the_running_server_without_a_restart(play: Play, talk: Talk) -> None:
    before = run_id(talk)
    users = [{"name": "shop", "password": SHOP}, {"name": "till", "password": "Downhill-Gardens-42"}, WATCH]
    changed = {"redis_users": users, "pki_extra_names": ["renewed.test"], "redis_maxmemory_mb": 48, "redis_down_after_ms": 2500}
    answer = play("-e", json.dumps(changed))
    assert answer.returncode == 0, answer.stdout
    assert "Downhill" not in text(answer)
    assert talk("till", "Downhill-Gardens-42", ("PING",), server_name="renewed.test") == ["OK", "PONG"]
    assert talk("till", "Hidden-Valleys-15")[0].startswith("-WRONGPASS")
    assert "maxmemory:50331648\r\n" in talk("shop", SHOP, ("INFO", "memory"))[-1]
    asked = talk("till", "Downhill-Gardens-42", ("SENTINEL", "MASTER", "taskmanager"), port=26379, server_name="renewed.test")
    assert "down-after-milliseconds 2500" in asked[-1]
    assert run_id(talk) == before
    assert "changed=0" in text(play("-e", json.dumps(changed)))


def test_another_cluster_name_is_refused_on_a_member(host: Host, play: Play) -> None:
    before = files(host)
    answer = play("--tags", "redis", "-e", "redis_cluster_name=another")
    assert "valkey is a member of a cluster that is not called another" in text(answer)
    assert files(host) == before


def test_other_product_is_refused_where_one_is_installed(play: Play) -> None:
    answer = play("--tags", "redis", "-e", "redis_product=redis")
    assert "valkey has valkey installed, and redis cannot read its data" in text(answer)
    assert "changed=0" in text(answer)


def run_id(talk: Talk) -> str:
    """Return what is different after every start of the server."""
    return next(line for line in talk("shop", SHOP, ("INFO", "server"))[-1].splitlines() if line.startswith("run_id:"))
