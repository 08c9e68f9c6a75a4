"""Clients of the clusters: a host beside, the controller, which may not connect, the superuser, and a ledger of writes."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

from tests.ledger import TRIO, Ledger, Trio

Ask = Callable[..., tuple[int, str]]

ADDRESSES = {"db1": "10.89.121.11", "db2": "10.89.121.12", "db3": "10.89.121.13", "solo": "10.89.121.14"}
DATABASES = {"anna": "orders", "bert": "stock", "carl": "notes"}


def conninfo(server: str, user: str, **more: str) -> str:
    """Return a connection string that verifies the server's name against the authority, unless told otherwise."""
    words = {
        "host": server,
        "hostaddr": ",".join(ADDRESSES[name] for name in server.split(",")),
        "dbname": DATABASES.get(user, "orders"),
        "user": user,
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ssl/taskmanager/ca.crt",
        "connect_timeout": "5",
    }
    return " ".join(f"{key}={value}" for key, value in (words | more).items())


@pytest.fixture
def name(host: Host) -> str:
    return str(host.backend.get_hostname())


@pytest.fixture
def version(name: str) -> str:
    return "15" if name == "solo" else "17"


@pytest.fixture(scope="session")
def trio(state: Path) -> Trio:
    return Trio({name: testinfra.get_host(f"ssh://{name}", ssh_config=str(state / "ssh_config")) for name in TRIO})


@pytest.fixture
def from_peer(name: str, state: Path) -> Ask:
    """Return a function that asks the server something from another host and returns exit code and all output."""
    other = next(other for other in ADDRESSES if other != name)
    peer = testinfra.get_host(f"ssh://{other}", ssh_config=str(state / "ssh_config"))

    def ask(user: str, password: str, sql: str = "SELECT 1", **more: str) -> tuple[int, str]:
        answer = peer.run("PGPASSWORD=%s psql -wXAtqc %s %s", password, sql, conninfo(name, user, **more))
        return answer.rc, answer.stdout.strip() + answer.stderr.strip()

    return ask


@pytest.fixture
def from_controller(name: str, state: Path) -> Ask:
    """Return a function that asks the server something from the controller, whose address is not on the list."""

    def ask(user: str, password: str, sql: str = "SELECT 1", **more: str) -> tuple[int, str]:
        info = conninfo(name, user, **({"sslrootcert": str(state / "pki" / "ca.crt")} | more))
        environment = os.environ | {"PGPASSWORD": password}
        command = ["psql", "-wXAtqc", sql, info]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        return answer.returncode, answer.stdout.strip() + answer.stderr.strip()

    return ask


@pytest.fixture
def superuser(host: Host) -> Callable[[str], str]:
    """Return a function that asks the server as postgres on the host, for up to 60 seconds while it starts."""

    def ask(sql: str) -> str:
        ready = host.run("timeout 60 sh -c 'until pg_isready -q; do sleep 0.1; done'")
        assert ready.rc == 0, host.run("journalctl -n 40 -u patroni").stdout
        return str(host.check_output("runuser -u postgres -- psql -XAtqc %s", sql)).strip()

    return ask


@pytest.fixture
def ledger(state: Path) -> Ledger:
    """Return a client on the host that is not of the cluster, with the connection string an app would have."""
    host = testinfra.get_host("ssh://solo", ssh_config=str(state / "ssh_config"))
    names = ",".join(TRIO)
    tuned = {
        "target_session_attrs": "read-write",
        "connect_timeout": "2",
        "tcp_user_timeout": "3000",
        "keepalives_idle": "2",
        "keepalives_interval": "1",
        "keepalives_count": "3",
    }
    return Ledger(host, conninfo(names, "anna", **tuned))
