"""Personal access tokens; what is stored of one is its hash."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

TOKEN = "id, name, scope, expires_at, last_used_on, created_at"  # noqa: S105 - columns
LIST = f"SELECT {TOKEN} FROM tokens WHERE user_id = %(user_id)s ORDER BY created_at, id"  # noqa: S608
INSERT = f"""
    INSERT INTO tokens (user_id, name, scope, token_hash, expires_at)
    VALUES (%(user_id)s, %(name)s, %(scope)s, %(token_hash)s, now() + %(days)s * interval '1 day')
 RETURNING {TOKEN}
"""  # noqa: S608 - TOKEN is a constant
DELETE = "DELETE FROM tokens WHERE id = %(token_id)s AND user_id = %(user_id)s"
FIND = "SELECT user_id, scope, last_used_on FROM tokens WHERE token_hash = %(token_hash)s AND expires_at > now()"
# Once a day, so that reading with a token is no write.
TOUCH = """
    UPDATE tokens
       SET last_used_on = current_date
     WHERE token_hash = %(token_hash)s
       AND last_used_on IS DISTINCT FROM current_date
"""

Row = dict[str, Any]


def list_tokens(conn: Connection, *, user_id: UUID) -> list[Row]:
    """Return a person's tokens, oldest first, those that expired too."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"user_id": user_id}).fetchall()


def insert_token(conn: Connection, *, user_id: UUID, values: Row) -> Row:
    """Store a token (name, scope, token_hash, days) and return it."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(INSERT, {**values, "user_id": user_id}).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return row


def delete_token(conn: Connection, *, user_id: UUID, token_id: UUID) -> bool:
    """Revoke a token of the person; return whether there was one."""
    return conn.execute(DELETE, {"user_id": user_id, "token_id": token_id}).rowcount == 1


def use_token(conn: Connection, *, token_hash: bytes) -> Row | None:
    """Return whose token this is and for what, and remember the day; None when it is unknown or expired."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(FIND, {"token_hash": token_hash}).fetchone()
        if row is not None:
            cur.execute(TOUCH, {"token_hash": token_hash})
    return row
