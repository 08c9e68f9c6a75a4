"""Deploying and rolling back by the playbooks, on both hosts, while a client on each asks without pause."""

import hashlib
import json
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://debian13"]

PROJECT = Path(__file__).parents[3]
COMMAND = "taskmanager-releases"
Play = Callable[..., subprocess.CompletedProcess[str]]
ASK = "curl -s -m 30 --unix-socket /run/taskmanager/web.sock -w ' %{http_code}\\n' http://tasks.test/health"


@pytest.fixture
def hosts(host: Host, pytestconfig: pytest.Config) -> dict[str, Host]:
    """Return both hosts by name."""
    inventory, ssh = pytestconfig.getoption("ansible_inventory"), pytestconfig.getoption("ssh_config")
    other = Host.get_host(f"ansible://debian12?ansible_inventory={inventory}", ssh_config=ssh)
    return {"debian13": host, "debian12": other}


def run(play: Play, name: str, *words: str) -> tuple[int, str]:
    """Run a playbook on both hosts and return its exit code and its output as one line."""
    variables = PROJECT / "molecule" / "app" / "vars.yml"
    playbook = PROJECT / "playbooks" / name
    answer = play("-l", "appservers,localhost", "-e", f"@{variables}", *words, playbook=playbook)
    return answer.returncode, " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").split())


def bundle(folder: Path, name: str, change: str = "") -> Path:
    """Make a bundle from the present one under another name, with text added to the module that the services start."""
    source = Path(subprocess.run([PROJECT / "bin" / "bundle"], check=True, capture_output=True, text=True).stdout.strip())
    subprocess.run(["tar", "-xzf", source, "-C", folder], check=True)
    tree = next(folder.iterdir()).rename(folder / f"taskmanager-{name}")
    for module in tree.glob("site-*/taskmanager/wsgi.py"):
        module.write_text(module.read_text() + change)
    manifest = tree / "release.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"release": name}))
    files = sorted(path for path in tree.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(tree)}\n" for path in files]
    (tree / "SHA256SUMS").write_text("".join(sums))
    made = folder / f"taskmanager-{name}.tar.gz"
    with tarfile.open(made, "w:gz", compresslevel=1) as archive:
        archive.add(tree, tree.name)
    return made


@contextmanager
def asked(hosts: dict[str, Host]) -> Iterator[set[str]]:
    """Ask both hosts until the end of the block; afterwards the set holds all their different answers."""
    heard: set[str] = set()
    for host in hosts.values():
        host.check_output(f"rm -f /tmp/enough; (until [ -e /tmp/enough ]; do {ASK}; sleep 0.05; done) >/tmp/heard 2>&1 &")
    try:
        yield heard
    finally:
        for host in hosts.values():
            heard |= set(host.check_output("touch /tmp/enough; sleep 1; cat /tmp/heard").splitlines())


def health(release: str) -> str:
    """Return what a client hears from a release."""
    return f'{{"status":"ok","release":"{release}"}} 200'


def serving(hosts: dict[str, Host]) -> set[str]:
    """Return the releases that serve."""
    return {host.check_output("cat /opt/taskmanager/active") for host in hosts.values()}


def test_release_goes_out_and_back_without_a_failed_request(
    hosts: dict[str, Host], active: str, play: Play, tmp_path: Path
) -> None:
    with asked(hosts) as heard:
        code, said = run(play, "deploy.yml", "-e", f"deploy_bundle={bundle(tmp_path, '0.0.6-next')}")
        assert code == 0, said
        assert serving(hosts) == {"0.0.6-next"}
        code, said = run(play, "rollback.yml")
        assert code == 0, said
    assert f"debian12: 0.0.6-next was withdrawn, {active} serves." in said
    assert serving(hosts) == {active}
    assert heard == {health(active), health("0.0.6-next")}
    history = json.loads(hosts["debian12"].check_output(f"{COMMAND} list --json"))["history"]
    done = [(row["action"], row["release"], row["result"]) for row in history[-3:]]
    assert done == [
        ("deploy", "0.0.6-next", "activated"),
        ("rollback", active, "activated"),
        ("rollback", "0.0.6-next", "withdrawn"),
    ]
    assert "by" in history[-1]
    code, said = run(play, "releases.yml")
    assert "0.0.6-next (withdrawn)" in said


def test_release_that_crashes_serves_nobody_and_is_remembered(
    hosts: dict[str, Host], active: str, play: Play, tmp_path: Path
) -> None:
    made = bundle(tmp_path, "0.0.7-bad", "raise RuntimeError('broken at import')\n")
    with asked(hosts) as heard:
        code, said = run(play, "deploy.yml", "-e", f"deploy_bundle={made}")
    assert code != 0
    assert "0.0.7-bad does not serve on debian13; every host goes on with what it had." in said
    assert "broken at import" in said
    assert heard == {health(active)}
    assert serving(hosts) == {active}
    code, said = run(play, "deploy.yml", "-e", f"deploy_bundle={made}")
    assert code != 0
    assert "Release 0.0.7-bad failed on debian13 before" in said


def test_host_that_cannot_brings_those_before_it_back(hosts: dict[str, Host], active: str, play: Play, tmp_path: Path) -> None:
    change = "import sys\nif sys.version_info < (3, 12):\n    raise RuntimeError('not on the second host')\n"
    with asked(hosts) as heard:
        code, said = run(play, "deploy.yml", "-e", f"deploy_bundle={bundle(tmp_path, '0.0.8-half', change)}")
    assert code != 0
    assert "0.0.8-half does not serve on debian12; every host goes on with what it had." in said
    assert serving(hosts) == {active}
    assert heard <= {health(active), health("0.0.8-half")}
    hosts["debian13"].check_output(f"{COMMAND} lock && {COMMAND} unlock")


def test_second_person_is_told_who_deploys(host: Host, play: Play) -> None:
    host.check_output(f"TASKMANAGER_BY=anna {COMMAND} lock")
    try:
        code, said = run(play, "rollback.yml", "-e", "release=0.0.6-next")
    finally:
        host.check_output(f"{COMMAND} unlock")
    assert code != 0
    assert "anna deploys since" in said


def test_release_of_too_new_a_schema_is_not_gone_back_from(host: Host, active: str, play: Play) -> None:
    comment = "runuser -u postgres -- psql -q taskmanager -c \"COMMENT ON TABLE alembic_version IS '%s'\""
    host.check_output(comment % "9999")
    try:
        code, said = run(play, "rollback.yml", "-e", "release=0.0.6-next")
    finally:
        host.check_output(comment % "0001")
    assert code != 0
    assert "debian13 cannot go back to 0.0.6-next" in said
    assert "which serves releases of 9999 and later" in said
    assert host.check_output("cat /opt/taskmanager/active") == active
