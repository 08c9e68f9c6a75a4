"""Boards, their columns and who may see them."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from taskmanager.db.tasks import TASK

# Name, WIP limit, whether tasks in it are done.
FIRST_COLUMNS = (
    ("Backlog", None, False),
    ("Ready", None, False),
    ("In progress", 5, False),
    ("Review", None, False),
    ("Done", None, True),
)

CREATE_BOARD = "INSERT INTO boards (name) VALUES (%(name)s) RETURNING id"
ADD_MEMBER = "INSERT INTO board_members (board_id, user_id, role) VALUES (%(board_id)s, %(user_id)s, 'owner')"
ADD_COLUMN = """
    INSERT INTO columns (board_id, name, position, wip_limit, is_done)
    VALUES (%(board_id)s, %(name)s, %(position)s, %(wip_limit)s, %(is_done)s)
"""
# One row per board: the columns ride along as JSON, so that a board is two statements, sent together.
FIND_BOARD = """
    SELECT b.id, b.name, b.seq,
           (SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'position', c.position,
                                              'wip_limit', c.wip_limit, 'is_done', c.is_done) ORDER BY c.position)
              FROM columns c
             WHERE c.board_id = b.id) AS columns
      FROM boards b
      JOIN board_members m ON m.board_id = b.id
     WHERE m.user_id = %(user_id)s
       AND (%(board_id)s::uuid IS NULL OR b.id = %(board_id)s)
     ORDER BY b.created_at
     LIMIT 1
"""
LIST_BOARD_TASKS = f"""
    SELECT {TASK}
      FROM tasks t
      JOIN columns c ON c.id = t.column_id
     WHERE t.board_id = %(board_id)s
     ORDER BY c.position, t.position
"""  # noqa: S608 - TASK is a constant
SEQ_OF_BOARD = """
    SELECT b.seq
      FROM boards b
      JOIN board_members m ON m.board_id = b.id
     WHERE b.id = %(board_id)s
       AND m.user_id = %(user_id)s
"""
# Changes of a board follow one another: whoever has its row counts its events and is alone with its order.
NEXT_SEQ = "UPDATE boards SET seq = seq + 1 WHERE id = %(board_id)s RETURNING seq"


def create_board(conn: Connection, *, user_id: UUID, name: str = "My board") -> UUID:
    """Create a board with the usual columns that a person owns, and return its id."""
    row = conn.execute(CREATE_BOARD, {"name": name}).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    board_id: UUID = row[0]
    conn.execute(ADD_MEMBER, {"board_id": board_id, "user_id": user_id})
    for position, (column, wip_limit, is_done) in enumerate(FIRST_COLUMNS):
        values = {"board_id": board_id, "name": column, "position": position, "wip_limit": wip_limit, "is_done": is_done}
        conn.execute(ADD_COLUMN, values)
    return board_id


def get_board(conn: Connection, *, user_id: UUID, board_id: UUID | None = None) -> dict[str, Any] | None:
    """Return a board of the person, the first by default, with its columns and tasks in order; None when there is none."""
    # One transaction, so that seq belongs to these very tasks.
    with conn.transaction(), conn.cursor(row_factory=dict_row) as cur:
        cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        board = cur.execute(FIND_BOARD, {"user_id": user_id, "board_id": board_id}).fetchone()
        if board is not None:
            board["tasks"] = cur.execute(LIST_BOARD_TASKS, {"board_id": board["id"]}).fetchall()
    return board


def get_seq(conn: Connection, *, user_id: UUID, board_id: UUID) -> int | None:
    """Return the number of the board's last event; None when the person may not see the board."""
    row = conn.execute(SEQ_OF_BOARD, {"user_id": user_id, "board_id": board_id}).fetchone()
    return row[0] if row else None


def next_seq(conn: Connection, *, board_id: UUID) -> int:
    """Lock the board until the transaction ends and return the number of its next event."""
    row = conn.execute(NEXT_SEQ, {"board_id": board_id}).fetchone()
    assert row is not None  # noqa: S101 - the caller has seen the board
    seq: int = row[0]
    return seq
