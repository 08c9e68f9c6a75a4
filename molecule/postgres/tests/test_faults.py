"""What the cluster of three survives, under writes that never pause: every number that was confirmed is found afterwards."""

import subprocess
from collections.abc import Callable, Iterator

import pytest
from testinfra.host import Host

from tests.breaker import drop
from tests.ledger import TRIO, WAL, Ledger, Trio, small_disk, until

testinfra_hosts = ["ansible://db1"]

CONTAINER = "taskmanager-test-postgres-"
Play = Callable[..., subprocess.CompletedProcess[str]]


def podman(*words: str) -> None:
    """Do something to a host as a whole: kill is a power cut, start the return of power."""
    subprocess.run(["podman", "--runtime", "runc", *words], check=True, capture_output=True, timeout=60)


def numbers(host: Host) -> set[int]:
    """Return the numbers that a server has."""
    return {int(line) for line in host.check_output("runuser -u postgres -- psql -XAtqc 'SELECT * FROM ledger' orders").split()}


@pytest.fixture(autouse=True)
def nothing_is_lost(trio: Trio, ledger: Ledger) -> Iterator[None]:
    """Write through the fault; afterwards writes go on, all members are back, and each has every confirmed number."""
    trio.leader()
    with ledger:
        yield
        ledger.more()
        trio.leader()
        ledger.more()
    confirmed = ledger.confirmed()
    assert len(confirmed) > 2
    for host in trio.hosts.values():
        until(lambda host=host: set(confirmed) <= numbers(host), 30)


def test_killed_server_comes_back_or_hands_over(trio: Trio, ledger: Ledger) -> None:
    host = trio.hosts[trio.leader()]
    before = host.check_output("runuser -u postgres -- psql -XAtqc 'SELECT pg_postmaster_start_time()'")
    host.check_output("kill -9 $(head -n 1 /var/lib/postgresql/17/main/postmaster.pid)")
    ledger.more()
    trio.leader()
    assert host.check_output("runuser -u postgres -- psql -XAtqc 'SELECT pg_postmaster_start_time()'") != before


def test_killed_patroni_and_etcd_are_started_again_and_nobody_notices(trio: Trio, ledger: Ledger) -> None:
    leader = trio.leader()
    started = trio.ask_all("SELECT pg_postmaster_start_time()")
    trio.hosts[leader].check_output("systemctl kill --kill-who=main --signal=KILL patroni etcd")
    ledger.more()
    assert trio.leader() == leader
    assert trio.ask_all("SELECT pg_postmaster_start_time()") == started


def test_dead_leader_is_replaced_and_comes_back_as_a_replica(trio: Trio, ledger: Ledger) -> None:
    leader = trio.leader()
    podman("kill", CONTAINER + leader)
    others = [name for name in TRIO if name != leader]
    new = until(lambda: (name := trio.status(others[0])["leader"]) in others and name)
    ledger.more()
    said = trio.hosts[others[0]].run("taskmanager-database status").stdout
    assert f"{leader} is unreachable; look there at: journalctl -u patroni." in said
    podman("start", CONTAINER + leader)
    until(lambda: trio.answers(leader))
    assert trio.leader() == new
    assert trio.ask_all("SELECT pg_is_in_recovery()") == {name: "f" if name == new else "t" for name in TRIO}


def test_leader_that_is_cut_off_confirms_nothing_and_comes_back_as_a_replica(trio: Trio, ledger: Ledger) -> None:
    leader = trio.leader()
    others = [name for name in TRIO if name != leader]
    mend = drop(leader, input="iifname != lo", output="oifname != lo")
    try:
        # On the host itself nothing seems wrong yet; the write must wait for a replica all the same.
        insert = ["timeout", "5", "runuser", "-u", "postgres", "--", "psql", "-XAtqc", "INSERT INTO ledger VALUES (-1)", "orders"]
        command = ["podman", "--runtime", "runc", "exec", CONTAINER + leader, *insert]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        new = until(lambda: (name := trio.status(others[0])["leader"]) in others and name)
        ledger.more()
    finally:
        mend()
    # 124: it still waited when its time was over; any other failure would prove nothing.
    assert answer.returncode == 124, answer.stderr
    until(lambda: trio.answers(leader))
    assert trio.leader() == new
    assert trio.ask_all("SELECT pg_is_in_recovery()") == {name: "f" if name == new else "t" for name in TRIO}
    assert [-1 in numbers(host) for host in trio.hosts.values()] == [False] * 3


