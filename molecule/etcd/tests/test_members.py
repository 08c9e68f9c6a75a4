"""How members join and come back, and which lists of members are refused."""

import json
import re
import subprocess
from collections.abc import Callable

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://one"]

Play = Callable[..., subprocess.CompletedProcess[str]]

ONE = {"name": "one", "address": "10.89.131.11"}
TWO = {"name": "two", "address": "10.89.131.12"}
NINE = {"name": "nine", "address": "10.89.131.19"}
STRANGERS = [ONE, NINE, {"name": "ten", "address": "10.89.131.20"}]
REFUSED = {
    "an even number": (
        {"etcd_members": [ONE, TWO]},
        "etcd_members of one has 2 members (one, two), and a majority needs 1, 3 or 5",
    ),
    "a list without a member": ({"etcd_members": [ONE]}, "The etcd cluster taskmanager on one has the member"),
    "a list of others": ({"etcd_members": STRANGERS}, "who is not in etcd_members"),
    "another name": ({"etcd_cluster_name": "other"}, "one is a member of the etcd cluster taskmanager already"),
    "a short password": ({"etcd_root_password": "short"}, "has a password for root that is missing, shorter than 12 characters"),
    "times that do not fit": ({"etcd_election_ms": 200}, "etcd_election_ms (200) of one must lie between five times"),
}


def said(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a play as one line."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).split())


def voters(host: Host) -> set[str]:
    """Return the names of the members that count."""
    rows = [line.split(", ") for line in host.check_output("taskmanager-etcdctl member list").splitlines()]
    return {row[2] for row in rows if row[1] == "started" and row[5] == "false"}


def test_cluster_of_one_has_grown_to_three(host: Host) -> None:
    assert voters(host) == {"one", "two", "three"}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_list_is_refused_before_anything_changes(host: Host, play: Play, case: str) -> None:
    values, sentence = REFUSED[case]
    answer = play("--tags", "etcd", "-e", json.dumps(values))
    assert answer.returncode == 2
    assert sentence in said(answer)
    assert "changed=0" in answer.stdout
    assert voters(host) == {"one", "two", "three"}


def test_member_that_lost_its_disk_takes_its_place_again(host: Host, play: Play) -> None:
    host.check_output("taskmanager-etcdctl put /service/before kept")
    host.check_output("systemctl stop etcd; rm -rf /var/lib/etcd/taskmanager")
    answer = play("-l", "trio,localhost", "--tags", "etcd")
    assert answer.returncode == 0, answer.stdout
    assert voters(host) == {"one", "two", "three"}
    own = "taskmanager-etcdctl --endpoints=https://10.89.131.11:2379 "
    assert host.check_output(own + "get --print-value-only /service/before") == "kept"
