"""What happened: the activity people read and undo, and the events that browsers get, both numbered by the board."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from taskmanager.db.tasks import as_json

ADD_ACTIVITY = """
    INSERT INTO activity (board_id, seq, batch, task_id, user_id, kind, detail, undone)
    VALUES (%(board_id)s, %(seq)s, %(batch)s, %(task_id)s, %(user_id)s, %(kind)s, %(detail)s, %(undone)s)
"""
ADD_EVENT = "INSERT INTO events (board_id, seq, body) VALUES (%(board_id)s, %(seq)s, %(body)s)"
EVENTS_SINCE = """
    SELECT body
      FROM events
     WHERE board_id = %(board_id)s
       AND seq > %(since)s
     ORDER BY seq
     LIMIT %(limit)s
"""
ACTIVITY_OF_TASK = """
    SELECT a.id, a.seq, a.kind, a.detail, a.undone, a.created_at, a.user_id, u.name AS user_name
      FROM activity a
      LEFT JOIN users u ON u.id = a.user_id
     WHERE a.task_id = %(task_id)s
       AND (%(before)s::bigint IS NULL OR a.seq < %(before)s)
     ORDER BY a.seq DESC
     LIMIT %(limit)s
"""
LAST_BATCH = """
    SELECT batch
      FROM activity
     WHERE board_id = %(board_id)s
       AND user_id = %(user_id)s
       AND NOT undone
       AND kind = ANY(%(kinds)s)
     ORDER BY seq DESC
     LIMIT 1
"""
BATCH_OF = "SELECT board_id, batch FROM activity WHERE id = %(id)s AND user_id = %(user_id)s"
BATCH = """
    SELECT id, task_id, kind, detail, undone
      FROM activity
     WHERE batch = %(batch)s
       AND board_id = %(board_id)s
     ORDER BY seq DESC
"""
MARK_UNDONE = "UPDATE activity SET undone = true WHERE batch = %(batch)s"
PURGE_EVENTS = "DELETE FROM events WHERE created_at < now() - %(hours)s * interval '1 hour'"

Row = dict[str, Any]


def add(conn: Connection, *, board_id: UUID, user_id: UUID, batch: UUID, entries: list[Row]) -> None:
    """Write activity and events of one change; each entry has seq, kind, task_id, detail and body."""
    shared = {"board_id": board_id, "user_id": user_id, "batch": batch}
    rows = [{**shared, **entry, "detail": as_json(entry["detail"])} for entry in entries]
    with conn.cursor() as cur:
        cur.executemany(ADD_ACTIVITY, rows)
        cur.executemany(ADD_EVENT, rows)


def events_since(conn: Connection, *, board_id: UUID, since: int, limit: int) -> list[str]:
    """Return the bodies of the events behind a number, in order."""
    return [row[0] for row in conn.execute(EVENTS_SINCE, {"board_id": board_id, "since": since, "limit": limit})]


def list_activity(conn: Connection, *, task_id: UUID, before: int | None, limit: int) -> list[Row]:
    """Return what happened to a task, newest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(ACTIVITY_OF_TASK, {"task_id": task_id, "before": before, "limit": limit}).fetchall()


def last_batch(conn: Connection, *, board_id: UUID, user_id: UUID, kinds: list[str]) -> UUID | None:
    """Return the person's last change of a board that can be undone."""
    row = conn.execute(LAST_BATCH, {"board_id": board_id, "user_id": user_id, "kinds": kinds}).fetchone()
    return row[0] if row else None


def batch_of(conn: Connection, *, activity_id: UUID, user_id: UUID) -> tuple[UUID, UUID] | None:
    """Return board and batch of an entry of the person's own."""
    row = conn.execute(BATCH_OF, {"id": activity_id, "user_id": user_id}).fetchone()
    return (row[0], row[1]) if row else None


def get_batch(conn: Connection, *, board_id: UUID, batch: UUID) -> list[Row]:
    """Return the entries of one change, last first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(BATCH, {"board_id": board_id, "batch": batch}).fetchall()


def mark_undone(conn: Connection, *, batch: UUID) -> None:
    """Remember that a change was undone."""
    conn.execute(MARK_UNDONE, {"batch": batch})


def purge_events(conn: Connection, *, hours: int) -> int:
    """Remove events nobody will ask for any more; return how many."""
    return conn.execute(PURGE_EVENTS, {"hours": hours}).rowcount
