"""What hangs on a task: checklist items and comments. Who changes one holds the board's lock."""

from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row

ITEM = "id, task_id, title, done, position"
COMMENT = "c.id, c.task_id, c.user_id, u.name AS user_name, c.body, c.mentions, c.version, c.created_at, c.updated_at"
LIST_ITEMS = f"SELECT {ITEM} FROM checklist_items WHERE task_id = %(task_id)s ORDER BY position"  # noqa: S608
GET_ITEM = f"SELECT {ITEM} FROM checklist_items WHERE id = %(item_id)s"  # noqa: S608
INSERT_ITEM = f"""
    INSERT INTO checklist_items (task_id, title, done, position)
    VALUES (%(task_id)s, %(title)s, %(done)s, %(position)s)
 RETURNING {ITEM}
"""  # noqa: S608 - ITEM is a constant
DELETE_ITEM = "DELETE FROM checklist_items WHERE id = %(item_id)s"
LIST_COMMENTS = f"""
    SELECT {COMMENT}
      FROM comments c
      LEFT JOIN users u ON u.id = c.user_id
     WHERE c.task_id = %(task_id)s
     ORDER BY c.created_at, c.id
"""  # noqa: S608 - COMMENT is a constant
GET_COMMENT = f"SELECT {COMMENT} FROM comments c LEFT JOIN users u ON u.id = c.user_id WHERE c.id = %(comment_id)s"  # noqa: S608
INSERT_COMMENT = """
    INSERT INTO comments (task_id, user_id, body, mentions)
    VALUES (%(task_id)s, %(user_id)s, %(body)s, %(mentions)s::uuid[])
 RETURNING id
"""
CHANGE_COMMENT = """
    UPDATE comments
       SET body = %(body)s, mentions = %(mentions)s::uuid[], version = version + 1, updated_at = now()
     WHERE id = %(comment_id)s
"""
DELETE_COMMENT = "DELETE FROM comments WHERE id = %(comment_id)s"

Row = dict[str, Any]


def list_items(conn: Connection, *, task_id: UUID) -> list[Row]:
    """Return the checklist of a task in order."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST_ITEMS, {"task_id": task_id}).fetchall()


def get_item(conn: Connection, *, item_id: UUID) -> Row | None:
    """Return an item; None when it is gone."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(GET_ITEM, {"item_id": item_id}).fetchone()


def insert_item(conn: Connection, *, task_id: UUID, title: str, done: bool, position: float) -> Row:
    """Add an item and return it."""
    values = {"task_id": task_id, "title": title, "done": done, "position": position}
    with conn.cursor(row_factory=dict_row) as cur:
        item = cur.execute(INSERT_ITEM, values).fetchone()
    assert item is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return item


def change_item(conn: Connection, *, item_id: UUID, values: Row) -> Row:
    """Change the given members of an item and return it."""
    assignments = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values]
    query = sql.SQL("UPDATE checklist_items SET {} WHERE id = %(item_id)s RETURNING {}")
    with conn.cursor(row_factory=dict_row) as cur:
        statement = query.format(sql.SQL(", ").join(assignments), sql.SQL(ITEM))
        item = cur.execute(statement, {**values, "item_id": item_id}).fetchone()
    assert item is not None  # noqa: S101 - the caller has seen it and holds the board
    return item


def delete_item(conn: Connection, *, item_id: UUID) -> None:
    """Delete an item."""
    conn.execute(DELETE_ITEM, {"item_id": item_id})


def list_comments(conn: Connection, *, task_id: UUID) -> list[Row]:
    """Return the comments of a task, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST_COMMENTS, {"task_id": task_id}).fetchall()


def get_comment(conn: Connection, *, comment_id: UUID) -> Row | None:
    """Return a comment; None when it is gone."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(GET_COMMENT, {"comment_id": comment_id}).fetchone()


def insert_comment(conn: Connection, *, task_id: UUID, user_id: UUID | None, body: str, mentions: list[UUID]) -> UUID:
    """Add a comment and return its id."""
    values = {"task_id": task_id, "user_id": user_id, "body": body, "mentions": mentions}
    row = conn.execute(INSERT_COMMENT, values).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    comment_id: UUID = row[0]
    return comment_id


def change_comment(conn: Connection, *, comment_id: UUID, body: str, mentions: list[UUID]) -> None:
    """Change the text of a comment."""
    conn.execute(CHANGE_COMMENT, {"comment_id": comment_id, "body": body, "mentions": mentions})


def delete_comment(conn: Connection, *, comment_id: UUID) -> None:
    """Delete a comment."""
    conn.execute(DELETE_COMMENT, {"comment_id": comment_id})
