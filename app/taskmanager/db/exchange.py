"""Whole boards, as they are exported and imported."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

ALL_TASKS = """
    SELECT t.id, t.column_id, t.title, t.description, t.priority, t.start_on, t.due_on, t.archived_at IS NOT NULL AS archived,
           t.label_ids AS labels, t.assignee_ids AS assignees
      FROM tasks t
      JOIN columns c ON c.id = t.column_id
     WHERE t.board_id = %(board_id)s
       AND t.deleted_at IS NULL
     ORDER BY c.position, t.position
"""
ALL_ITEMS = """
    SELECT i.task_id, i.title, i.done
      FROM checklist_items i
      JOIN tasks t ON t.id = i.task_id
     WHERE t.board_id = %(board_id)s
     ORDER BY i.task_id, i.position
"""
ALL_COMMENTS = """
    SELECT i.task_id, u.email AS author, i.body, i.created_at
      FROM comments i
      JOIN tasks t ON t.id = i.task_id
      LEFT JOIN users u ON u.id = i.user_id
     WHERE t.board_id = %(board_id)s
     ORDER BY i.task_id, i.created_at, i.id
"""
INSERT_TASK = """
    INSERT INTO tasks (id, board_id, column_id, title, description, priority, start_on, due_on, label_ids, assignee_ids,
                       created_by, position, completed_at, archived_at, checklist_done, checklist_total, comment_count)
    VALUES (%(id)s, %(board_id)s, %(column_id)s, %(title)s, %(description)s, %(priority)s, %(start_on)s, %(due_on)s,
            %(labels)s::uuid[], %(assignees)s::uuid[], %(user_id)s, %(position)s, CASE WHEN %(is_done)s THEN now() END,
            CASE WHEN %(archived)s THEN now() END, %(checklist_done)s, %(checklist_total)s, %(comment_count)s)
"""
INSERT_ITEM = """
    INSERT INTO checklist_items (task_id, title, done, position)
    VALUES (%(task_id)s, %(title)s, %(done)s, %(position)s)
"""
INSERT_COMMENT = """
    INSERT INTO comments (task_id, user_id, body, created_at)
    VALUES (%(task_id)s, %(user_id)s, %(body)s, coalesce(%(created_at)s, now()))
"""

Row = dict[str, Any]


def read_all(conn: Connection, *, board_id: UUID) -> tuple[list[Row], list[Row], list[Row]]:
    """Return all tasks of a board in order, all checklist items and all comments."""
    with conn.cursor(row_factory=dict_row) as cur:
        values = {"board_id": board_id}
        tasks = cur.execute(ALL_TASKS, values).fetchall()
        items = cur.execute(ALL_ITEMS, values).fetchall()
        return tasks, items, cur.execute(ALL_COMMENTS, values).fetchall()


def insert_all(conn: Connection, *, tasks: list[Row], items: list[Row], comments: list[Row]) -> None:
    """Write tasks with what hangs on them."""
    with conn.cursor() as cur:
        cur.executemany(INSERT_TASK, tasks)
        cur.executemany(INSERT_ITEM, items)
        cur.executemany(INSERT_COMMENT, comments)
