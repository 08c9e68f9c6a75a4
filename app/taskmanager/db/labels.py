"""Labels of a board. Who changes one holds the board's lock."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

LABEL = "id, board_id, name, color, version"
LIST = f"SELECT {LABEL} FROM labels WHERE board_id = %(board_id)s ORDER BY lower(name)"  # noqa: S608
INSERT = f"""
    INSERT INTO labels (board_id, name, color)
    VALUES (%(board_id)s, %(name)s, %(color)s)
        ON CONFLICT (board_id, lower(name)) DO NOTHING
 RETURNING {LABEL}
"""  # noqa: S608 - LABEL is a constant
UPDATE = f"""
    UPDATE labels l
       SET name = %(name)s, color = %(color)s, version = version + 1
     WHERE id = %(label_id)s
       AND NOT EXISTS (SELECT 1
                         FROM labels o
                        WHERE o.board_id = l.board_id
                          AND o.id <> l.id
                          AND lower(o.name) = lower(%(name)s))
 RETURNING {LABEL}
"""  # noqa: S608 - LABEL is a constant
TAKE_OFF = """
    UPDATE tasks
       SET label_ids = array_remove(label_ids, %(label_id)s), version = version + 1
     WHERE board_id = %(board_id)s
       AND label_ids @> ARRAY[%(label_id)s]::uuid[]
"""
DELETE = "DELETE FROM labels WHERE id = %(label_id)s"

Row = dict[str, Any]


def list_labels(conn: Connection, *, board_id: UUID) -> list[Row]:
    """Return the labels of a board by name."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"board_id": board_id}).fetchall()


def insert_label(conn: Connection, *, board_id: UUID, name: str, color: str) -> Row | None:
    """Add a label and return it; None when the name is taken."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(INSERT, {"board_id": board_id, "name": name, "color": color}).fetchone()


def change_label(conn: Connection, *, label_id: UUID, name: str, color: str) -> Row | None:
    """Change a label and return it; None when the name is taken."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(UPDATE, {"label_id": label_id, "name": name, "color": color}).fetchone()


def delete_label(conn: Connection, *, board_id: UUID, label_id: UUID) -> None:
    """Delete a label and take it off every task."""
    conn.execute(TAKE_OFF, {"board_id": board_id, "label_id": label_id})
    conn.execute(DELETE, {"label_id": label_id})
