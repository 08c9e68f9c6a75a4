"""A PostgreSQL and a Redis of our own in a temporary folder, from Debian's packages, on unix sockets only."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

POSTGRES_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")


def bin_folder() -> Path:
    """Return the newest PostgreSQL's programs."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise RuntimeError("PostgreSQL is not installed here; run bin/setup test.")
    return folders[-1]


def as_postgres(*command: str) -> list[str]:
    """Return a command as the account that may run PostgreSQL: it refuses root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else [*command]


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run PostgreSQL and give its conninfo."""
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    initdb = [str(bin_folder() / "initdb"), "-D", str(data), "-U", "taskmanager", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(as_postgres(*initdb, "--no-sync"), check=True, capture_output=True, cwd=folder)
    settings = [word for setting in POSTGRES_SETTINGS for word in ("-c", setting)]
    command = [str(bin_folder() / "postgres"), "-D", str(data), "-k", str(folder), *settings]
    with (folder / "log").open("w") as log, running(as_postgres(*command), folder, log.fileno()):
        conninfo = f"host={folder} user=taskmanager dbname=postgres"
        wait_until(lambda: psycopg.connect(conninfo).close(), psycopg.OperationalError)
        yield conninfo


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run Redis and give its URL."""
    path = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    with (folder / "redis.log").open("w") as log, running(command, folder, log.fileno()):
        client = redis.Redis(unix_socket_path=str(path))
        wait_until(client.ping, redis.ConnectionError)
        client.close()
        yield f"unix://{path}"


@contextlib.contextmanager
def running(command: list[str], folder: Path, log: int) -> Iterator[None]:
    """Run a server until the block ends."""
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until(call: object, expected: type[Exception]) -> None:
    """Call until it raises the expected error no more, for at most 20 s."""
    assert callable(call)
    deadline = time.monotonic() + 20
    while True:
        try:
            call()
        except expected:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
