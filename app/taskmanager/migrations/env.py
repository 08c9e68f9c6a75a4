"""How alembic connects: one connection that holds a lock while it migrates, so that two runs never mix."""

import psycopg
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from taskmanager import schema_range

# Any number, but the same in every release.
LOCK = 7_231_001
conninfo: str = context.config.attributes["conninfo"]
engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=NullPool)

with engine.connect() as connection:
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
    # A migration waits this long for a table; it must never queue the site's own requests behind it for longer.
    connection.exec_driver_sql("SET lock_timeout = '200ms'")
    # A statement of a runner that was killed ends soon after it, instead of going on beside the next one.
    connection.exec_driver_sql("SET client_connection_check_interval = '1s'")
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    # For releases that may be older: whether they run on what this one has made of the schema.
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{schema_range.oldest()}'")
    connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK})")
    connection.commit()
