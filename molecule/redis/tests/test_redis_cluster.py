"""What the three members survive together, with a client that is the app's own and writes down every answer it gets."""

import contextlib
import hashlib
import itertools
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from testinfra.host import Host

from tests.redis_ledger import Ledger, app_client

testinfra_hosts = ["ansible://one"]

PROJECT = Path(__file__).parents[3]
NETWORK = "taskmanager-test-redis"
SHOP = "Uphill-Gardens-41"
SHARED = "molecule-between-the-members"
SHARED_LATER = "molecule-later-between-the-members"
MEMBERS = {"one": "10.89.122.11", "two": "10.89.122.12", "three": "10.89.122.13"}
PROGRAM = "/usr/local/lib/taskmanager/redis-cluster"
Talk = Callable[..., list[str]]
Play = Callable[..., subprocess.CompletedProcess[str]]
OnMember = Callable[[str], Host]


@pytest.fixture
def client(state: Path) -> Iterator["redis.Redis"]:
    """Return the app's client of the cluster."""
    sentinels = ",".join(f"{address}:26379" for address in MEMBERS.values())
    made = app_client(f"rediss+sentinel://shop@{sentinels}/taskmanager/0", SHOP, str(state / "pki" / "ca.crt"))
    yield made
    made.close()


@pytest.fixture
def on(host: Host, pytestconfig: pytest.Config) -> OnMember:
    """Return a function that gives a member by its name."""
    options = f"ansible_inventory={pytestconfig.getoption('ansible_inventory')}&ssh_config={pytestconfig.getoption('ssh_config')}"
    return lambda name: host.get_host(f"ansible://{name}?{options}")


@pytest.fixture(autouse=True)
def whole(on: OnMember) -> Iterator[None]:
    """Wait, before and after each test, until all members are there and agree."""
    wait_whole(on("one"))
    yield
    wait_whole(on("one"))


def podman(*arguments: str) -> None:
    """Do something to a member from outside."""
    subprocess.run(["podman", "--runtime", "runc", *arguments], check=True, capture_output=True, timeout=60)


def state_of(host: Host) -> dict[str, object]:
    """Return the cluster as a member sees it."""
    state: dict[str, object] = json.loads(host.check_output(f"{PROGRAM} status"))
    return state


def wait_whole(host: Host) -> None:
    """Wait until the cluster is healthy, at most two minutes; a host that starts refuses connections at first."""
    deadline, said = time.monotonic() + 120, ""
    while '"healthy": true' not in said:
        assert time.monotonic() < deadline, said
        with contextlib.suppress(RuntimeError):
            said = host.run(f"{PROGRAM} status").stdout


def test_replicas_refuse_writes(talk: Talk, on: OnMember) -> None:
    master = state_of(on("one"))["master"]
    for name in set(MEMBERS) - {master}:
        assert talk("shop", SHOP, ("SET", "session:1", "eve"), at=name)[1].startswith("-READONLY")


def test_planned_move_loses_no_acknowledged_write(client: "redis.Redis", on: OnMember, play: Play) -> None:
    before = state_of(on("one"))["master"]
    chosen = next(name for name in MEMBERS if name != before)
    with Ledger(client) as ledger:
        answer = play("-l", "cluster", "-e", f"to={chosen}", playbook=PROJECT / "playbooks" / "switchover-redis.yml")
        ledger.more()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"moved the master from {before} to {chosen}" in answer.stdout
    assert state_of(on("one"))["master"] == chosen
    assert ledger.lost() == []


def test_killed_server_comes_back_with_its_data(client: "redis.Redis", on: OnMember) -> None:
    with Ledger(client) as ledger:
        master = on(str(state_of(on("one"))["master"]))
        master.check_output("systemctl kill --kill-who=main --signal=KILL 'redis-server' 'valkey-server' 2>/dev/null; true")
        ledger.more()
    wait_whole(on("one"))
    assert ledger.lost() == []


def test_sessions_survive_a_power_cut_of_the_masters_host_which_joins_again(client: "redis.Redis", on: OnMember) -> None:
    before = str(state_of(on("one"))["master"])
    client.set("session:kept", "anna", ex=600)
    client.wait(2, 5000)
    try:
        podman("kill", f"{NETWORK}-{before}")
        client.set("session:during", "bert", ex=600)
        assert client.get("session:kept") == b"anna"
    finally:
        podman("start", f"{NETWORK}-{before}")
    wait_whole(on(before))
    state = state_of(on(before))
    assert state["master"] != before
    assert client.mget(["session:kept", "session:during"]) == [b"anna", b"bert"]


