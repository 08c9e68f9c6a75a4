"""What the database says of itself."""

from psycopg import Connection

SCHEMA_VERSION = "SELECT version_num FROM alembic_version"


def schema_version(conn: Connection) -> str | None:
    """Return the version of the schema; None on an empty database."""
    row = conn.execute(SCHEMA_VERSION).fetchone()
    return row[0] if row else None
