"""What clients of an etcd cluster can and cannot do, and what the cluster survives."""

import subprocess
from collections.abc import Callable

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://one", "ansible://bookworm"]

Play = Callable[..., subprocess.CompletedProcess[str]]

CLIENT = "ETCDCTL_API=3 ETCDCTL_CACERT=/etc/ssl/taskmanager/ca.crt timeout 20 etcdctl --endpoints=https://{address}:2379 "
PATRONI = """ETCDCTL_USER=patroni ETCDCTL_PASSWORD="Quiet'Rivers-77" """


@pytest.fixture
def address(host: Host) -> str:
    return str(host.check_output("hostname -i")).split()[0]


@pytest.fixture
def client(address: str) -> str:
    """Return the beginning of a command that speaks to the member of the host."""
    return CLIENT.format(address=address)


def members(host: Host) -> list[list[str]]:
    """Return what the cluster says of its members: ID, state, name, peer URL, client URL, learner."""
    return [line.split(", ") for line in host.check_output("taskmanager-etcdctl member list").splitlines()]


def test_user_reads_and_writes_under_its_prefix_only(host: Host, client: str) -> None:
    host.check_output(PATRONI + client + "put /service/key kept")
    assert host.check_output(PATRONI + client + "get --print-value-only /service/key") == "kept"
    answer = host.run(PATRONI + client + "get /other/key")
    assert answer.rc != 0
    assert "permission denied" in answer.stderr


@pytest.mark.parametrize(
    ("who", "said"),
    [("", "user name is empty"), ("ETCDCTL_USER=patroni ETCDCTL_PASSWORD=wrong ", "invalid user ID or password")],
)
def test_nobody_reads_without_the_right_password(host: Host, client: str, who: str, said: str) -> None:
    answer = host.run(who + client + "get /service/key")
    assert answer.rc != 0
    assert said in answer.stderr


def test_plain_connection_is_refused(host: Host, address: str) -> None:
    assert host.run(f"curl -sf http://{address}:2379/health").rc != 0
    assert '"health":"true"' in host.check_output(f"curl -sf --cacert /etc/ssl/taskmanager/ca.crt https://{address}:2379/health")


def test_members_speak_to_members_only(host: Host, address: str) -> None:
    # etcd's peer port speaks half of HTTP/2.
    peer = f"curl -sf --http1.1 --cacert /etc/ssl/taskmanager/ca.crt https://{address}:2380/members"
    assert host.run(peer).rc != 0
    assert host.run(peer + " --cert /etc/ssl/taskmanager/host.crt --key /etc/ssl/taskmanager/host.key").rc == 0


def test_root_password_is_for_root_alone(host: Host) -> None:
    file = host.file("/etc/etcd/admin.env")
    assert (file.user, file.mode) == ("root", 0o600)
    assert host.run("runuser -u nobody -- taskmanager-etcdctl endpoint health").rc != 0


def test_killed_member_comes_back(host: Host) -> None:
    before = host.check_output("systemctl show -p MainPID --value etcd")
    host.check_output("systemctl kill --kill-who=main --signal=KILL etcd")
    back = f"[ $(systemctl show -p MainPID --value etcd) != {before} ] && taskmanager-etcdctl endpoint health"
    host.check_output(f"timeout 60 sh -c 'until {back}; do sleep 0.2; done'")
    assert host.check_output("systemctl show -p MainPID --value etcd") != before


def test_space_is_given_back_by_a_timer(host: Host) -> None:
    assert host.service("etcd-defragment.timer").is_enabled
    assert host.run("systemctl start etcd-defragment.service").rc == 0
    assert "Finished defragmenting" in host.check_output("journalctl -u etcd-defragment -o cat")