def test_master_that_is_cut_off_acknowledges_no_write(client: "redis.Redis", on: OnMember) -> None:
    before = str(state_of(on("one"))["master"])
    podman("network", "disconnect", NETWORK, f"{NETWORK}-{before}")
    try:
        client.set("session:elsewhere", "anna", ex=600)
        # Longer than the master counts on replicas that it does not hear from.
        deadline, said = time.monotonic() + 30, ""
        while "NOREPLICAS" not in said:
            assert time.monotonic() < deadline, said
            said = write_inside(before)
    finally:
        podman("network", "connect", "--ip", MEMBERS[before], NETWORK, f"{NETWORK}-{before}")
    wait_whole(on(before))
    assert client.get("session:elsewhere") == b"anna"


def write_inside(name: str) -> str:
    """Write to a member's server from the member itself, which needs no network for it."""
    command = [
        *("podman", "--runtime", "runc", "exec", "-e", f"REDISCLI_AUTH={SHOP}", f"{NETWORK}-{name}", "timeout", "5"),
        *("sh", "-c", "$(command -v redis-cli valkey-cli | head -n 1) --tls --cacert /etc/ssl/taskmanager/ca.crt"),
    ]
    command[-1] += " -h 127.0.0.1 --user shop set session:here eve 2>&1"
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout


def test_second_run_after_failovers_changes_nothing_and_moves_no_master(on: OnMember, play: Play) -> None:
    before = state_of(on("one"))["master"]
    answer = play("-l", "cluster,localhost", "--tags", "redis")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("changed=0") == 3, answer.stdout
    assert state_of(on("one"))["master"] == before


def test_host_alone_grows_into_the_cluster_again_and_keeps_its_data(client: "redis.Redis", on: OnMember, play: Play) -> None:
    client.set("session:small", "anna", ex=600)
    client.wait(2, 5000)
    leaving = json.dumps({"leaving": ["two", "three"]})
    answer = play("-l", "cluster", "-e", leaving, playbook=PROJECT / "playbooks" / "remove-redis.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    state = state_of(on("one"))
    assert (state["master"], state["healthy"], list(state["members"])) == ("one", True, ["one"])  # type: ignore[call-overload]
    client.set("session:alone", "bert", ex=600)
    answer = play("-l", "cluster,localhost", "--tags", "redis")
    assert answer.returncode == 0, answer.stdout
    wait_whole(on("one"))
    assert state_of(on("one"))["master"] == "one"
    assert client.mget(["session:small", "session:alone"]) == [b"anna", b"bert"]
    assert client.wait(2, 5000) == 2


def test_stranger_with_the_name_of_the_cluster_is_refused(on: OnMember, play: Play) -> None:
    inventory = {"redis_members": [{"name": "one", "address": MEMBERS["one"]}]}
    answer = play("-l", "one,localhost", "--tags", "redis", "-e", json.dumps(inventory))
    assert answer.returncode != 0
    said = " ".join(answer.stdout.split())
    assert f"{MEMBERS['three']}, {MEMBERS['two']}" in said or f"{MEMBERS['two']}, {MEMBERS['three']}" in said
    assert "takes part in the cluster taskmanager but is not in redis_members" in said
    assert "changed=0" in said


def test_changed_secret_reaches_all_members_under_writes_and_the_old_one_is_refused(
    client: "redis.Redis", on: OnMember, play: Play, talk: Talk
) -> None:
    before = state_of(on("one"))["master"]
    change = ("-l", "cluster,localhost", "--tags", "redis", "-e", f"redis_secret={SHARED_LATER}")
    with Ledger(client) as ledger:
        answer = play(*change)
        ledger.more()
    assert answer.returncode == 0, answer.stdout
    assert ledger.lost() == []
    assert state_of(on("one"))["master"] == before
    for name, port in itertools.product(MEMBERS, (6379, 26379)):
        assert talk("operator", made_from(SHARED), ("PING",), at=name, port=port)[0].startswith("-WRONGPASS")
        assert talk("operator", made_from(SHARED_LATER), ("PING",), at=name, port=port) == ["OK", "PONG"]
    answer = play(*change)
    assert answer.stdout.count("changed=0") == 3, answer.stdout
    alone = play("-l", "one,localhost", "--tags", "redis")
    assert "redis_secret of one is another one than before" in " ".join(alone.stdout.split())


def made_from(secret: str) -> str:
    """Return the password that the role makes of the secret for its own program."""
    return hashlib.sha256(f"{secret} operator".encode()).hexdigest()
