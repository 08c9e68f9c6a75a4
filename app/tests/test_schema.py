"""Migrations beside a site that goes on: they never make it wait for long, and say which releases run on what they leave."""

import dataclasses
import re
import threading
import time
from collections.abc import Iterator
from importlib.resources import files

import psycopg
import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from taskmanager import create_app, schema, schema_range
from taskmanager.config import Config
from taskmanager.services import EXTENSION, conninfo_of

BASE = "https://taskmanager.test"
# What blocks the site on a large table, or breaks a release that still serves.
UNSAFE = {
    "an index that is built while nobody may write": r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)",
    "a column whose default is another one for every row": r"ADD COLUMN[^,]*DEFAULT (?!now\(\))[a-z_]+\(",
    "a column that older releases do not fill": r"ADD COLUMN (?![^,]*DEFAULT)[^,]*NOT NULL",
    "a check of all rows under a lock": r"SET NOT NULL|ADD (CONSTRAINT \w+ )?(CHECK|FOREIGN KEY)(?!.*NOT VALID)",
    "another type for a column": r"ALTER COLUMN \w+ (SET DATA )?TYPE",
}
# OLDEST in the migration says which releases do without what is gone.
GONE = r"DROP (TABLE|COLUMN)|RENAME"


def versions() -> dict[str, str]:
    """Return the text of every migration by its number."""
    folder = files("taskmanager") / "migrations" / "versions"
    return {path.name[:4]: path.read_text() for path in folder.iterdir() if path.name[:4].isdigit()}


def faults(text: str) -> list[str]:
    """Return what is unsafe in a migration; tables that it makes itself have no rows and no readers."""
    made = set(re.findall(r"CREATE TABLE (\w+)", text))
    statements = re.split(r'[;"]', text)
    touched = [line for line in statements if not made & set(re.findall(r"(?:TABLE|ON) (\w+)", line))]
    found = [name for name, pattern in UNSAFE.items() if any(re.search(pattern, line, re.IGNORECASE) for line in touched)]
    if any(re.search(GONE, line, re.IGNORECASE) for line in touched) and not schema_range.OLDEST.search(text):
        found.append("something that older releases use is gone, and no OLDEST says so")
    return found


@pytest.fixture
def empty(config: Config, conn: psycopg.Connection) -> Iterator[Config]:
    """Return the configuration for an empty database."""
    conn.execute("CREATE DATABASE empty")
    yield dataclasses.replace(config, database_dsn=config.database_dsn.replace("dbname=postgres", "dbname=empty"))
    conn.execute("DROP DATABASE empty WITH (FORCE)")


def migrate_to(config: Config, version: str) -> None:
    """Bring the schema to an older version."""
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(files("taskmanager") / "migrations"))
    alembic.attributes["conninfo"] = conninfo_of(config)
    command.upgrade(alembic, version)


def test_migration_lets_the_site_pass_and_tries_again(empty: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_to(empty, "0004")
    with psycopg.connect(conninfo_of(empty)) as reader:
        # A long transaction that reads: an ALTER TABLE waits for it, and everybody else would wait for that.
        reader.execute("SELECT count(*) FROM users")
        worker = threading.Thread(target=schema.migrate, args=(empty,))
        worker.start()
        with psycopg.connect(conninfo_of(empty), autocommit=True) as site:
            longest, end = 0.0, time.monotonic() + 2
            while time.monotonic() < end:
                start = time.monotonic()
                site.execute("SELECT count(*) FROM users")
                longest = max(longest, time.monotonic() - start)
        assert worker.is_alive()
        # The statement gives up after 200 ms.
        assert longest < 5
        reader.rollback()
        worker.join(30)
    assert schema.version(empty) == schema_range.head()
    migrated = schema.migrate(empty)
    assert migrated == "schema unchanged"


def test_migration_that_never_gets_its_table_says_so(empty: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "TRIES", 2)
    migrate_to(empty, "0004")
    with psycopg.connect(conninfo_of(empty)) as reader:
        reader.execute("SELECT count(*) FROM users")
        with pytest.raises(schema.Busy, match="in use for half a minute"):
            schema.migrate(empty)
    assert schema.version(empty) == "0004"
    assert schema.migrate(empty) == f"schema migrated from 0004 to {schema_range.head()}"


def test_older_release_leaves_a_newer_schema_alone(empty: Config) -> None:
    schema.migrate(empty)
    with psycopg.connect(conninfo_of(empty), autocommit=True) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    assert schema.migrate(empty) == f"schema unchanged: 9999 is newer than this release's {schema_range.head()}"


@pytest.mark.parametrize(("oldest", "status"), [(schema_range.head(), 200), ("9998", 503)])
def test_release_runs_on_a_newer_schema_as_far_as_that_allows(empty: Config, oldest: str, status: int) -> None:
    schema.migrate(empty)
    with psycopg.connect(conninfo_of(empty), autocommit=True) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.execute(f"COMMENT ON TABLE alembic_version IS '{oldest}'")
    app = create_app(empty)
    try:
        answer = app.test_client().get("/ready", base_url=BASE)
    finally:
        app.extensions[EXTENSION].close()
    assert answer.status_code == status
    if status == 503:
        assert "serves releases of 9998 and later" in answer.get_data(as_text=True)


def test_no_migration_of_a_site_that_runs_is_unsafe() -> None:
    # Those of the first release met empty tables.
    later = {number: text for number, text in versions().items() if number > "0005"}
    assert {number: found for number, text in later.items() if (found := faults(text))} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX tasks_due ON tasks (due_on)",
        "ALTER TABLE tasks ADD COLUMN code uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE tasks ADD COLUMN code text NOT NULL",
        "ALTER TABLE tasks ALTER COLUMN title SET NOT NULL",
        "ALTER TABLE tasks ADD CONSTRAINT short CHECK (length(title) < 10)",
        "ALTER TABLE tasks ALTER COLUMN title TYPE varchar(10)",
        "ALTER TABLE tasks DROP COLUMN title",
        "ALTER TABLE tasks RENAME COLUMN title TO name",
        "DROP TABLE tasks",
    ],
)
def test_unsafe_statement_is_caught(statement: str) -> None:
    assert faults(f'op.execute("{statement}")')


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY tasks_due ON tasks (due_on)",
        "ALTER TABLE tasks ADD COLUMN code text NOT NULL DEFAULT ''",
        "ALTER TABLE tasks ADD COLUMN code text",
        "ALTER TABLE tasks ADD CONSTRAINT short CHECK (length(title) < 10) NOT VALID",
        "CREATE TABLE more (n int NOT NULL); CREATE INDEX more_n ON more (n)",
    ],
)
def test_safe_statement_passes(statement: str) -> None:
    assert faults(f'op.execute("{statement}")') == []
