"""Requests while PostgreSQL changes its leader: they wait or say so, and no write is called saved that may not be."""

import dataclasses
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg_pool.base import AttemptWithBackoff
from taskmanager import create_app, schema
from taskmanager.config import Config
from taskmanager.services import EXTENSION
from werkzeug.test import TestResponse

from tests.clusters import PostgresPair, caught_up, postgres_pair
from tests.people import PASSWORD, Person, token_of
from tests.servers import as_postgres, bin_folder, postgres, wait_until

# Ends its own connection when the transaction commits.
BREAK_OFF = """
    CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(1); RETURN NULL; END $$
"""
AT_COMMIT = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
Send = Callable[[], TestResponse]


@pytest.fixture(scope="module")
def template(config: Config) -> Iterator[Path]:
    """Return the data of a stopped server with a migrated schema."""
    with tempfile.TemporaryDirectory(prefix="taskmanager-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres(folder) as conninfo:
            schema.migrate(dataclasses.replace(config, database_dsn=conninfo))
        stopped = [str(bin_folder() / "pg_controldata"), str(folder / "data")]
        wait_until(lambda: check_stopped(stopped), AssertionError)
        yield folder / "data"


def check_stopped(command: list[str]) -> None:
    """Raise AssertionError until the server has ended in order."""
    assert b"shut down" in subprocess.run(as_postgres(*command), check=True, capture_output=True).stdout


@pytest.fixture
def pair(template: Path) -> Iterator[PostgresPair]:
    """Return a leader and a standby."""
    folder = Path(tempfile.mkdtemp(prefix="taskmanager-"))
    folder.chmod(0o755)
    with postgres_pair(folder, template) as made:
        yield made
    shutil.rmtree(folder)


@pytest.fixture
def app(config: Config, pair: PostgresPair) -> Iterator[Flask]:
    """Return an app that knows both servers."""
    made = create_app(dataclasses.replace(config, database_dsn=pair.dsn))
    yield made
    made.extensions[EXTENSION].close()


@pytest.fixture
def person(app: Flask, pair: PostgresPair) -> Person:
    """Return somebody with an account on the pair, signed in."""
    client = app.test_client()
    token = token_of(client.get("/sign-up", base_url="https://taskmanager.test").text)
    form = {"csrf_token": token, "name": "anna", "email": "anna@taskmanager.test", "password": PASSWORD}
    assert client.post("/sign-up", data=form, base_url="https://taskmanager.test").status_code == 303
    page = client.get("/board", base_url="https://taskmanager.test")
    wait_until(lambda: caught_up(pair), AssertionError)
    return Person(client, page.text.split('name="csrf-token" content="')[1].split('"')[0])


@pytest.fixture
def background() -> Iterator[Callable[[Send], "Future[TestResponse]"]]:
    """Return a function that sends a request beside the test."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit


def post(person: Person, title: str) -> TestResponse:
    """Add a task."""
    return person.send("POST", "/api/v1/tasks", {"title": title})


def titles(pair: PostgresPair, name: str, title: str) -> object:
    """Return how often a task is in one of the databases."""
    return pair.ask(name, f"SELECT count(*) FROM tasks WHERE title = '{title}'")  # noqa: S608 - a constant of a test


def wait_for_commit(pair: PostgresPair) -> None:
    """Raise AssertionError until a commit waits for the standby."""
    assert pair.ask("a", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1


def hold_commits(pair: PostgresPair) -> None:
    """Let commits wait for a standby that is gone."""
    pair.ask("a", "ALTER SYSTEM SET synchronous_standby_names = '*'")
    pair.kill("b")
    pair.ask("a", "SELECT pg_reload_conf()")
    wait_until(lambda: check_held(pair), AssertionError)


def check_held(pair: PostgresPair) -> None:
    """Raise AssertionError until the leader has read its settings."""
    assert pair.ask("a", "SHOW synchronous_standby_names") == "*"


def test_read_during_a_failover_waits_for_the_new_leader(
    pair: PostgresPair, person: Person, background: Callable[[Send], "Future[TestResponse]"]
) -> None:
    pair.kill("a")
    answer = background(lambda: person.get("/api/v1/board"))
    pair.promote("b")
    assert answer.result().status_code == 200


def test_write_during_a_failover_is_done_once_at_the_new_leader(
    pair: PostgresPair, person: Person, background: Callable[[Send], "Future[TestResponse]"]
) -> None:
    pair.kill("a")
    answer = background(lambda: post(person, "Call the printer"))
    pair.promote("b")
    assert answer.result().status_code == 201, answer.result().text
    assert titles(pair, "b", "Call the printer") == 1


def test_without_a_leader_the_answer_is_503_and_never_500(
    pair: PostgresPair, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskmanager.failover.REQUEST_S", 1.0)
    pair.kill("a")
    for answer in (person.get("/api/v1/board"), post(person, "Call the printer"), person.get("/board")):
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
    assert titles(pair, "b", "Call the printer") == 0


def test_commit_that_broke_off_is_neither_a_success_nor_done_again(
    pair: PostgresPair, person: Person, background: Callable[[Send], "Future[TestResponse]"]
) -> None:
    hold_commits(pair)
    answer = background(lambda: post(person, "Call the printer"))
    wait_until(lambda: wait_for_commit(pair), AssertionError)
    pair.ask("a", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    assert answer.result().status_code == 503, answer.result().text
    assert "look whether the change is there" in answer.result().text
    assert titles(pair, "a", "Call the printer") == 1


def test_write_in_doubt_keeps_its_idempotency_key_so_that_it_is_not_done_twice(pair: PostgresPair, person: Person) -> None:
    pair.ask("a", BREAK_OFF)
    pair.ask("a", f"CREATE CONSTRAINT TRIGGER b AFTER INSERT ON tasks {AT_COMMIT} EXECUTE FUNCTION break_off()")
    answers = [person.send("POST", "/api/v1/tasks", {"title": "Call"}, Idempotency_Key="print-1").status_code for _ in range(2)]
    assert answers == [503, 409]


def test_cancelled_wait_for_a_replica_is_no_success(
    pair: PostgresPair, person: Person, background: Callable[[Send], "Future[TestResponse]"]
) -> None:
    hold_commits(pair)
    answer = background(lambda: post(person, "Call the printer"))
    wait_until(lambda: wait_for_commit(pair), AssertionError)
    pair.ask("a", "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    assert answer.result().status_code == 503, answer.result().text


def test_commit_that_waits_for_a_replica_too_long_is_503(
    pair: PostgresPair, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskmanager.failover.REQUEST_S", 0.5)
    monkeypatch.setattr("taskmanager.pool.LEAST_S", 0.5)
    hold_commits(pair)
    answer = post(person, "Call the printer")
    assert answer.status_code == 503, answer.text
    assert "look whether the change is there" in answer.text


def test_leader_that_takes_no_writes_any_more_is_left(app: Flask, person: Person) -> None:
    pool = app.extensions[EXTENSION].pool
    with pool.connection() as conn:
        conn.execute("SET default_transaction_read_only = on")
    answer = post(person, "Call the printer")
    assert answer.status_code == 201, answer.text


def test_idle_connections_of_a_dead_leader_are_dropped_before_a_write(pair: PostgresPair, app: Flask, person: Person) -> None:
    pool = app.extensions[EXTENSION].pool
    inside = threading.Barrier(3)

    def hold() -> None:
        with pool.connection() as conn:
            conn.execute("SELECT 1")
            inside.wait(timeout=10)

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait(timeout=10)
    for thread in threads:
        thread.join()
    pair.kill("a")
    pair.promote("b")
    assert [post(person, f"Task {number}").status_code for number in range(3)] == [201] * 3


def test_pause_before_a_new_connection_does_not_grow_with_the_outage() -> None:
    attempt = AttemptWithBackoff(timeout=300)
    delays = []
    for second in range(6):
        attempt.update_delay(float(second))
        delays.append(attempt.delay)
    assert max(delays) < 1


def test_standby_alone_is_no_database_to_write_to(pair: PostgresPair) -> None:
    pair.kill("a")
    with pytest.raises(psycopg.OperationalError, match="read-only"):
        psycopg.connect(f"{pair.dsn} target_session_attrs=read-write")
