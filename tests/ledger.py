"""A cluster of three seen by its own command, and a client that writes without pause and notes what was confirmed."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testinfra.host import Host

TRIO = ("db1", "db2", "db3")
WAL = "/var/lib/postgresql/17/main/pg_wal"


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:  # noqa: ANN401 - whatever the condition found
    """Call the condition until it returns something true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.5)
    return found


@contextmanager
def small_disk(host: Host) -> Iterator[None]:
    """Let a server keep its write-ahead log on a disk of its own that is small, and take it back afterwards."""
    size = f"$(($(du -sm {WAL}-kept | cut -f 1) + 40))M"
    host.check_output(f"systemctl stop patroni && mv {WAL} {WAL}-kept && mkdir -m 700 {WAL}")
    host.check_output(f"mount -t tmpfs -o size={size},mode=700 none {WAL} && cp -a {WAL}-kept/. {WAL} && chown postgres: {WAL}")
    host.check_output("systemctl start patroni")
    try:
        yield
    finally:
        host.check_output(f"systemctl stop patroni && rm -rf {WAL}-kept {WAL}/filler && cp -a {WAL} {WAL}-kept && umount {WAL}")
        host.check_output(f"rmdir {WAL} && mv {WAL}-kept {WAL} && systemctl start patroni")


class Trio:
    """The cluster of three, seen by its own command."""

    def __init__(self, hosts: Mapping[str, Host]) -> None:
        """Take the hosts by name."""
        self.hosts = hosts

    def status(self, host: str) -> dict[str, Any]:
        """Return what a host says of the cluster."""
        return dict(json.loads(self.hosts[host].check_output("taskmanager-database status --json")))

    def answers(self, host: str) -> bool:
        """Tell whether a host can be reached; after a power cut its SSH connection is gone, and the next attempt fails too."""
        try:
            return bool(self.hosts[host].run("true").rc == 0)
        except RuntimeError:
            return False

    def leader(self) -> str:
        """Return who leads, once all three are in their places."""

        def whole() -> str | None:
            state: dict[str, Any] = self.status("db1") if self.answers("db1") else {"problems": ["db1 is away"]}
            return state["leader"] if state["problems"] == [] else None

        return str(until(whole, 240))

    def ask_all(self, sql: str) -> dict[str, str]:
        """Ask each server as its superuser."""
        command = f'runuser -u postgres -- psql -XAtqc "{sql}"'
        return {name: str(host.check_output(command)).strip() for name, host in self.hosts.items()}


class Ledger:
    """A client on a host outside the cluster that writes without pause and notes every number that was confirmed."""

    SCRIPT = Path(__file__).with_name("ledger.sh")

    def __init__(self, host: Host, info: str) -> None:
        """Put the script on the host."""
        self.host, self.info = host, info
        host.check_output("cat > /root/ledger.sh <<'END'\n" + self.SCRIPT.read_text() + "\nEND")

    def __enter__(self) -> "Ledger":
        """Start writing."""
        self.host.check_output("rm -f /root/confirmed /root/stop; touch /root/confirmed")
        self.host.check_output(f"systemd-run --unit=ledger --collect bash /root/ledger.sh '{self.info}'")
        self.more()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop after the write at hand."""
        self.host.check_output("systemctl stop ledger")

    def confirmed(self) -> list[int]:
        """Return the numbers that were confirmed."""
        return [int(line) for line in self.host.check_output("cat /root/confirmed").splitlines()]

    def more(self) -> None:
        """Wait until another write was confirmed."""
        before = len(self.confirmed())
        until(lambda: len(self.confirmed()) > before)
