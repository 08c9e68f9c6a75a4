"""Tasks and their order. Who changes one holds the board's lock (boards.next_seq) until the transaction ends."""

from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row

TASK = """t.id, t.board_id, t.column_id, t.title, t.description, t.due_on, t.priority,
           t.completed_at IS NOT NULL AS completed, t.position, t.version, t.created_at, t.updated_at"""
# Distance between neighbours after renumbering; halving it 40 times stays exact in a double.
STEP = 1024.0
SMALLEST_GAP = 1e-6

GET_TASK = f"""
    SELECT {TASK}
      FROM tasks t
      JOIN board_members m ON m.board_id = t.board_id
     WHERE t.id = %(task_id)s
       AND m.user_id = %(user_id)s
"""  # noqa: S608 - TASK is a constant
LIST_TASKS = f"""
    SELECT {TASK}
      FROM tasks t
      JOIN board_members m ON m.board_id = t.board_id
     WHERE m.user_id = %(user_id)s
       AND (%(column_id)s::uuid IS NULL OR t.column_id = %(column_id)s)
       AND (%(after)s::uuid IS NULL OR t.id > %(after)s)
     ORDER BY t.id
     LIMIT %(limit)s
"""  # noqa: S608 - TASK is a constant
INSERT_TASK = f"""
    INSERT INTO tasks AS t (board_id, column_id, title, description, due_on, priority, position, completed_at)
    SELECT c.board_id, c.id, %(title)s, %(description)s, %(due_on)s, %(priority)s, %(position)s,
           CASE WHEN c.is_done THEN now() END
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
DELETE_TASK = "DELETE FROM tasks WHERE id = %(task_id)s"
GET_COLUMN = """
    SELECT c.id, c.board_id, c.is_done
      FROM columns c
      JOIN board_members m ON m.board_id = c.board_id
     WHERE m.user_id = %(user_id)s
       AND (c.id = %(column_id)s OR %(column_id)s::uuid IS NULL)
     ORDER BY c.board_id, c.position
     LIMIT 1
"""
COLUMN_FOR_STATE = """
    SELECT id
      FROM columns
     WHERE board_id = %(board_id)s
       AND is_done = %(is_done)s
     ORDER BY position
     LIMIT 1
"""
NEIGHBOURS = """
    SELECT id, position
      FROM tasks
     WHERE column_id = %(column_id)s
       AND (%(task_id)s::uuid IS NULL OR id <> %(task_id)s)
     ORDER BY position
"""
RENUMBER = """
    UPDATE tasks t
       SET position = n.number * %(step)s
      FROM (SELECT id, row_number() OVER (ORDER BY position) AS number
              FROM tasks
             WHERE column_id = %(column_id)s) n
     WHERE t.id = n.id
"""


class NoSuchNeighbour(Exception):
    """The task to stand before or after is not in that column."""


def get_task(conn: Connection, *, user_id: UUID, task_id: UUID) -> dict[str, Any] | None:
    """Return a task of the person's boards; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(GET_TASK, {"user_id": user_id, "task_id": task_id}).fetchone()


def list_tasks(
    conn: Connection, *, user_id: UUID, column_id: UUID | None, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Return at most `limit` tasks of the person's boards in the order of their ids, from the one behind `after`."""
    values = {"user_id": user_id, "column_id": column_id, "after": after, "limit": limit}
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST_TASKS, values).fetchall()


def get_column(conn: Connection, *, user_id: UUID, column_id: UUID | None) -> dict[str, Any] | None:
    """Return a column of the person's boards (the first one for None) as id, board_id and is_done; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(GET_COLUMN, {"user_id": user_id, "column_id": column_id}).fetchone()


def column_for(conn: Connection, *, board_id: UUID, is_done: bool) -> UUID | None:
    """Return the board's first column for tasks that are done, or for those that are not."""
    row = conn.execute(COLUMN_FOR_STATE, {"board_id": board_id, "is_done": is_done}).fetchone()
    return row[0] if row else None


def insert_task(conn: Connection, *, column_id: UUID, position: float, values: dict[str, Any]) -> dict[str, Any]:
    """Insert a task at a position and return it."""
    defaults = {"description": "", "due_on": None, "priority": "none"}
    with conn.cursor(row_factory=dict_row) as cur:
        task = cur.execute(INSERT_TASK, {**defaults, **values, "column_id": column_id, "position": position}).fetchone()
    assert task is not None  # noqa: S101 - the caller has seen the column
    return task


def change_task(conn: Connection, *, task_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    """Change the given members of a task and return it."""
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    statement = sql.SQL(
        "UPDATE tasks t SET {}, version = t.version + 1, updated_at = now() WHERE t.id = %(task_id)s RETURNING {}"
    )
    with conn.cursor(row_factory=dict_row) as cur:
        query = statement.format(sql.SQL(", ").join(assignments), sql.SQL(TASK))
        task = cur.execute(query, {**values, "task_id": task_id}).fetchone()
    assert task is not None  # noqa: S101 - the caller has seen the task and holds the board
    return task


def move_task(conn: Connection, *, task_id: UUID, column_id: UUID, position: float) -> dict[str, Any]:
    """Put a task at a position of a column and return it; a done column completes it."""
    with conn.cursor(row_factory=dict_row) as cur:
        task = cur.execute(MOVE_TASK, {"task_id": task_id, "column_id": column_id, "position": position}).fetchone()
    assert task is not None  # noqa: S101 - the caller has seen the task and the column, and holds the board
    return task


def delete_task(conn: Connection, *, task_id: UUID) -> None:
    """Delete a task."""
    conn.execute(DELETE_TASK, {"task_id": task_id})


def find_position(
    conn: Connection, *, column_id: UUID, task_id: UUID | None = None, before_id: UUID | None = None, after_id: UUID | None = None
) -> float:
    """Return a free position before or after a neighbour, at the end without one; renumber the column when no room is left.

    Raises:
        NoSuchNeighbour: The neighbour is not in that column.

    """
    rows = conn.execute(NEIGHBOURS, {"column_id": column_id, "task_id": task_id}).fetchall()
    low, high = gap([(row[0], row[1]) for row in rows], before_id=before_id, after_id=after_id)
    if high is None:
        return (low or 0.0) + STEP
    low = high - 2 * STEP if low is None else low
    if high - low < SMALLEST_GAP:
        conn.execute(RENUMBER, {"column_id": column_id, "step": STEP})
        return find_position(conn, column_id=column_id, task_id=task_id, before_id=before_id, after_id=after_id)
    return (low + high) / 2


def gap(rows: list[tuple[UUID, float]], *, before_id: UUID | None, after_id: UUID | None) -> tuple[float | None, float | None]:
    """Return the positions a task goes between; None stands for the column's start or end."""
    ids = [row[0] for row in rows]
    neighbour = before_id or after_id
    if neighbour is not None and neighbour not in ids:
        raise NoSuchNeighbour
    index = len(rows) if neighbour is None else ids.index(neighbour) + (0 if before_id else 1)
    return rows[index - 1][1] if index else None, rows[index][1] if index < len(rows) else None
