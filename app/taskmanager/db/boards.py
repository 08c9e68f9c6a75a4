"""Boards and who may see them. Whoever changes one holds its row, and with it everything on the board."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row, namedtuple_row

from taskmanager.db.tasks import TASK, task_row

BOARD = "b.id, b.workspace_id, b.name, b.seq, m.role"
MINE = """
      JOIN workspace_members m ON m.workspace_id = b.workspace_id
     WHERE m.user_id = %(user_id)s
       AND b.deleted_at IS NULL"""
CREATE_BOARD = "INSERT INTO boards (workspace_id, name) VALUES (%(workspace_id)s, %(name)s) RETURNING id"
LIST_BOARDS = f"""
    SELECT {BOARD}
      FROM boards b
      {MINE}
       AND (%(workspace_id)s::uuid IS NULL OR b.workspace_id = %(workspace_id)s)
     ORDER BY b.created_at, b.id
     LIMIT 500
"""  # noqa: S608 - constants
# One row per board: what surrounds the tasks rides along as JSON, so that a board is two statements.
FIND_BOARD = f"""
    SELECT {BOARD},
           (SELECT coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'position', c.position,
                       'wip_limit', c.wip_limit, 'wip_enforced', c.wip_enforced, 'is_done', c.is_done,
                       'version', c.version) ORDER BY c.position), '[]')
              FROM columns c
             WHERE c.board_id = b.id) AS columns,
           (SELECT coalesce(json_agg(json_build_object('id', l.id, 'name', l.name, 'color', l.color, 'version', l.version)
                       ORDER BY lower(l.name)), '[]')
              FROM labels l
             WHERE l.board_id = b.id) AS labels,
           (SELECT json_agg(json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'role', o.role)
                       ORDER BY lower(u.name), u.id)
              FROM workspace_members o
              JOIN users u ON u.id = o.user_id
             WHERE o.workspace_id = b.workspace_id) AS members
      FROM boards b
      {MINE}
       AND (%(board_id)s::uuid IS NULL OR b.id = %(board_id)s)
     ORDER BY b.created_at, b.id
     LIMIT 1
"""  # noqa: S608 - constants
LIST_BOARD_TASKS = f"""
    SELECT {TASK}
      FROM tasks t
     WHERE t.board_id = %(board_id)s
       AND t.archived_at IS NULL
       AND t.deleted_at IS NULL
     ORDER BY t.column_id, t.position
"""  # noqa: S608 - TASK is a constant
HEAD_OF_BOARD = f"""
    SELECT {BOARD}
      FROM boards b
      {MINE}
       AND (%(board_id)s::uuid IS NULL OR b.id = %(board_id)s)
     ORDER BY b.created_at, b.id
     LIMIT 1
"""  # noqa: S608 - constants
# Changes of a board follow one another: whoever has its row counts its events and is alone with its order.
LOCK = """
    UPDATE boards b
       SET seq = b.seq + 1
      FROM workspace_members m
     WHERE b.id = {of}
       AND b.deleted_at IS NULL
       AND m.workspace_id = b.workspace_id
       AND m.user_id = %(user_id)s
 RETURNING b.id AS board_id, b.workspace_id, b.seq, m.role, b.name
"""
BOARD_OF = {
    "board": "%(id)s",
    "task": "(SELECT board_id FROM tasks WHERE id = %(id)s AND deleted_at IS NULL)",
    "any_task": "(SELECT board_id FROM tasks WHERE id = %(id)s)",
    "column": "(SELECT board_id FROM columns WHERE id = %(id)s)",
    "label": "(SELECT board_id FROM labels WHERE id = %(id)s)",
    **{
        name: f"(SELECT t.board_id FROM {table} i JOIN tasks t ON t.id = i.task_id WHERE i.id = %(id)s AND t.deleted_at IS NULL)"  # noqa: S608
        for name, table in (("item", "checklist_items"), ("comment", "comments"), ("attachment", "attachments"))
    },
}
ADD_SEQ = "UPDATE boards SET seq = seq + %(number)s WHERE id = %(board_id)s"
RENAME = "UPDATE boards SET name = %(name)s WHERE id = %(board_id)s"
DELETE = "UPDATE boards SET deleted_at = now() WHERE id = %(board_id)s"
PURGE = "DELETE FROM boards WHERE deleted_at < now() - %(days)s * interval '1 day'"
# Every workspace has an owner.
WITH_OWNER = """
    SELECT DISTINCT ON (b.created_at, b.id) b.id, m.user_id
      FROM boards b
      JOIN workspace_members m ON m.workspace_id = b.workspace_id AND m.role = 'owner'
     WHERE b.deleted_at IS NULL
     ORDER BY b.created_at, b.id, m.user_id
