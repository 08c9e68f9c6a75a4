"""What role firewall says to wrong inputs, that it shuts nobody out, and that each limit acts; one host is enough."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import yaml
from testinfra.host import Host

SCENARIO = Path(__file__).parents[1]
VARS = yaml.safe_load((SCENARIO / "vars.yml").read_text())
ADDRESS = "10.89.133.13"
COMMAND = "/usr/local/sbin/taskmanager-firewall"

testinfra_hosts = ["ansible://debian13"]

Play = Callable[..., subprocess.CompletedProcess[str]]
Answers = Callable[[str], bool]
WaitFor = Callable[[Callable[[], bool], float], bool]

LOST = "firewall_flows of debian13 has flows between zones that firewall_zones does not have (lost); the zones are"
ODD = "firewall_flows of debian13 has wrong ports or protocols"
NAMES = "firewall_flows of debian13 has a name twice or one with other characters"
WAY_IN = "No flow of firewall_flows opens TCP port 22 of debian13, over which Ansible reaches it; add"
REFUSED = [
    f"a flow to an unknown group: {LOST}",
    f"a flow from an unknown group: {LOST}",
    f"a flow to anywhere: {LOST}",
    f"a port too high: {ODD} (65536)",
    f"a word for a port: {ODD} (https)",
    f"no ports: {ODD} (odd)",
    f"vrrp with a port: {ODD} (odd)",
    f"another protocol: {ODD} (odd)",
    f"a limit on udp: {ODD} (odd)",
    f"a name twice: {NAMES}",
    f"a name with a quote: {NAMES}",
    "a membership of nothing: firewall_memberships of debian13 names cellar, which firewall_zones does not have",
    "a host name in a zone: firewall_zones of debian13 has debian13; name zones",
    "an address out of range: firewall_zones of debian13 has 10.0.0.256; name zones",
    "a zone called anywhere: firewall_zones of debian13 has anywhere; name zones",
    f"no way in: {WAY_IN}",
    f"a way in from nobody: {WAY_IN}",
    "no connections: The limits of debian13 cannot be: firewall_connections_per_address (0)",
    "no time to confirm: The limits of debian13 cannot be:",
    "an unlimited name: The limits of debian13 cannot be:",
]
# Opens connections to a port and prints how many were taken, refused and never answered; "held" ones stay open till the end.
CALLER = """
import json, socket, sys
address, count, held = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "held"
said, kept = {"taken": 0, "refused": 0, "silent": 0}, []
for _ in range(count):
    caller = socket.socket()
    caller.settimeout(0.2)
    try:
        caller.connect((address, 443))
        said["taken"] += 1
    except ConnectionRefusedError:
        said["refused"] += 1
    except TimeoutError:
        said["silent"] += 1
    if held:
        kept.append(caller)
    else:
        caller.close()
print(json.dumps(said))
"""


def text(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of a play as one line, without colours and YAML's doubled quotes."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def call(state: Path, source: str, count: int, how: str) -> dict[str, int]:
    """Call debian13's port 443 from a host and return what became of the connections."""
    command = ["ssh", "-F", str(state / "ssh_config"), source, f"python3 - {ADDRESS} {count} {how}"]
    answer = subprocess.run(command, input=CALLER, capture_output=True, text=True, check=True, timeout=60)
    return dict(json.loads(answer.stdout))


def test_wrong_inputs_are_refused_with_a_sentence(play: Play) -> None:
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert [message for message in REFUSED if message not in text(answer)] == [], answer.stdout
    assert "good inputs: " not in text(answer)
    assert "changed=0" in text(answer)


def test_rules_without_a_way_in_are_refused_before_anything_changes(host: Host, play: Play) -> None:
    before = host.check_output("sha256sum /etc/taskmanager/firewall/*")
    answer = play("-e", json.dumps({"firewall_flows": VARS["firewall_flows"][1:]}))
    assert WAY_IN in text(answer)
    assert "changed=0" in text(answer)
    assert host.check_output("sha256sum /etc/taskmanager/firewall/*") == before


def test_rules_that_shut_ansible_out_are_taken_back(host: Host, play: Play, answers: Answers, wait_for: WaitFor) -> None:
    confirmed = host.check_output("sha256sum /etc/taskmanager/firewall/confirmed.nft")
    zones = VARS["firewall_zones"] | {"administrators": ["192.0.2.0/24"]}
    answer = play("-e", json.dumps({"firewall_zones": zones, "firewall_confirm_seconds": 15}))
    assert "The new rules of debian13 shut this controller out and are taken back 15 s after" in text(answer)
    assert not answers("debian13")
    assert wait_for(lambda: answers("debian13"), 40)
    assert host.check_output("sha256sum /etc/taskmanager/firewall/confirmed.nft") == confirmed
    assert host.run(f"{COMMAND} confirm").stderr.startswith("The rules were taken back already")
    assert "changed=" in text(play())
    assert host.run(f"{COMMAND} compare").stdout == ""


def test_check_mode_shows_new_rules_and_changes_none(host: Host, play: Play) -> None:
    flows = [*VARS["firewall_flows"], {"name": "more", "from": "back", "to": "front", "protocol": "tcp", "ports": [7777]}]
    answer = play("--check", "--diff", "-e", json.dumps({"firewall_flows": flows}))
    assert answer.returncode == 0, answer.stdout
    assert '7777 } counter accept comment "more"' in text(answer)
    assert "7777" not in host.check_output("nft list table inet taskmanager")
    assert "7777" not in host.file("/etc/taskmanager/firewall/candidate.nft").content_string


def test_check_mode_works_where_nothing_is_installed(play: Play, state: Path) -> None:
    answer = play("--check", "-l", "outsider", "-e", "hosts_with_rules=outsider", playbook=SCENARIO / "converge.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    look = ["ssh", "-F", str(state / "ssh_config"), "outsider", "test ! -e /etc/taskmanager"]
    assert subprocess.run(look, check=False, timeout=20).returncode == 0


def test_more_connections_at_a_time_than_allowed_are_refused(host: Host, state: Path, wait_for: WaitFor) -> None:
    listener = "python3 -c 'import socket,time; s=socket.create_server((\"\", 443), backlog=128); time.sleep(600)'"
    host.check_output(f"systemd-run --quiet --collect --unit=listener {listener}")
    try:
        assert wait_for(lambda: host.run("ss -Hltn 'sport = 443'").stdout != "", 10)
        assert call(state, "outsider", 40, "held") == {"taken": 20, "refused": 20, "silent": 0}
    finally:
        host.check_output("systemctl stop listener")


def test_more_new_connections_than_allowed_are_dropped(state: Path) -> None:
    # Nobody listens, so what comes through is refused at once. debian12 has not called yet: 60 come at once, then 5 a second.
    said = call(state, "debian12", 90, "closed")
    assert said["taken"] == 0
    assert 60 <= said["refused"] < 85
    assert said["silent"] == 90 - said["refused"]
