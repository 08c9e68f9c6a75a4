"""How a host changes from one release to another, and what a bad one does to it: nothing."""

from collections.abc import Callable

import pytest
from testinfra.host import Host

ROOT = "/opt/taskmanager"
LIBEXEC = "/usr/local/lib/taskmanager"
Watched = Callable[[str], tuple[int, str, set[str]]]
MakeRelease = Callable[..., str]

BAD = {
    "crashes at import": ("echo 'raise RuntimeError(\"broken at import\")' > wsgi.py", "broken at import"),
    "needs another schema": ("touch migrations/versions/9999_later.py", "needs 9999"),
}


def health(release: str) -> str:
    """Return what the watching client hears from a release."""
    return f'{{"status":"ok","release":"{release}"}} 200'


def units(host: Host) -> set[str]:
    """Return the instances of the services that run."""
    listed = host.check_output("systemctl list-units --plain --no-legend --state=active 'taskmanager-*@*.service'")
    return {line.split()[0] for line in listed.splitlines()}


def services_of(release: str) -> set[str]:
    """Return the instances of a release."""
    return {f"taskmanager-{service}@{release}.service" for service in ("web", "live")}


@pytest.mark.parametrize("kind", BAD)
def test_release_that_cannot_serve_never_takes_the_socket(
    host: Host, active: str, make_release: MakeRelease, watched: Watched, kind: str
) -> None:
    change, reason = BAD[kind]
    bad = make_release("0.0.1-bad", change)
    code, said, answers = watched(f"{LIBEXEC}/activate {bad}")
    assert code == 1
    assert answers == {health(active)}
    assert f"release {bad} cannot serve on {host.backend.get_hostname()}, {active} goes on" in said
    assert reason in said
    assert host.check_output(f"cat {ROOT}/active") == active
    assert host.check_output(f"readlink {ROOT}/current") == f"releases/{active}"
    assert units(host) == services_of(active)


def test_good_release_takes_over_without_one_failed_request(
    host: Host, active: str, make_release: MakeRelease, watched: Watched
) -> None:
    good = make_release("0.0.2-good")
    code, said, there = watched(f"{LIBEXEC}/activate {good}")
    assert (code, said) == (0, "activated\n")
    assert units(host) == services_of(good)
    assert host.check_output(f"cat {ROOT}/active; readlink {ROOT}/current").split() == [good, f"releases/{good}"]
    enabled = host.check_output("ls /etc/systemd/system/multi-user.target.wants")
    assert {name for name in enabled.split() if name.startswith("taskmanager-")} == services_of(good)
    code, said, back = watched(f"{LIBEXEC}/activate {active}")
    assert (code, said) == (0, "activated\n")
    assert there | back == {health(active), health(good)}


def test_second_activation_changes_nothing(host: Host, active: str) -> None:
    before = host.check_output(f"systemctl show -p MainPID taskmanager-web@{active} taskmanager-live@{active}")
    assert host.check_output(f"{LIBEXEC}/activate {active}") == "unchanged"
    assert host.check_output(f"systemctl show -p MainPID taskmanager-web@{active} taskmanager-live@{active}") == before


def test_requests_wait_while_the_service_restarts(active: str, watched: Watched) -> None:
    code, _, answers = watched(f"systemctl restart taskmanager-web@{active}")
    assert code == 0
    assert answers == {health(active)}


def test_release_that_is_not_there_is_refused_with_those_that_are(host: Host, active: str) -> None:
    answer = host.run(f"{LIBEXEC}/activate 7.7.7-none")
    assert answer.rc == 1
    assert answer.stderr.startswith(f"activate: release 7.7.7-none is not unpacked on {host.backend.get_hostname()}")
    assert active in answer.stderr


def test_damaged_bundle_leaves_nothing_behind(host: Host) -> None:
    host.check_output(f"echo rubbish > {ROOT}/releases/.7.7.7-torn.tar.gz")
    answer = host.run(f"{LIBEXEC}/unpack 7.7.7-torn {'0' * 64}")
    assert answer.rc == 1
    assert "the bundle of release 7.7.7-torn arrived damaged" in answer.stderr
    assert "7.7.7" not in host.check_output(f"ls -A {ROOT}/releases | grep -v tar.gz")
    host.check_output(f"rm {ROOT}/releases/.7.7.7-torn.tar.gz")


def test_old_releases_go_and_the_active_one_stays(host: Host, active: str) -> None:
    older = ["0.0.3-old", "0.0.4-old", "0.0.5-old"]
    host.check_output(f"cd {ROOT}/releases && find . -maxdepth 1 -name '0.*' ! -name '{active}' -exec rm -r {{}} +")
    host.check_output(f"cd {ROOT}/releases && mkdir {' '.join(older)}")
    for age, name in enumerate([active, *older]):
        host.check_output(f"touch -d '{9 - age} days ago' {ROOT}/releases/{name}")
    assert host.check_output(f"{LIBEXEC}/prune 2") == "0.0.3-old"
    assert set(host.check_output(f"ls {ROOT}/releases").split()) == {active, "0.0.4-old", "0.0.5-old"}
    assert host.check_output(f"{LIBEXEC}/prune 2") == ""
    host.check_output(f"rm -r {ROOT}/releases/0.0.*")
