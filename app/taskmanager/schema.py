"""Migrating the schema with alembic, from the migrations that the package carries."""

import io
import random
import time
from contextlib import redirect_stdout
from importlib.resources import files

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig

from taskmanager import schema_range
from taskmanager.config import Config
from taskmanager.db import probes
from taskmanager.services import conninfo_of

# With pauses of half a second this waits half a minute for whoever holds a table.
TRIES = 60


class Busy(Exception):
    """A table was never free for a migration; the text says what to look for."""


def migrate(config: Config) -> str:
    """Bring the schema to this release's version and return what was done. Two at once: one works, the other waits.

    A migration waits 200 ms for a table and then lets the site's requests pass, and is tried again: Busy after half a minute.
    """
    before = version(config)
    if before is not None and before > schema_range.head():
        return f"schema unchanged: {before} is newer than this release's {schema_range.head()}"
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(files("taskmanager") / "migrations"))
    alembic.attributes["conninfo"] = conninfo_of(config)
    for attempt in range(TRIES):
        try:
            with redirect_stdout(io.StringIO()):
                command.upgrade(alembic, "head")
        except sqlalchemy.exc.OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            if attempt == TRIES - 1:
                raise Busy(
                    "a migration found its table in use for half a minute; end what holds it (pg_stat_activity) and run it again"
                ) from None
            time.sleep(random.uniform(0.2, 0.7))  # noqa: S311 - no secret
        else:
            break
    after = version(config)
    return "schema unchanged" if before == after else f"schema migrated from {before or 'nothing'} to {after}"


def version(config: Config) -> str | None:
    """Return the version of the schema; None on an empty database."""
    with psycopg.connect(conninfo_of(config)) as conn:
        try:
            return probes.schema_version(conn)
        except psycopg.errors.UndefinedTable:
            return None
