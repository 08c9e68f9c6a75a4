"""Tasks. Who changes one holds the board's lock (boards.lock) until the transaction ends."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

TASK = """t.id, t.board_id, t.column_id, t.title, t.description, t.priority, t.start_on, t.due_on,
           t.completed_at IS NOT NULL AS completed, t.archived_at IS NOT NULL AS archived, t.label_ids AS labels,
           t.assignee_ids AS assignees, t.checklist_done, t.checklist_total, t.comment_count AS comments,
           t.attachment_count AS attachments, t.position, t.version, t.created_at, t.updated_at"""
GET_TASK = f"""
    SELECT {TASK}
      FROM tasks t
      JOIN boards b ON b.id = t.board_id
      JOIN workspace_members m ON m.workspace_id = b.workspace_id
     WHERE t.id = %(task_id)s
       AND m.user_id = %(user_id)s
       AND t.deleted_at IS NULL
       AND b.deleted_at IS NULL
"""  # noqa: S608 - TASK is a constant
GET_SOME = f"SELECT {TASK} FROM tasks t WHERE t.id = ANY(%(ids)s::uuid[]) AND t.board_id = %(board_id)s AND t.deleted_at IS NULL"  # noqa: S608
LIST_TASKS = """
    SELECT t.*
      FROM boards b
      JOIN workspace_members m ON m.workspace_id = b.workspace_id
     CROSS JOIN LATERAL (
           SELECT {task}
             FROM tasks t
            WHERE t.board_id = b.id
              AND t.deleted_at IS NULL
              AND {conditions}
            ORDER BY t.created_at DESC, t.id DESC
            LIMIT %(limit)s) t
     WHERE m.user_id = %(user_id)s
       AND b.deleted_at IS NULL
       AND (%(board_id)s::uuid IS NULL OR b.id = %(board_id)s)
     ORDER BY t.created_at DESC, t.id DESC
     LIMIT %(limit)s
"""
CONDITIONS = {
    "q": "t.search @@ to_tsquery('simple', %(q)s)",
    "column_id": "t.column_id = %(column_id)s",
    "assignee_id": "t.assignee_ids @> ARRAY[%(assignee_id)s]::uuid[]",
    "label_id": "t.label_ids @> ARRAY[%(label_id)s]::uuid[]",
    "priority": "t.priority = %(priority)s",
    "due_before": "t.due_on < %(due_before)s",
    "due_after": "t.due_on > %(due_after)s",
    "after": "(t.created_at, t.id) < (%(after_at)s, %(after)s)",
}
INSERT_TASK = f"""
    INSERT INTO tasks AS t (board_id, column_id, title, description, priority, start_on, due_on, label_ids, assignee_ids,
                            created_by, position, completed_at)
    SELECT c.board_id, c.id, %(title)s, %(description)s, %(priority)s, %(start_on)s, %(due_on)s, %(labels)s::uuid[],
           %(assignees)s::uuid[], %(user_id)s, %(position)s, CASE WHEN c.is_done THEN now() END
      FROM columns c
     WHERE c.id = %(column_id)s
 RETURNING {TASK}
"""  # noqa: S608 - TASK is a constant
MOVE_TASK = f"""
    UPDATE tasks t
       SET column_id = c.id, position = %(position)s, version = t.version + 1, updated_at = now(),
           completed_at = CASE WHEN c.is_done THEN coalesce(t.completed_at, now()) END
      FROM columns c
     WHERE t.id = %(task_id)s
       AND c.id = %(column_id)s
 RETURNING {TASK}
"""  # noqa: S608 - TASK is a constant
# How each member lies in the row; the others are columns of their own names.
STORED = {
    "labels": sql.SQL("label_ids = %(labels)s::uuid[]"),
    "assignees": sql.SQL("assignee_ids = %(assignees)s::uuid[]"),
    "archived": sql.SQL("archived_at = CASE WHEN %(archived)s THEN coalesce(t.archived_at, now()) END"),
    "deleted": sql.SQL("deleted_at = CASE WHEN %(deleted)s THEN now() END"),
}
COUNT_AGAIN = f"""
    UPDATE tasks t
       SET checklist_done = (SELECT count(*) FROM checklist_items i WHERE i.task_id = t.id AND i.done),
           checklist_total = (SELECT count(*) FROM checklist_items i WHERE i.task_id = t.id),
           comment_count = (SELECT count(*) FROM comments i WHERE i.task_id = t.id),
           attachment_count = (SELECT count(*) FROM attachments i WHERE i.task_id = t.id),
           version = t.version + 1, updated_at = now()
     WHERE t.id = %(task_id)s
 RETURNING {TASK}
