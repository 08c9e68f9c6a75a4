"""Columns of a board, in order. Who changes one holds the board's lock."""

from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row

COLUMN = "c.id, c.board_id, c.name, c.position, c.wip_limit, c.wip_enforced, c.is_done, c.version"
INSERT = f"""
    INSERT INTO columns AS c (board_id, name, position, wip_limit, wip_enforced, is_done)
    VALUES (%(board_id)s, %(name)s, (SELECT coalesce(max(position) + 1, 0) FROM columns WHERE board_id = %(board_id)s),
            %(wip_limit)s, %(wip_enforced)s, %(is_done)s)
 RETURNING {COLUMN}
"""  # noqa: S608 - COLUMN is a constant
LIST = f"SELECT {COLUMN} FROM columns c WHERE c.board_id = %(board_id)s ORDER BY c.position"  # noqa: S608
BOARD_OF_COLUMN = """
    SELECT c.id, c.board_id
      FROM columns c
      JOIN boards b ON b.id = c.board_id
      JOIN workspace_members m ON m.workspace_id = b.workspace_id
     WHERE m.user_id = %(user_id)s
       AND b.deleted_at IS NULL
       AND (c.id = %(column_id)s OR %(column_id)s::uuid IS NULL)
     ORDER BY b.created_at, b.id, c.position
     LIMIT 1
"""
PLACE = "UPDATE columns SET position = %(position)s WHERE id = %(id)s"
DELETE = "DELETE FROM columns WHERE id = %(column_id)s"
COUNT_TASKS = """
    SELECT count(*)
      FROM tasks
     WHERE column_id = %(column_id)s
       AND id IS DISTINCT FROM %(task_id)s
       AND deleted_at IS NULL
       AND (archived_at IS NULL OR %(archived)s)
"""
MOVE_ALL = """
    UPDATE tasks t
       SET column_id = %(to_id)s, position = %(start)s + n.number * 1024.0, version = t.version + 1, updated_at = now(),
           completed_at = CASE WHEN %(is_done)s THEN coalesce(t.completed_at, now()) END
      FROM (SELECT id, row_number() OVER (ORDER BY position) AS number
              FROM tasks
             WHERE column_id = %(column_id)s) n
     WHERE t.id = n.id
"""
COMPLETE_ALL = """
    UPDATE tasks
       SET completed_at = CASE WHEN %(is_done)s THEN coalesce(completed_at, now()) END, version = version + 1
     WHERE column_id = %(column_id)s
       AND completed_at IS NULL = %(is_done)s
"""

Row = dict[str, Any]


def insert_column(conn: Connection, *, board_id: UUID, values: Row) -> Row:
    """Add a column at the end and return it."""
    given: Row = {"wip_limit": None, "wip_enforced": False, "is_done": False}
    with conn.cursor(row_factory=dict_row) as cur:
        column = cur.execute(INSERT, {**given, **values, "board_id": board_id}).fetchone()
    assert column is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return column


def list_columns(conn: Connection, *, board_id: UUID) -> list[Row]:
    """Return the columns of a board in order."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"board_id": board_id}).fetchall()


def find_column(conn: Connection, *, user_id: UUID, column_id: UUID | None) -> Row | None:
    """Return id and board_id of a column of the person's boards, the very first one for None; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(BOARD_OF_COLUMN, {"user_id": user_id, "column_id": column_id}).fetchone()


def change_column(conn: Connection, *, column_id: UUID, values: Row) -> Row:
    """Change the given members of a column and return it."""
    assignments = [sql.SQL("{} = {}, ").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    query = sql.SQL("UPDATE columns c SET {} version = c.version + 1 WHERE c.id = %(column_id)s RETURNING {}")
    with conn.cursor(row_factory=dict_row) as cur:
        statement = query.format(sql.SQL("").join(assignments), sql.SQL(COLUMN))
        column = cur.execute(statement, {**values, "column_id": column_id}).fetchone()
    assert column is not None  # noqa: S101 - the caller has seen it and holds the board
    return column


def place_columns(conn: Connection, *, ids: list[UUID]) -> None:
    """Put all columns of a board in this order."""
    conn.execute("SET CONSTRAINTS columns_place DEFERRED")
    with conn.cursor() as cur:
        cur.executemany(PLACE, [{"id": key, "position": position} for position, key in enumerate(ids)])


def count_tasks(conn: Connection, *, column_id: UUID, archived: bool, but: UUID | None = None) -> int:
    """Return how many tasks stand in a column, with those in the archive or without, and without one of them."""
    row = conn.execute(COUNT_TASKS, {"column_id": column_id, "archived": archived, "task_id": but}).fetchone()
    return row[0] if row else 0


def complete_all(conn: Connection, *, column_id: UUID, is_done: bool) -> None:
    """Complete every task of a column, or reopen it."""
    conn.execute(COMPLETE_ALL, {"column_id": column_id, "is_done": is_done})


def move_all(conn: Connection, *, column_id: UUID, to: Row, start: float) -> None:
    """Move everything in a column behind what is in another one."""
    values = {"column_id": column_id, "to_id": to["id"], "is_done": to["is_done"], "start": start}
    conn.execute(MOVE_ALL, values)


def delete_column(conn: Connection, *, column_id: UUID) -> None:
    """Delete a column and what was deleted in it."""
    conn.execute(DELETE, {"column_id": column_id})
