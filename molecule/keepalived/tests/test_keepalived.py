"""Who answers at the virtual address, as a client beside the hosts meets it, while things happen to them."""

import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://lb1"]

ADDRESS = "10.89.132.100"
PROJECT = Path(__file__).parents[3]
Play = Callable[..., subprocess.CompletedProcess[str]]
Pair = dict[str, Host]

REFUSED = [
    'a name: keepalived_address of lb1 is "tasks.test"',
    'its own address: keepalived_address of lb1 is "10.89.132.11", its own is 10.89.132.11',
    "nobody beside: keepalived_address of lb1",
    "another network: keepalived_address of lb1 is 10.89.131.100, which is not in the network of eth0 (10.89.132.0/24)",
    "an address that is taken: keepalived_address 10.89.132.1 is answered by a host that is none of the load balancers",
    "a large number: keepalived_router_id of lb1 is 256; write a number from 1 to 255",
]


@pytest.fixture
def pair(host: Host, pytestconfig: pytest.Config) -> Pair:
    """Return both hosts by name."""
    inventory, ssh = pytestconfig.getoption("ansible_inventory"), pytestconfig.getoption("ssh_config")
    return {"lb1": host, "lb2": Host.get_host(f"ansible://lb2?ansible_inventory={inventory}", ssh_config=ssh)}


def ask() -> str:
    """Return who answers at the address, or "nobody"."""
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}/", timeout=2) as answer:
            return str(answer.read().decode().strip())
    except OSError:
        return "nobody"


def other(name: str) -> str:
    """Return the other host."""
    return "lb2" if name == "lb1" else "lb1"


def wait_for(answer: str) -> None:
    """Wait until a host answers at the address."""
    deadline = time.monotonic() + 30
    while (heard := ask()) != answer:
        assert time.monotonic() < deadline, f"{heard} answers after 30 s, not {answer}"
        time.sleep(0.1)


def holders(pair: Pair) -> set[str]:
    """Return the hosts that have the address."""
    return {name for name, host in pair.items() if host.check_output(f"ip -o -4 addr show to {ADDRESS}")}


@contextmanager
def listening() -> Iterator[list[str]]:
    """Ask ten times a second until the end of the block; afterwards the list holds all answers."""
    heard: list[str] = []
    enough = threading.Event()

    def run() -> None:
        while not enough.wait(0.1):
            heard.append(ask())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield heard
    finally:
        enough.set()
        thread.join()


@pytest.fixture
def holder(pair: Pair) -> str:
    """Return who holds the address, once exactly one does."""
    deadline = time.monotonic() + 30
    while len(found := holders(pair)) != 1:
        assert time.monotonic() < deadline, f"after 30 s the holders are {found}"
        time.sleep(0.2)
    return found.pop()


def test_exactly_one_host_holds_the_address(holder: str) -> None:
    assert ask() == holder


def test_dead_web_server_moves_the_address_and_its_return_does_not(pair: Pair, holder: str) -> None:
    pair[holder].check_output("systemctl kill -s KILL nginx; systemctl stop nginx")
    wait_for(other(holder))
    pair[holder].check_output("systemctl start nginx")
    with listening() as heard:
        time.sleep(4)
    assert set(heard) == {other(holder)}


def test_host_that_is_drained_gives_the_address_up_without_a_failed_request(pair: Pair, holder: str, play: Play) -> None:
    playbook = PROJECT / "playbooks" / "drain.yml"
    with listening() as heard:
        answer = play("-l", "loadbalancers,localhost", "-e", f"drain_host={holder}", playbook=playbook)
        assert answer.returncode == 0, answer.stdout
        time.sleep(1)
    assert "nobody" not in heard
    assert heard[-1] == other(holder)
    refused = play("-l", "loadbalancers,localhost", "-e", f"drain_host={other(holder)}", playbook=playbook)
    assert refused.returncode != 0
    assert "nobody else could take" in " ".join(refused.stdout.split())
    assert (
        play("-l", "loadbalancers,localhost", "-e", f"drain_host={holder}", "-e", "state=off", playbook=playbook).returncode == 0
    )
    assert ask() == other(holder)


def test_killed_keepalived_never_leaves_two_holders(pair: Pair, holder: str) -> None:
    pair[holder].check_output("systemctl kill -s KILL keepalived")
    time.sleep(5)
    assert len(holders(pair)) == 1
    assert ask() in pair


def test_holder_that_is_cut_off_is_replaced(pair: Pair, holder: str) -> None:
    silence = "chain %s { type filter hook %s priority -5; ip protocol 112 drop; };"
    table = f"table inet cut {{ {silence % ('in', 'input')} {silence % ('out', 'output')} }}"
    pair[holder].check_output(f"nft '{table}'")
    try:
        # The address is on both while neither hears the other; the neighbours follow the one that spoke last.
        deadline = time.monotonic() + 15
        while other(holder) not in holders(pair):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        pair[holder].check_output("nft delete table inet cut")
    time.sleep(3)
    assert len(holders(pair)) == 1


def test_host_that_reaches_no_app_gives_the_address_to_one_that_does(pair: Pair, holder: str) -> None:
    pair[holder].check_output("touch /etc/nginx/no-app")
    try:
        wait_for(other(holder))
        # Now none does, which is no reason to have no address.
        pair[other(holder)].check_output("touch /etc/nginx/no-app")
        with listening() as heard:
            time.sleep(9)
        assert set(heard) == {other(holder)}
    finally:
        for host in pair.values():
            host.check_output("rm -f /etc/nginx/no-app")


def test_service_starts_at_boot_and_is_confined(pair: Pair) -> None:
    for host in pair.values():
        assert host.service("keepalived").is_enabled
        score = host.check_output("systemd-analyze security keepalived.service --no-pager | tail -n 1")
        assert float(score.split(":")[1].split()[0]) <= 3.4
        log = host.check_output("journalctl -u keepalived -o cat --no-pager")
        assert not re.search(r"ignoring|[Uu]nsafe|disabling|not found", log), log[-2000:]


def test_wrong_inputs_are_refused_with_a_sentence(play: Play) -> None:
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").replace('\\"', '"').split())
    assert answer.returncode == 0, text
    assert [message for message in REFUSED if message not in text] == [], answer.stdout
    assert "good inputs: " not in text
    assert "changed=0" in text
