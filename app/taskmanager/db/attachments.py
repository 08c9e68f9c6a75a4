"""Files on tasks, cut into chunks, so that neither a process nor a range ever holds a whole one."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

ATTACHMENT = "a.id, a.task_id, a.user_id, a.name, a.content_type, a.size, encode(a.sha256, 'hex') AS sha256, a.created_at"
LIST = f"SELECT {ATTACHMENT} FROM attachments a WHERE a.task_id = %(task_id)s ORDER BY a.created_at, a.id"  # noqa: S608
GET = f"""
    SELECT {ATTACHMENT}
      FROM attachments a
      JOIN tasks t ON t.id = a.task_id
      JOIN boards b ON b.id = t.board_id
      JOIN workspace_members m ON m.workspace_id = b.workspace_id
     WHERE a.id = %(attachment_id)s
       AND m.user_id = %(user_id)s
       AND t.deleted_at IS NULL
       AND b.deleted_at IS NULL
"""  # noqa: S608 - ATTACHMENT is a constant
ADD_CHUNK = "INSERT INTO attachment_chunks (attachment_id, number, data) VALUES (%(attachment_id)s, %(number)s, %(data)s)"
GET_CHUNK = "SELECT data FROM attachment_chunks WHERE attachment_id = %(attachment_id)s AND number = %(number)s"
INSERT = f"""
    INSERT INTO attachments AS a (id, task_id, user_id, name, content_type, size, sha256)
    VALUES (%(id)s, %(task_id)s, %(user_id)s, %(name)s, %(content_type)s, %(size)s, %(sha256)s)
 RETURNING {ATTACHMENT}
"""  # noqa: S608 - ATTACHMENT is a constant
DELETE = "DELETE FROM attachments WHERE id = %(attachment_id)s"
CHUNK_BYTES = 256 * 1024

Row = dict[str, Any]


def list_attachments(conn: Connection, *, task_id: UUID) -> list[Row]:
    """Return the files of a task, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"task_id": task_id}).fetchall()


def get_attachment(conn: Connection, *, user_id: UUID, attachment_id: UUID) -> Row | None:
    """Return a file on the person's boards; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(GET, {"user_id": user_id, "attachment_id": attachment_id}).fetchone()


def add_chunk(conn: Connection, *, attachment_id: UUID, number: int, data: bytes) -> None:
    """Store a part of a file; the file itself may follow in the same transaction."""
    conn.execute(ADD_CHUNK, {"attachment_id": attachment_id, "number": number, "data": data})


def insert_attachment(conn: Connection, *, values: Row) -> Row:
    """Store the file that the chunks belong to, and return it."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(INSERT, values).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return row


def read_range(conn: Connection, *, attachment_id: UUID, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from start up to stop, a chunk at a time."""
    for number in range(start // CHUNK_BYTES, (stop + CHUNK_BYTES - 1) // CHUNK_BYTES):
        row = conn.execute(GET_CHUNK, {"attachment_id": attachment_id, "number": number}).fetchone()
        data: bytes = row[0] if row else b""
        first = number * CHUNK_BYTES
        yield data[max(0, start - first) : max(0, stop - first)]


def delete_attachment(conn: Connection, *, attachment_id: UUID) -> None:
    """Delete a file with its chunks."""
    conn.execute(DELETE, {"attachment_id": attachment_id})
