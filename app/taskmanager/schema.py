"""Migrating the schema with alembic, from the migrations that the package carries."""

import io
from contextlib import redirect_stdout
from importlib.resources import files

import psycopg
from alembic import command
from alembic.config import Config as AlembicConfig

from taskmanager.config import Config
from taskmanager.db import probes
from taskmanager.services import conninfo_of


def migrate(config: Config) -> str:
    """Bring the schema to this release's version and return what was done. Two at once: one works, the other waits."""
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(files("taskmanager") / "migrations"))
    alembic.attributes["conninfo"] = conninfo_of(config)
    before = version(config)
    with redirect_stdout(io.StringIO()):
        command.upgrade(alembic, "head")
    after = version(config)
    return "schema unchanged" if before == after else f"schema migrated from {before or 'nothing'} to {after}"


def version(config: Config) -> str | None:
    """Return the version of the schema; None on an empty database."""
    with psycopg.connect(conninfo_of(config)) as conn:
        try:
            return probes.schema_version(conn)
        except psycopg.errors.UndefinedTable:
            return None
