"""What reaches Elasticsearch: everything, once, whatever the server does meanwhile."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from testinfra.host import Host

Wait = Callable[[Callable[[], bool], str], None]


class Elastic(Protocol):
    """What the fixture gives."""

    def fail(self, kind: str, times: int) -> None:
        """Make the stand-in fail."""

    def documents(self) -> list[dict[str, Any]]:
        """Return all documents."""


def write(host: Host, mark: str, lines: int) -> None:
    """Write numbered lines into the journal."""
    host.check_output(f"write {mark} {lines} 0")


def counted(elastic: Elastic, mark: str) -> Counter[str]:
    """Return how often each numbered line is stored."""
    return Counter(one["message"] for one in elastic.documents() if one["message"].startswith(f"{mark} line"))


@pytest.mark.parametrize("kind", ["429", "503", "items", "lost", "reset", "large"])
def test_nothing_is_lost_and_nothing_doubled_through(host: Host, mark: str, elastic: Elastic, wait: Wait, kind: str) -> None:
    elastic.fail(kind, 4)
    write(host, mark, 500)
    wait(lambda: len(counted(elastic, mark)) >= 500, f"{len(counted(elastic, mark))} of 500 lines arrived")
    assert set(counted(elastic, mark).values()) == {1}


def test_nothing_is_lost_while_the_server_is_away_and_the_exporter_killed(
    host: Host, mark: str, elastic: Elastic, wait: Wait
) -> None:
    # The stand-in forgets what it had when it stops, so only what comes afterwards counts.
    host.check_output("systemctl stop elastic")
    write(host, f"{mark}-1", 500)
    host.check_output("systemctl kill --kill-who=main --signal=KILL taskmanager-logexport")
    write(host, f"{mark}-2", 500)
    host.check_output("systemctl start elastic")
    wait(lambda: elastic_answers(elastic) and len(counted(elastic, f"{mark}-2")) == 500, "not all lines arrived")
    assert set(counted(elastic, f"{mark}-1").values()) == set(counted(elastic, f"{mark}-2").values()) == {1}
    assert len(counted(elastic, f"{mark}-1")) == 500


def elastic_answers(elastic: Elastic) -> bool:
    """Return whether the stand-in is up again."""
    try:
        elastic.documents()
    except OSError:
        return False
    return True


def test_document_that_is_refused_for_good_stops_nothing_and_is_kept(host: Host, mark: str, elastic: Elastic, wait: Wait) -> None:
    host.check_output("echo poison | systemd-cat -t export")
    write(host, mark, 3)
    wait(lambda: len(counted(elastic, mark)) == 3, "the lines after it do not arrive")
    assert "poison" in host.check_output("cat /var/lib/taskmanager-logexport/refused.ndjson")


def test_entries_of_both_hosts_are_exported_with_their_request_id(
    host: Host, name: str, other: str, mark: str, elastic: Elastic, wait: Wait
) -> None:
    for place in (name, other):
        Host.get_host(f"ssh://{place}", ssh_config=host.backend.ssh_config).check_output(f"write {mark} 1 0")

    def hosts() -> set[str]:
        asked = {"request": {"id": mark}}
        return {one["host"]["name"] for one in elastic.documents() if one.get("http") == asked}

    wait(lambda: hosts() == {name, other}, "not both arrived")


def test_credential_is_in_no_argument_environment_or_log(host: Host) -> None:
    secret = "Paper-Lanterns-58"  # noqa: S105 - of the stand-in
    assert secret not in host.check_output("systemctl show taskmanager-logexport; cat /etc/systemd/system/taskmanager-log*")
    shown = host.check_output("ps axeww | grep -v /usr/local/bin/elastic")
    assert secret not in shown
    assert secret not in host.check_output("journalctl -q --no-pager -u 'taskmanager-log*'")
    assert host.file("/etc/taskmanager-logging/export_secret").mode == 0o600
