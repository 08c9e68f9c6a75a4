"""E-mail that waits to be sent, the links in it, and whom tasks were reminded of."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

Row = dict[str, Any]
QUEUE = "INSERT INTO mails (user_id, kind, task_ids) VALUES (%(user_id)s, %(kind)s, %(task_ids)s::uuid[])"
# The row stays locked while its mail is sent, so that no other host takes it.
TAKE = """
    SELECT m.id, m.user_id, m.kind, m.task_ids, m.attempts, u.email, u.name, m.created_at < now() - interval '1 day' AS is_old
      FROM mails m
      JOIN users u ON u.id = m.user_id
     WHERE m.next_at <= now()
     ORDER BY m.next_at
     LIMIT 1
       FOR UPDATE OF m SKIP LOCKED
"""
DONE = "DELETE FROM mails WHERE id = %(mail_id)s"
LATER = """
    UPDATE mails
       SET attempts = attempts + 1, next_at = now() + least(60, power(2, attempts)) * interval '1 minute'
     WHERE id = %(mail_id)s
"""
ADD_LINK = """
    INSERT INTO mail_links (token_hash, user_id, kind, email, expires_at)
    VALUES (%(token_hash)s, %(user_id)s, %(kind)s, %(email)s, now() + %(minutes)s * interval '1 minute')
"""
# Of a link to an address that is not the account's any more nothing is left.
FIND_LINK = """
    SELECT l.user_id
      FROM mail_links l
      JOIN users u ON u.id = l.user_id AND u.email = l.email
     WHERE l.token_hash = %(token_hash)s
       AND l.kind = %(kind)s
       AND l.expires_at > now()
"""
DROP_LINKS = "DELETE FROM mail_links WHERE user_id = %(user_id)s AND kind = %(kind)s"
COUNT = """
    SELECT (SELECT count(*) FROM mail_links WHERE user_id = %(user_id)s AND kind = %(kind)s AND expires_at > now())
         + (SELECT count(*) FROM mails WHERE user_id = %(user_id)s AND kind = %(kind)s)
"""
PURGE = "DELETE FROM mail_links WHERE expires_at < now()"
PURGE_REMINDERS = "DELETE FROM reminders WHERE due_on < current_date - 7"
# Only of tasks that the person still may see, once for a day.
REMIND = """
    WITH due AS (
        INSERT INTO reminders (task_id, user_id, due_on)
        SELECT t.id, u.id, t.due_on
          FROM tasks t
          JOIN boards b ON b.id = t.board_id AND b.deleted_at IS NULL
          JOIN workspace_members m ON m.workspace_id = b.workspace_id AND m.user_id = ANY (t.assignee_ids)
          JOIN users u ON u.id = m.user_id AND u.verified_at IS NOT NULL AND u.reminders
         WHERE t.due_on BETWEEN current_date AND current_date + 1
           AND t.completed_at IS NULL
           AND t.archived_at IS NULL
           AND t.deleted_at IS NULL
            ON CONFLICT DO NOTHING
     RETURNING task_id, user_id, due_on)
    INSERT INTO mails (user_id, kind, task_ids)
    SELECT user_id, 'reminder', array_agg(task_id ORDER BY due_on, task_id)
      FROM due
     GROUP BY user_id
"""
TASKS = """
    SELECT t.id, t.title, t.due_on, b.name AS board
      FROM tasks t
      JOIN boards b ON b.id = t.board_id AND b.deleted_at IS NULL
      JOIN workspace_members m ON m.workspace_id = b.workspace_id AND m.user_id = %(user_id)s
     WHERE t.id = ANY (%(ids)s::uuid[])
       AND t.completed_at IS NULL
       AND t.archived_at IS NULL
       AND t.deleted_at IS NULL
     ORDER BY t.due_on, t.title
"""


def queue(conn: Connection, *, user_id: UUID, kind: str) -> None:
    """Let an e-mail be sent."""
    conn.execute(QUEUE, {"user_id": user_id, "kind": kind, "task_ids": []})


def take(conn: Connection) -> Row | None:
    """Return the e-mail that is due, locked until the transaction ends; None when there is none, or others have it."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(TAKE).fetchone()


def done(conn: Connection, *, mail_id: UUID) -> None:
    """Forget an e-mail that was sent or given up."""
    conn.execute(DONE, {"mail_id": mail_id})


def later(conn: Connection, *, mail_id: UUID) -> None:
    """Try an e-mail again, after twice the time at each attempt."""
    conn.execute(LATER, {"mail_id": mail_id})


def add_link(conn: Connection, *, token_hash: bytes, user_id: UUID, kind: str, email: str, minutes: int) -> None:
    """Store a link."""
    values = {"token_hash": token_hash, "user_id": user_id, "kind": kind, "email": email, "minutes": minutes}
    conn.execute(ADD_LINK, values)


def find_link(conn: Connection, *, token_hash: bytes, kind: str) -> UUID | None:
    """Return whose link this is; None for one that was used, has expired or never was."""
    row = conn.execute(FIND_LINK, {"token_hash": token_hash, "kind": kind}).fetchone()
    return row[0] if row else None


def drop_links(conn: Connection, *, user_id: UUID, kind: str) -> None:
    """Forget a person's links of a kind: the one that was used, and those sent before."""
    conn.execute(DROP_LINKS, {"user_id": user_id, "kind": kind})


def count(conn: Connection, *, user_id: UUID, kind: str) -> int:
    """Return how many e-mails of a kind a person was sent that still hold, or will be."""
    row = conn.execute(COUNT, {"user_id": user_id, "kind": kind}).fetchone()
    return int(row[0]) if row else 0


def remind(conn: Connection) -> int:
    """Queue an e-mail for everybody with tasks due today or tomorrow that they were not told of; return how many."""
    return conn.execute(REMIND).rowcount


def tasks_of(conn: Connection, *, user_id: UUID, ids: list[UUID]) -> list[Row]:
    """Return those of some tasks that are open and that a person may see."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(TASKS, {"user_id": user_id, "ids": ids}).fetchall()


def purge(conn: Connection) -> int:
    """Remove links that expired and reminders of days gone by; return how many links."""
    conn.execute(PURGE_REMINDERS)
    return conn.execute(PURGE).rowcount