"""
BOARDS_OF_WORKSPACE = "SELECT id FROM boards WHERE workspace_id = %(workspace_id)s AND deleted_at IS NULL ORDER BY id"


def create_board(conn: Connection, *, workspace_id: UUID, name: str) -> UUID:
    """Create an empty board and return its id."""
    row = conn.execute(CREATE_BOARD, {"workspace_id": workspace_id, "name": name}).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    board_id: UUID = row[0]
    return board_id


def list_boards(conn: Connection, *, user_id: UUID, workspace_id: UUID | None) -> list[dict[str, Any]]:
    """Return the heads of the person's boards, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST_BOARDS, {"user_id": user_id, "workspace_id": workspace_id}).fetchall()


def get_head(conn: Connection, *, user_id: UUID, board_id: UUID | None) -> dict[str, Any] | None:
    """Return the head of a board of the person, the first by default; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(HEAD_OF_BOARD, {"user_id": user_id, "board_id": board_id}).fetchone()


def get_board(conn: Connection, *, user_id: UUID, board_id: UUID | None = None) -> dict[str, Any] | None:
    """Return a board of the person, the first by default, with all that is on it; None when there is none."""
    # One transaction, so that seq belongs to these very tasks.
    with conn.transaction(), conn.cursor(row_factory=dict_row) as cur:
        cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        board = cur.execute(FIND_BOARD, {"user_id": user_id, "board_id": board_id}).fetchone()
        if board is None:
            return None
        with conn.cursor(row_factory=task_row) as tasks_cur:
            tasks = tasks_cur.execute(LIST_BOARD_TASKS, {"board_id": board["id"]}).fetchall()
    order = {column["id"]: index for index, column in enumerate(board["columns"])}
    board["tasks"] = sorted(tasks, key=lambda task: order[str(task["column_id"])])
    return board


def get_seq(conn: Connection, *, user_id: UUID, board_id: UUID) -> int | None:
    """Return the number of the board's last event; None when the person may not see the board."""
    head = get_head(conn, user_id=user_id, board_id=board_id)
    return head["seq"] if head else None


def lock(conn: Connection, *, user_id: UUID, of: str, key: UUID) -> Any | None:  # noqa: ANN401 - a named tuple
    """Lock a board, or the board of a thing on it, until the transaction ends.

    Return board_id, workspace_id, the number of its next event as seq, the person's role and the name; None for a stranger.
    """
    with conn.cursor(row_factory=namedtuple_row) as cur:
        return cur.execute(LOCK.format(of=BOARD_OF[of]), {"user_id": user_id, "id": key}).fetchone()


def add_seq(conn: Connection, *, board_id: UUID, number: int) -> None:
    """Count more events of a locked board, or fewer."""
    conn.execute(ADD_SEQ, {"board_id": board_id, "number": number})


def rename_board(conn: Connection, *, board_id: UUID, name: str) -> None:
    """Give a board another name."""
    conn.execute(RENAME, {"board_id": board_id, "name": name})


def delete_board(conn: Connection, *, board_id: UUID) -> None:
    """Put a board where nobody sees it; a job removes it later."""
    conn.execute(DELETE, {"board_id": board_id})


def ids_of_workspace(conn: Connection, *, workspace_id: UUID) -> list[UUID]:
    """Return the boards of a workspace."""
    return [row[0] for row in conn.execute(BOARDS_OF_WORKSPACE, {"workspace_id": workspace_id})]


def list_with_owner(conn: Connection) -> list[dict[str, Any]]:
    """Return every board's id with the id of an owner, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(WITH_OWNER).fetchall()


def skip_numbers(conn: Connection, *, number: int) -> int:
    """Let every board's next change be that many numbers further; return how many boards there are."""
    return conn.execute("UPDATE boards SET seq = seq + %s", [number]).rowcount


def purge(conn: Connection, *, days: int) -> int:
    """Remove for good what was deleted that long ago; return how much."""
    return conn.execute(PURGE, {"days": days}).rowcount
