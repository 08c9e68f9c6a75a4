"""Probes, migrations, static files and the command line."""

import dataclasses
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from taskmanager import __main__ as command_line
from taskmanager import assets, create_app, jobs, modules, passwords, schema, schema_range
from taskmanager.config import Config
from taskmanager.services import EXTENSION

from tests.people import Person, environment_of

BASE = "https://taskmanager.test"


@pytest.fixture
def environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of the command line."""
    for name in [name for name in os.environ if name.startswith("TASKMANAGER_")]:
        monkeypatch.delenv(name)
    for name, value in environment_of(config).items():
        monkeypatch.setenv(name, value)


def test_ready_names_what_answers(app: Flask) -> None:
    body = app.test_client().get("/ready", base_url=BASE).json
    assert body == {"status": "ready", "release": "test", "database": "ok", "schema": "ok", "redis": "ok"}


def test_without_redis_the_site_is_degraded_and_lives(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 0.2)
    lame = create_app(dataclasses.replace(config, redis_url="unix:///nonexistent.sock"))
    response = lame.test_client().get("/ready", base_url=BASE)
    assert response.status_code == 200
    assert response.json
    assert response.json["status"] == "degraded"
    page = lame.test_client().get("/sign-in", base_url=BASE)
    assert page.status_code == 503
    assert page.headers["Retry-After"]
    assert lame.test_client().get("/health", base_url=BASE).status_code == 200
    lame.extensions[EXTENSION].close()


def test_without_its_database_the_site_is_not_ready(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmanager.readiness.PROBE_TIMEOUT_S", 0.2)
    lame = create_app(dataclasses.replace(config, database_dsn="host=/nonexistent dbname=postgres"))
    response = lame.test_client().get("/ready", base_url=BASE)
    assert response.status_code == 503
    assert response.json
    assert "does not answer" in response.json["database"]
    lame.extensions[EXTENSION].close()


def test_migrating_twice_and_by_two_at_once_does_the_work_once(config: Config, conn: psycopg.Connection) -> None:
    conn.execute("CREATE DATABASE twice")
    empty = dataclasses.replace(config, database_dsn=config.database_dsn.replace("dbname=postgres", "dbname=twice"))
    environment = os.environ | environment_of(empty)
    command = [sys.executable, "-m", "taskmanager", "migrate"]
    runs = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert f"schema migrated from nothing to {schema_range.head()}\n" in [run.communicate(timeout=30)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert schema.migrate(empty) == "schema unchanged"
    conn.execute("DROP DATABASE twice WITH (FORCE)")


@pytest.mark.usefixtures("environment")
def test_check_tells_of_an_empty_database(
    config: Config, conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    conn.execute("CREATE DATABASE bare")
    monkeypatch.setenv("TASKMANAGER_DATABASE_DSN", config.database_dsn.replace("dbname=postgres", "dbname=bare"))
    assert command_line.main(["check"]) == 1
    assert "run: taskmanager migrate" in capsys.readouterr().err
    conn.execute("DROP DATABASE bare WITH (FORCE)")


@pytest.mark.usefixtures("environment")
def test_check_passes_on_a_whole_system(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["check"]) == 0
    assert capsys.readouterr().out.startswith("ready")


@pytest.mark.usefixtures("environment")
def test_account_is_made_once_and_keeps_its_password(
    conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for password in ("the first password", "the second password"):
        monkeypatch.setattr("sys.stdin", io.StringIO(password))
        assert command_line.main(["create-user", "--email", "admin@tasks.test", "--name", "Admin"]) == 0
    assert capsys.readouterr().out.split() == ["created", "unchanged"]
    row = conn.execute("SELECT password_hash FROM users").fetchone()
    assert row
    assert passwords.is_right("the first password", row[0])


@pytest.mark.usefixtures("environment")
def test_reset_password_ends_the_sessions_of_whoever_had_the_old_one(
    anna: Person, conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("another password"))
    assert command_line.main(["reset-password", "--email", "anna@taskmanager.test"]) == 0
    assert "1 sessions ended" in capsys.readouterr().out
    assert anna.get("/board").location == "/sign-in"
    row = conn.execute("SELECT password_hash FROM users").fetchone()
    assert row
    assert passwords.is_right("another password", row[0])


@pytest.mark.usefixtures("environment", "anna")
def test_stats_count_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["stats"]) == 0
    assert capsys.readouterr().out.split()[:6] == ["people", "1", "workspaces", "1", "boards", "1"]


@pytest.mark.usefixtures("environment")
def test_after_a_restore_no_cached_board_is_taken_for_the_present_one(anna: Person, conn: psycopg.Connection) -> None:
    anna.add("written after the backup")
    anna.get("/api/v1/board")
    # The board goes back to an earlier state and its number, and then something else happens under the number that is cached.
    conn.execute("DELETE FROM tasks")
    assert command_line.main(["renumber"]) == 0
    board = anna.get("/api/v1/board").json
    assert board
    assert board["tasks"] == []


@pytest.mark.usefixtures("environment")
def test_short_password_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short"))
    assert command_line.main(["create-user", "--email", "admin@tasks.test", "--name", "Admin"]) == 1
    assert "at least 10 characters" in capsys.readouterr().err


def test_jobs_remove_what_is_old_and_run_once_across_hosts(conn: psycopg.Connection, config: Config, anna: Person) -> None:
    for title in ("old", "new"):
        anna.send("DELETE", f"/api/v1/tasks/{anna.add(title)['id']}")
    conn.execute("UPDATE tasks SET deleted_at = now() - interval '31 days' WHERE title = 'old'")
    conn.execute("UPDATE events SET created_at = now() - interval '25 hours' WHERE seq <= 2")
    with psycopg.connect(config.database_dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [jobs.LOCK])
        assert jobs.run(conn) is None
    done = jobs.run(conn)
    assert done
    assert (done["tasks"], done["events"]) == (1, 2)
    assert conn.execute("SELECT title FROM tasks").fetchall() == [("new",)]


def test_static_files_have_the_same_names_and_bytes_every_time(tmp_path: Path) -> None:
    first, second = assets.write(tmp_path / "a"), assets.write(tmp_path / "b")
    assert first == second
    for name in (path.name for path in (tmp_path / "a").iterdir()):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_release_holds_a_script_with_all_its_modules(tmp_path: Path) -> None:
    manifest = assets.write(tmp_path)
    text = (tmp_path / manifest["board.js"]).read_text()
    assert "class Store" in text
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    assert "store.js" not in manifest


@pytest.mark.parametrize(
    ("first", "second", "fault", "sentence"),
    [
        ('import "./b.js";\n', 'import "./board.js";\n', modules.CyclicImport, r"board\.js imports b\.js imports board\.js"),
        ('import b from "./b.js";\n', "", modules.NotUnderstood, r"board\.js says 'import b from"),
        ("export let count = 0;\n", "", modules.NotUnderstood, r"board\.js says 'export let"),
    ],
)
def test_modules_that_cannot_be_one_script_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str, fault: type[Exception], sentence: str
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "board.js").write_text(first)
    (source / "b.js").write_text(second)
    monkeypatch.setattr(assets, "SOURCE", source)
    with pytest.raises(fault, match=sentence):
        assets.write(tmp_path / "out")


def test_pages_name_the_hashed_files_of_their_release(config: Config, tmp_path: Path) -> None:
    manifest = assets.write(tmp_path)
    app = create_app(dataclasses.replace(config, static_dir=tmp_path))
    page = app.test_client().get("/sign-in", base_url=BASE).text
    assert f"/static/{manifest['app.css']}" in page
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest
    app.extensions[EXTENSION].close()