"""  # noqa: S608 - TASK is a constant
TAKE_PERSON_OFF = """
    UPDATE tasks
       SET assignee_ids = array_remove(assignee_ids, %(user_id)s), version = version + 1
     WHERE board_id = %(board_id)s
       AND assignee_ids @> ARRAY[%(user_id)s]::uuid[]
"""
PURGE = "DELETE FROM tasks WHERE deleted_at < now() - %(days)s * interval '1 day'"

Row = dict[str, Any]


def task_row(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], Row]:
    """Return rows of tasks as the API shows them: the counts of the checklist as one member."""
    make = dict_row(cursor)

    def shaped(values: Sequence[Any]) -> Row:
        row = make(values)
        if "checklist_done" in row:
            row["checklist"] = {"done": row.pop("checklist_done"), "total": row.pop("checklist_total")}
        return row

    return shaped


def fetch(conn: Connection, query: str | sql.Composed, **values: object) -> Row | None:
    """Return one task."""
    with conn.cursor(row_factory=task_row) as cur:
        return cur.execute(query, values).fetchone()


def change(conn: Connection, query: str | sql.Composed, **values: object) -> Row:
    """Return the task that a statement changed; the caller has seen it and holds its board."""
    task = fetch(conn, query, **values)
    assert task is not None  # noqa: S101 - seen by the caller
    return task


def get_task(conn: Connection, *, user_id: UUID, task_id: UUID) -> Row | None:
    """Return a task of the person's boards; None when there is none."""
    return fetch(conn, GET_TASK, user_id=user_id, task_id=task_id)


def get_tasks(conn: Connection, *, board_id: UUID, ids: list[UUID]) -> list[Row]:
    """Return those tasks of a board that are there."""
    with conn.cursor(row_factory=task_row) as cur:
        return cur.execute(GET_SOME, {"board_id": board_id, "ids": ids}).fetchall()


def list_tasks(conn: Connection, *, user_id: UUID, limit: int, archived: bool | None, wanted: Row) -> list[Row]:
    """Return at most `limit` tasks of the person's boards, newest first, that answer to all that is wanted.

    `archived` None stands for both; `wanted` may hold the members of CONDITIONS, board_id, and after with after_at.
    """
    conditions = [text for name, text in CONDITIONS.items() if name in wanted]
    if archived is not None:
        conditions.append(f"t.archived_at IS {'NOT NULL' if archived else 'NULL'}")
    query = LIST_TASKS.format(task=TASK, conditions=" AND ".join(conditions) or "true")
    values = {"user_id": user_id, "limit": limit, "board_id": None, **wanted}
    with conn.cursor(row_factory=task_row) as cur:
        return cur.execute(query, values).fetchall()


def insert_task(conn: Connection, *, user_id: UUID, column_id: UUID, position: float, values: Row) -> Row:
    """Insert a task at a position and return it."""
    given: Row = {"description": "", "priority": "none", "start_on": None, "due_on": None, "labels": [], "assignees": []}
    return change(conn, INSERT_TASK, **{**given, **values}, user_id=user_id, column_id=column_id, position=position)


def change_task(conn: Connection, *, task_id: UUID, values: Row) -> Row:
    """Change the given members of a task and return it."""
    assignments = [STORED.get(name) or sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    query = sql.SQL("UPDATE tasks t SET {}, version = t.version + 1, updated_at = now() WHERE t.id = %(task_id)s RETURNING {}")
    return change(conn, query.format(sql.SQL(", ").join(assignments), sql.SQL(TASK)), **values, task_id=task_id)


def move_task(conn: Connection, *, task_id: UUID, column_id: UUID, position: float) -> Row:
    """Put a task at a position of a column and return it; a done column completes it."""
    return change(conn, MOVE_TASK, task_id=task_id, column_id=column_id, position=position)


def count_again(conn: Connection, *, task_id: UUID) -> Row:
    """Count what hangs on a task and return it."""
    return change(conn, COUNT_AGAIN, task_id=task_id)


def take_person_off(conn: Connection, *, board_id: UUID, user_id: UUID) -> None:
    """Assign nothing on a board to a person any more."""
    conn.execute(TAKE_PERSON_OFF, {"board_id": board_id, "user_id": user_id})


def purge(conn: Connection, *, days: int) -> int:
    """Remove for good what was deleted that long ago; return how much."""
    return conn.execute(PURGE, {"days": days}).rowcount


def as_json(values: Row) -> Jsonb:
    """Return values for a jsonb column."""
    import orjson

    return Jsonb(values, dumps=lambda given: orjson.dumps(given).decode())