def test_dead_replica_does_not_stop_the_writes(trio: Trio, ledger: Ledger) -> None:
    leader = trio.leader()
    replica = next(name for name in TRIO if name != leader)
    podman("kill", CONTAINER + replica)
    ledger.more()
    ledger.more()
    podman("start", CONTAINER + replica)
    until(lambda: trio.answers(replica))


def test_full_disk_on_a_replica_does_not_stop_the_writes(trio: Trio, ledger: Ledger) -> None:
    leader = trio.leader()
    replica = next(name for name in TRIO if name != leader)
    host = trio.hosts[replica]
    with small_disk(host):
        host.run(f"dd if=/dev/zero of={WAL}/filler bs=1M")
        trio.hosts[leader].check_output("runuser -u postgres -- psql -XAtqc 'SELECT pg_switch_wal()'")
        state = until(lambda: (state := trio.status(leader))["problems"] and state)
        ledger.more()
        ledger.more()
        assert (state["leader"], state["writable"]) == (leader, True)
        assert any(line.startswith(f"{replica} ") for line in state["problems"])
        assert "No space left on device" in host.check_output("journalctl -u patroni -n 400")
        host.check_output(f"rm {WAL}/filler")
        assert trio.leader() == leader


def test_planned_move_goes_to_the_chosen_replica(trio: Trio, ledger: Ledger) -> None:
    leader = trio.leader()
    target = max(name for name in TRIO if name != leader)
    answer = trio.hosts["db1"].run(f"taskmanager-database switchover --to {target}")
    assert answer.stdout.strip() == f"{leader} handed over to {target}", answer.stderr
    assert trio.leader() == target


def test_replica_whose_data_is_broken_is_made_anew(trio: Trio) -> None:
    leader = trio.leader()
    replica = max(name for name in TRIO if name != leader)
    assert trio.hosts[leader].run(f"taskmanager-database reinit {leader}").stderr.startswith(f"{leader} leads; its data is the")
    answer = trio.hosts[leader].run(f"taskmanager-database reinit {replica}")
    assert answer.stdout.strip() == f"{replica} was made anew from {leader}", answer.stderr


def test_move_to_a_replica_that_is_behind_is_refused(trio: Trio) -> None:
    leader = trio.leader()
    target = next(name for name in TRIO if name != leader)
    trio.hosts[target].check_output("systemctl stop patroni")
    answer = trio.hosts[leader].run(f"taskmanager-database switchover --to {target}")
    assert answer.rc == 1
    assert f"{target} cannot take over without losing writes: it is unreachable" in answer.stderr
    trio.hosts[target].check_output("systemctl start patroni")
    assert trio.leader() == leader


def test_second_run_after_all_this_changes_nothing_and_moves_no_leader(trio: Trio, play: Play) -> None:
    leader = trio.leader()
    answer = play("-l", "trio,localhost")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("changed=0") == 3, answer.stdout
    assert trio.leader() == leader


def test_last_host_of_three_takes_no_writes_and_says_so(trio: Trio) -> None:
    leader = trio.leader()
    dead = [name for name in TRIO if name != leader]
    for name in dead:
        podman("kill", CONTAINER + name)
    try:
        until(lambda: not trio.status(leader)["writable"])
        state = until(lambda: (state := trio.status(leader))["leader"] is None and state)
    finally:
        for name in dead:
            podman("start", CONTAINER + name)
    assert any(line.startswith("No member leads: the database takes no writes.") for line in state["problems"])
    # Without its majority the member that is left does not call itself well either.
    assert any(line.startswith("etcd has no majority (") for line in state["problems"])
    for name in dead:
        until(lambda name=name: trio.answers(name))
