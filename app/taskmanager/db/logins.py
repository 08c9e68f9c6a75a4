"""Sign-ins of programs. Of its refresh tokens only the newest counts: each has a number, its generation."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

Row = dict[str, Any]
INSERT = """
    INSERT INTO logins (user_id, agent, expires_at)
    VALUES (%(user_id)s, %(agent)s, now() + %(days)s * interval '1 day')
 RETURNING id, user_id, generation
"""
ROTATE = """
    UPDATE logins
       SET generation = generation + 1, used_at = now(), expires_at = now() + %(days)s * interval '1 day'
     WHERE id = %(login_id)s
       AND generation = %(generation)s
       AND expires_at > now()
 RETURNING id, user_id, generation
"""
# The answer to the request before may have been lost, or two threads of a program asked at once: no theft yet.
JUST_ROTATED = """
    SELECT 1
      FROM logins
     WHERE id = %(login_id)s
       AND generation = %(generation)s + 1
       AND used_at > now() - %(seconds)s * interval '1 second'
"""
HOLDS = "SELECT 1 FROM logins WHERE id = %(login_id)s AND user_id = %(user_id)s AND expires_at > now()"
LIST = """
    SELECT id, agent, created_at, used_at, expires_at
      FROM logins
     WHERE user_id = %(user_id)s
       AND expires_at > now()
     ORDER BY created_at, id
"""
DELETE = """
    DELETE FROM logins
     WHERE user_id = %(user_id)s
       AND (%(login_id)s::uuid IS NULL OR id = %(login_id)s)
"""
PURGE = "DELETE FROM logins WHERE expires_at < now()"


def insert_login(conn: Connection, *, user_id: UUID, agent: str, days: int) -> Row:
    """Store a sign-in and return it."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(INSERT, {"user_id": user_id, "agent": agent, "days": days}).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return row


def rotate(conn: Connection, *, login_id: UUID, generation: int, days: int) -> Row | None:
    """Count a refresh token as used and return the sign-in with its next number; None when it is not the newest."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(ROTATE, {"login_id": login_id, "generation": generation, "days": days}).fetchone()


def was_just_rotated(conn: Connection, *, login_id: UUID, generation: int, seconds: int) -> bool:
    """Return whether a refresh token was the newest until a moment ago."""
    values = {"login_id": login_id, "generation": generation, "seconds": seconds}
    return conn.execute(JUST_ROTATED, values).fetchone() is not None


def holds(conn: Connection, *, login_id: UUID, user_id: UUID) -> bool:
    """Return whether a sign-in was not ended."""
    return conn.execute(HOLDS, {"login_id": login_id, "user_id": user_id}).fetchone() is not None


def list_logins(conn: Connection, *, user_id: UUID) -> list[Row]:
    """Return a person's sign-ins that hold, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"user_id": user_id}).fetchall()


def delete_logins(conn: Connection, *, user_id: UUID, login_id: UUID | None = None) -> int:
    """End a sign-in of a person, or all of them; return how many ended."""
    return conn.execute(DELETE, {"user_id": user_id, "login_id": login_id}).rowcount


def purge(conn: Connection) -> int:
    """Remove what has expired; return how much."""
    return conn.execute(PURGE).rowcount
