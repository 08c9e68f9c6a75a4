"""Filters that people saved, and the answers of requests that may be sent twice."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

LIST = "SELECT id, name, query, created_at FROM filters WHERE user_id = %(user_id)s ORDER BY created_at, id LIMIT 200"
INSERT = """
    INSERT INTO filters (user_id, name, query)
    VALUES (%(user_id)s, %(name)s, %(query)s)
 RETURNING id, name, query, created_at
"""
DELETE = "DELETE FROM filters WHERE id = %(filter_id)s AND user_id = %(user_id)s"

Row = dict[str, Any]


def list_filters(conn: Connection, *, user_id: UUID) -> list[Row]:
    """Return the filters of a person, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"user_id": user_id}).fetchall()


def insert_filter(conn: Connection, *, user_id: UUID, name: str, query: Row) -> Row:
    """Save a filter and return it."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(INSERT, {"user_id": user_id, "name": name, "query": Jsonb(query)}).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return row


def delete_filter(conn: Connection, *, user_id: UUID, filter_id: UUID) -> bool:
    """Delete a filter of the person; return whether there was one."""
    return conn.execute(DELETE, {"filter_id": filter_id, "user_id": user_id}).rowcount == 1
