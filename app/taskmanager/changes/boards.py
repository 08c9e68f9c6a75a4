"""Changes of boards, columns and labels."""

from typing import Any
from uuid import UUID

from taskmanager import services
from taskmanager.changes.change import Change, Row, check_role, check_version, on_board
from taskmanager.db import boards, columns, labels, workspaces
from taskmanager.db.order import Order
from taskmanager.errors import AppError, FieldError, Invalid, NotFound

# Name, WIP limit, whether tasks in it are done.
FIRST_COLUMNS: tuple[tuple[str, int | None, bool], ...] = (
    ("Backlog", None, False),
    ("Ready", None, False),
    ("In progress", 5, False),
    ("Review", None, False),
    ("Done", None, True),
)


def create_board(*, user_id: UUID, workspace_id: UUID, name: str) -> UUID:
    """Create a board with the usual columns and return its id."""
    with services.current().pool.connection() as conn, conn.transaction():
        workspace = workspaces.get_workspace(conn, user_id=user_id, workspace_id=workspace_id)
        if workspace is None:
            raise Invalid(FieldError("/workspace_id", "is no workspace of yours"))
        check_role(workspace["role"], "edit")
        board_id = boards.create_board(conn, workspace_id=workspace_id, name=name)
        for column, wip_limit, is_done in FIRST_COLUMNS:
            values = {"name": column, "wip_limit": wip_limit, "is_done": is_done}
            columns.insert_column(conn, board_id=board_id, values=values)
    return board_id


def rename_board(*, user_id: UUID, board_id: UUID, name: str) -> None:
    """Give a board another name."""
    with on_board(user_id, of="board", key=board_id) as change:
        boards.rename_board(change.conn, board_id=board_id, name=name)
        change.tell("board.updated", board={"id": board_id, "name": name})


def delete_board(*, user_id: UUID, board_id: UUID) -> None:
    """Delete a board."""
    with on_board(user_id, of="board", key=board_id, action="manage") as change:
        boards.delete_board(change.conn, board_id=board_id)
        change.tell("board.deleted", board={"id": board_id})


def create_column(*, user_id: UUID, board_id: UUID, values: Row) -> Row:
    """Add a column to a board and return it."""
    with on_board(user_id, of="board", key=board_id) as change:
        if len(columns.list_columns(change.conn, board_id=board_id)) >= 100:
            raise AppError(409, "Board is full", "A board has at most 100 columns.")
        column = columns.insert_column(change.conn, board_id=board_id, values=values)
        change.tell("column.created", column=column)
    return column


def get_column(change: Change, column_id: UUID) -> Row:
    """Return a column as it is under the lock."""
    for column in columns.list_columns(change.conn, board_id=change.board_id):
        if column["id"] == column_id:
            return column
    raise NotFound("column")


def change_column(*, user_id: UUID, column_id: UUID, version: int | None, values: Row) -> Row:
    """Change members of a column, or its place among the others, and return it."""
    rest = {name: value for name, value in values.items() if name not in {"before_id", "after_id"}}
    with on_board(user_id, of="column", key=column_id) as change:
        before = get_column(change, column_id)
        check_version(version, before)
        if values.get("before_id") or values.get("after_id"):
            place_column(change, column_id, before_id=values.get("before_id"), after_id=values.get("after_id"))
        column = columns.change_column(change.conn, column_id=column_id, values=rest)
        if column["is_done"] != before["is_done"]:
            columns.complete_all(change.conn, column_id=column_id, is_done=column["is_done"])
        everything = columns.list_columns(change.conn, board_id=change.board_id)
        change.tell("column.updated", column=column, columns=everything)
    return column


def place_column(change: Change, column_id: UUID, *, before_id: UUID | None, after_id: UUID | None) -> None:
    """Put a column before or after another one."""
    order = [row["id"] for row in columns.list_columns(change.conn, board_id=change.board_id) if row["id"] != column_id]
    neighbour = before_id or after_id
    if neighbour not in order:
        raise Invalid(FieldError("/before_id" if before_id else "/after_id", "is no other column of this board"))
    order.insert(order.index(neighbour) + (0 if before_id else 1), column_id)
    columns.place_columns(change.conn, ids=order)


def delete_column(*, user_id: UUID, column_id: UUID, move_to: UUID | None) -> None:
    """Delete a column that is empty, or move what is in it to another one first."""
    with on_board(user_id, of="column", key=column_id) as change:
        get_column(change, column_id)
        standing = columns.count_tasks(change.conn, column_id=column_id, archived=True)
        if standing and move_to is None:
            detail = f"{standing} tasks stand in it, those in the archive counted; name a column for them with move_to."
            raise AppError(409, "Column is not empty", detail)
        if move_to is not None:
            if move_to == column_id:
                raise AppError(409, "Same column", "move_to must name another column.")
            target = get_column(change, move_to)
            start = Order(change.conn, table="tasks", parent_name="column_id", parent=move_to).find()
            columns.move_all(change.conn, column_id=column_id, to=target, start=start)
        columns.delete_column(change.conn, column_id=column_id)
        change.tell("column.deleted", column={"id": column_id, "move_to": move_to})


def create_label(*, user_id: UUID, board_id: UUID, values: dict[str, Any]) -> Row:
    """Add a label to a board and return it."""
    with on_board(user_id, of="board", key=board_id) as change:
        if len(labels.list_labels(change.conn, board_id=board_id)) >= 200:
            raise AppError(409, "Board is full", "A board has at most 200 labels.")
        return told(change, labels.insert_label(change.conn, board_id=board_id, **values), "label.created")


def change_label(*, user_id: UUID, label_id: UUID, version: int | None, values: dict[str, Any]) -> Row:
    """Change a label and return it."""
    with on_board(user_id, of="label", key=label_id) as change:
        before = next(row for row in labels.list_labels(change.conn, board_id=change.board_id) if row["id"] == label_id)
        check_version(version, before)
        given = {"name": before["name"], "color": before["color"], **values}
        return told(change, labels.change_label(change.conn, label_id=label_id, **given), "label.updated")


def told(change: Change, label: Row | None, kind: str) -> Row:
    """Tell of a label; None stands for a name that is taken."""
    if label is None:
        raise AppError(409, "Name is taken", "The board has a label of this name.", errors=(FieldError("/name", "is taken"),))
    change.tell(kind, label=label)
    return label


def delete_label(*, user_id: UUID, label_id: UUID) -> None:
    """Delete a label and take it off every task."""
    with on_board(user_id, of="label", key=label_id) as change:
        labels.delete_label(change.conn, board_id=change.board_id, label_id=label_id)
        change.tell("label.deleted", label={"id": label_id})
