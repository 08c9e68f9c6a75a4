"""What the database says of itself."""

from psycopg import Connection

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%(number)s)"
SCHEMA_VERSION = "SELECT version_num FROM alembic_version"
SCHEMA_OLDEST = "SELECT obj_description('alembic_version'::regclass)"


def schema_version(conn: Connection) -> str | None:
    """Return the version of the schema; None on an empty database."""
    row = conn.execute(SCHEMA_VERSION).fetchone()
    return row[0] if row else None


def schema_oldest(conn: Connection) -> str:
    """Return the oldest release, by the schema it needs, that runs on the schema there is."""
    row = conn.execute(SCHEMA_OLDEST).fetchone()
    return (row[0] if row else None) or "0001"


def try_lock(conn: Connection, *, number: int) -> bool:
    """Take a lock of all hosts until the transaction ends; False when somebody else has it."""
    row = conn.execute(TRY_LOCK, {"number": number}).fetchone()
    return bool(row and row[0])
