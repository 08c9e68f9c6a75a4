"""The answers of requests that may be sent twice, by person and key."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

# A key whose request never ended is free again after a minute: its process is gone.
CLAIM = """
    INSERT INTO idempotency (user_id, key, fingerprint)
    VALUES (%(user_id)s, %(key)s, %(fingerprint)s)
        ON CONFLICT (user_id, key) DO UPDATE SET created_at = now(), fingerprint = excluded.fingerprint
     WHERE idempotency.status IS NULL
       AND idempotency.created_at < now() - interval '1 minute'
 RETURNING 1
"""
FIND = "SELECT fingerprint, status, headers, body FROM idempotency WHERE user_id = %(user_id)s AND key = %(key)s"
KEEP = """
    UPDATE idempotency
       SET status = %(status)s, headers = %(headers)s, body = %(body)s
     WHERE user_id = %(user_id)s
       AND key = %(key)s
"""
RELEASE = "DELETE FROM idempotency WHERE user_id = %(user_id)s AND key = %(key)s AND status IS NULL"
PURGE = "DELETE FROM idempotency WHERE created_at < now() - %(hours)s * interval '1 hour'"


def claim(conn: Connection, *, user_id: UUID, key: str, fingerprint: bytes) -> bool:
    """Take a key for a request; False when it is taken."""
    return conn.execute(CLAIM, {"user_id": user_id, "key": key, "fingerprint": fingerprint}).fetchone() is not None


def find(conn: Connection, *, user_id: UUID, key: str) -> dict[str, Any] | None:
    """Return what is known of a key."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(FIND, {"user_id": user_id, "key": key}).fetchone()


def keep(conn: Connection, *, user_id: UUID, key: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Keep an answer for the next time."""
    conn.execute(KEEP, {"user_id": user_id, "key": key, "status": status, "headers": Jsonb(headers), "body": body})


def release(conn: Connection, *, user_id: UUID, key: str) -> None:
    """Free a key whose request came to nothing."""
    conn.execute(RELEASE, {"user_id": user_id, "key": key})


def purge(conn: Connection, *, hours: int) -> int:
    """Forget old keys; return how many."""
    return conn.execute(PURGE, {"hours": hours}).rowcount
