"""What passes between two hosts of role firewall and one outside, and what becomes of the rules."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import yaml
from testinfra.host import Host

from tests.flows import Site

Play = Callable[..., subprocess.CompletedProcess[str]]
Answers = Callable[[str], bool]
WaitFor = Callable[[Callable[[], bool], float], bool]

SCENARIO = Path(__file__).parents[1]
NETWORK = "taskmanager-test-firewall"
ADDRESSES = {"debian13": "10.89.133.13", "debian12": "10.89.133.12", "outsider": "10.89.133.21"}
VARS = yaml.safe_load((SCENARIO / "vars.yml").read_text())
SITE = Site(
    ADDRESSES, VARS["firewall_zones"], VARS["firewall_flows"], frozenset({"debian13", "debian12"}), frozenset({"debian12"})
)
testinfra_hosts = ["ansible://servers"]


def matrix(config: Path) -> list[str]:
    """Return what is open or closed of the two hosts' ports against the table, seen from all three."""
    knocks = SITE.knocks(more_ports=[80, 8080, 65535], protocols=("tcp", "udp"))
    return SITE.differences([knock for knock in knocks if knock[1] in SITE.ruled], config)


def test_exactly_the_flows_are_open(config: Path) -> None:
    assert matrix(config) == []


def test_virtual_address_is_spoken_of_between_the_hosts_only(config: Path) -> None:
    # One at a time: who knocks itself hears others knock, and takes it for an answer.
    for source, opened in (("debian12", True), ("outsider", False)):
        knock = (source, "debian13", "vrrp", 0)
        assert SITE.seen([knock], config)[knock] == opened


def test_host_that_is_limited_asks_names_and_packages_only(config: Path) -> None:
    asked = [("debian12", "outsider", "tcp", port) for port in (53, 80, 443, 22, 8080)]
    seen = SITE.seen(asked, config)
    assert [seen[knock] for knock in asked] == [True, True, True, False, False]


def test_host_reaches_itself_under_its_own_address(host: Host) -> None:
    own = ADDRESSES[host.backend.get_hostname()]
    said = host.run(f"timeout 5 bash -c 'exec 3<>/dev/tcp/{own}/8080'")
    assert "Connection refused" in said.stderr


def test_tables_of_others_stay(host: Host) -> None:
    assert "chain own" in host.check_output("nft list table inet somebody")


def test_debians_own_service_cannot_flush_them(host: Host) -> None:
    assert not host.service("nftables").is_enabled


def test_rules_are_roots_alone(host: Host) -> None:
    for name in ("candidate", "confirmed"):
        file = host.file(f"/etc/taskmanager/firewall/{name}.nft")
        assert (file.user, file.mode) == ("root", 0o640)


def test_service_is_in_a_sandbox(host: Host) -> None:
    said = host.check_output("systemd-analyze security --no-pager taskmanager-firewall.service")
    assert float(said.split("taskmanager-firewall.service:")[1].split()[0]) <= 2.5


def test_packets_are_not_passed_on(config: Path) -> None:
    """The outsider sends to a made-up address by way of debian13, which would pass it on to debian12."""
    far = "10.89.133.99"

    def root(name: str, script: str) -> str:
        command = ["ssh", "-F", str(config), name, script]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout

    root("outsider", f"ip route replace {far} via {ADDRESSES['debian13']}")
    root("debian13", f"sysctl -qw net.ipv4.ip_forward=1; ip route replace {far} via {ADDRESSES['debian12']}")
    root("debian12", f"ip address replace {far}/32 dev lo")
    site = Site({**ADDRESSES, "far": far}, {}, [], frozenset())
    knock = ("outsider", "far", "tcp", 22)
    try:
        assert not site.seen([knock], config)[knock]
        root("debian13", "nft 'chain inet taskmanager forward { policy accept; }'")
        assert site.seen([knock], config)[knock]
    finally:
        root("debian13", f"systemctl reload taskmanager-firewall; ip route del {far}; sysctl -qw net.ipv4.ip_forward=0")
        root("outsider", f"ip route del {far}")
        root("debian12", f"ip address del {far}/32 dev lo")


def test_rules_survive_a_power_cut(config: Path, answers: Answers, wait_for: WaitFor) -> None:
    for word in ("kill", "start"):
        for name in SITE.ruled:
            subprocess.run(
                ["podman", "--runtime", "runc", word, f"{NETWORK}-{name}"], check=True, capture_output=True, timeout=60
            )
    # They come back with other network cards, which we would else notice after half a minute.
    for name in SITE.ruled:
        subprocess.run(["ip", "neighbour", "flush", "to", ADDRESSES[name]], check=True, capture_output=True, timeout=10)
    assert all(wait_for(lambda name=name: answers(name), 60) for name in SITE.ruled)
    assert wait_for(lambda: matrix(config) == [], 60)


def test_rules_changed_by_hand_are_put_right(host: Host, play: Play) -> None:
    host.check_output("nft flush chain inet taskmanager forward; nft 'chain inet taskmanager input { policy accept; }'")
    answer = play()
    assert answer.returncode == 0, answer.stdout
    assert "changed=2" in answer.stdout
    assert "policy drop" in host.check_output("nft list chain inet taskmanager input")
