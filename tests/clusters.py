"""Clusters of our own for tests of failover: two PostgreSQL servers, and three Redis servers with Sentinels, on this machine."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.servers import POSTGRES_SETTINGS, as_postgres, bin_folder, wait_until

# A commit waits for the disk and, where it is told to, for the standby.
SETTINGS = [setting for setting in POSTGRES_SETTINGS if setting != "synchronous_commit=off"]
Process = subprocess.Popen[bytes]


@dataclass
class PostgresPair:
    """A leader and a standby that follows it; each is called by its folder: "a" leads at first."""

    folder: Path
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def dsn(self) -> str:
        """The conninfo that names both."""
        return f"host={self.folder / 'a'},{self.folder / 'b'} user=taskmanager dbname=postgres"

    def data(self, name: str) -> Path:
        """Return where one keeps its data; its socket is elsewhere, so that a copy of the data does not bring a socket."""
        return self.folder / f"{name}-data"

    def run(self, name: str, *settings: str) -> None:
        """Start one and wait until it answers."""
        if not (self.folder / name).exists():
            subprocess.run(as_postgres("mkdir", str(self.folder / name)), check=True, cwd=self.folder)
        words = [word for setting in (*SETTINGS, *settings) for word in ("-c", setting)]
        command = [str(bin_folder() / "postgres"), "-D", str(self.data(name)), "-k", str(self.folder / name), *words]
        with (self.folder / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(as_postgres(*command), stdout=log, stderr=log, cwd=self.folder)
        wait_until(lambda: self.ask(name, "SELECT 1"), psycopg.OperationalError)

    def ask(self, name: str, statement: str) -> object:
        """Run a statement at one of them and return the first column of the first row, if there is one."""
        with psycopg.connect(f"host={self.folder / name} user=taskmanager dbname=postgres", autocommit=True) as conn:
            cur = conn.execute(statement)
            row = cur.fetchone() if cur.description else None
            return row[0] if row else None

    def kill(self, name: str) -> None:
        """End one without a word, as a power cut would."""
        # The server, not the runuser above it.
        pid = int((self.data(name) / "postmaster.pid").read_text().splitlines()[0])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.processes.pop(name).wait(timeout=20)

    def promote(self, name: str) -> None:
        """Make the standby the leader."""
        self.ask(name, "SELECT pg_promote(wait => true)")


@contextlib.contextmanager
def postgres_pair(folder: Path, template: Path) -> Iterator[PostgresPair]:
    """Run a leader with the data of a template, and a standby that has all of it."""
    pair = PostgresPair(folder)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        subprocess.run(as_postgres("cp", "-a", str(template), str(pair.data("a"))), check=True, cwd=folder)
        pair.run("a")
        base = [str(bin_folder() / "pg_basebackup"), "-h", str(folder / "a"), "-U", "taskmanager", "-D", str(pair.data("b"))]
        subprocess.run(as_postgres(*base, "-R", "-c", "fast", "--no-sync"), check=True, capture_output=True, cwd=folder)
        pair.run("b")
        wait_until(lambda: following(pair), AssertionError)
        yield pair
    finally:
        for name in list(pair.processes):
            pair.kill(name)


def caught_up(pair: PostgresPair) -> None:
    """Raise AssertionError until the standby has all that the leader has."""
    assert pair.ask("a", "SELECT pg_current_wal_lsn()::text") == pair.ask("b", "SELECT pg_last_wal_replay_lsn()::text")


def following(pair: PostgresPair) -> None:
    """Raise AssertionError until the standby streams."""
    assert pair.ask("a", "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1


@dataclass
class Sentinels:
    """Three servers and three Sentinels on ports of this machine."""

    folder: Path
    servers: dict[int, Process] = field(default_factory=dict)
    sentinels: dict[int, Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The URL that names the Sentinels."""
        return "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in self.sentinels) + "/shop/0"

    def start(self, port: int, *lines: str, is_sentinel: bool = False) -> None:
        """Start a server or a Sentinel."""
        folder = self.folder / str(port)
        folder.mkdir()
        config = folder / "redis.conf"
        config.write_text("\n".join([f"port {port}", "bind 127.0.0.1", f"dir {folder}", 'save ""', *lines]) + "\n")
        command = ["redis-server", str(config), *(["--sentinel"] if is_sentinel else [])]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        (self.sentinels if is_sentinel else self.servers)[port] = process
        client = redis.Redis(port=port)
        wait_until(client.ping, redis.ConnectionError)
        client.close()

    def master(self) -> int:
        """Return the port of the master, as the first Sentinel names it."""
        client = redis.Redis(port=next(iter(self.sentinels)))
        address: Any = client.sentinel_get_master_addr_by_name("shop")
        client.close()
        return int(address[1])

    def settled(self) -> None:
        """Raise AssertionError until every Sentinel knows all servers and all other Sentinels."""
        for port in self.sentinels:
            client = redis.Redis(port=port)
            state: Any = client.sentinel_master("shop")
            client.close()
            assert (state["num-slaves"], state["num-other-sentinels"]) == (2, 2)

    def kill(self, port: int) -> None:
        """End a server without a word."""
        process = self.servers.pop(port)
        process.kill()
        process.wait(timeout=20)


@contextlib.contextmanager
def redis_sentinels(folder: Path) -> Iterator[Sentinels]:
    """Run a master, two replicas, and a Sentinel for each."""
    cluster = Sentinels(folder)
    ports = free_ports(6)
    try:
        for port in ports[:3]:
            follow = [f"replicaof 127.0.0.1 {ports[0]}"] if port != ports[0] else []
            cluster.start(port, "appendonly yes", "repl-diskless-sync-delay 0", *follow)
        for port in ports[3:]:
            watch = [f"sentinel monitor shop 127.0.0.1 {ports[0]} 2", "sentinel down-after-milliseconds shop 500"]
            cluster.start(port, *watch, "sentinel failover-timeout shop 3000", is_sentinel=True)
        wait_until(cluster.settled, AssertionError)
        yield cluster
    finally:
        for process in [*cluster.servers.values(), *cluster.sentinels.values()]:
            process.kill()
            process.wait(timeout=20)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]
