"""What /metrics shows of a service run by gunicorn as on a host, and request ids in logs and statements."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from taskmanager.config import Config

from tests.people import Person, environment_of
from tests.servers import wait_until

BASE = "https://taskmanager.test"


class UnixConnection(HTTPConnection):
    """A connection to a service's socket, as nginx and the monitor make it."""

    def __init__(self, path: Path) -> None:
        super().__init__("taskmanager.test")
        self.path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            self.sock.connect(str(self.path))
        except OSError:
            self.sock.close()
            raise


def ask(path: Path, url: str, **headers: str) -> tuple[HTTPResponse, str]:
    """Return the answer of a service and its body."""
    connection = UnixConnection(path)
    connection.request("GET", url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def value_of(text: str, name: str, **labels: str) -> float:
    """Return a value of the text that Prometheus reads, 0 where there is none."""
    for found in re.finditer(rf"^{name}(?:\{{(.*?)\}})? (\S+)$", text, re.MULTILINE):
        if dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0.0


@pytest.fixture(params=["web", "live"])
def service(request: pytest.FixtureRequest, config: Config, tmp_path: Path) -> Iterator[tuple[str, Path, Path]]:
    """Run a service with two workers where it has some; return its name, socket and log."""
    path, log = tmp_path / "service.sock", tmp_path / "log"
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:taskmanager.gunicorn_{request.param}", "-b", f"unix:{path}"]
    environment = os.environ | environment_of(config) | {"TASKMANAGER_WEB_WORKERS": "2", "TASKMANAGER_LIVE_THREADS": "8"}
    with log.open("w") as output:
        process = subprocess.Popen([*command, f"taskmanager.wsgi:{request.param}"], env=environment, stdout=output, stderr=output)
    wait_until(lambda: ask(path, "/health"), OSError)
    yield request.param, path, log
    process.terminate()
    process.wait(timeout=20)
    assert not list(Path("/dev/shm").glob("taskmanager-metrics-*/*")), "left behind in memory"  # noqa: S108


@pytest.mark.parametrize("service", ["web"], indirect=True)
def test_metrics_add_up_what_all_processes_did(service: tuple[str, Path, Path]) -> None:
    _, path, _ = service
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ask(path, "/api/v1/nowhere"), range(40)))
    _, first = ask(path, "/metrics")
    _, second = ask(path, "/metrics")
    for text in (first, second):
        assert value_of(text, "taskmanager_requests_total", method="GET", route="unknown", status="404") == 40
    assert value_of(second, "taskmanager_request_seconds_count", method="GET", route="unknown") == 40
    ask(path, "/ready")
    _, text = ask(path, "/metrics")
    assert value_of(text, "taskmanager_database_wait_seconds_count") == 1
    assert value_of(text, "taskmanager_database_connections_in_use") == 0


def test_metrics_are_for_the_socket_and_not_for_browsers(service: tuple[str, Path, Path]) -> None:
    name, path, _ = service
    answer, text = ask(path, "/metrics")
    assert answer.status == 200
    assert "taskmanager_live_sockets 0" in text if name == "live" else "taskmanager_requests_total" in text
    answer, text = ask(path, "/metrics", X_Real_IP="192.0.2.1")
    assert (answer.status, text) == (404, "")


@pytest.mark.parametrize("service", ["web"], indirect=True)
def test_every_line_that_a_request_logs_has_its_id(service: tuple[str, Path, Path]) -> None:
    _, path, log = service
    ask(path, "/api/v1/nowhere", X_Request_ID="abcdef0123456789")
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    found = next(line for line in lines if line.get("request_id") == "abcdef0123456789")
    assert (found["path"], found["status"]) == ("/api/v1/nowhere", 404)


def test_statement_that_waits_for_a_lock_names_its_request(anna: Person, config: Config, conn: psycopg.Connection) -> None:
    asked = "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%/* request 0123456789abcdef */'"

    def find() -> None:
        assert conn.execute(asked).fetchone()

    with ThreadPoolExecutor(1) as pool, psycopg.connect(config.database_dsn) as other:
        other.execute("SELECT 1 FROM boards FOR UPDATE")
        made = pool.submit(anna.send, "POST", "/api/v1/tasks", {"title": "named"}, X_Request_ID="0123456789abcdef")
        wait_until(find, AssertionError)
        other.rollback()
        assert made.result().status_code == 201


def test_log_of_a_fault_names_the_request(app: Flask, anna: Person, caplog: pytest.LogCaptureFixture) -> None:
    with app.test_request_context("/", headers={"X-Request-ID": "fedcba9876543210"}):
        app.preprocess_request()
        handler = app.logger.handlers[0]
        record = app.logger.makeRecord("taskmanager", 40, "x", 1, "unhandled error", (), None)
        assert handler.filter(record)
        assert json.loads(handler.format(record))["request_id"] == "fedcba9876543210"
