"""Changes of tasks."""

from typing import Any
from uuid import UUID

from taskmanager import services
from taskmanager.changes.change import Change, Row, check_version, on_board
from taskmanager.db import columns, labels, tasks, workspaces
from taskmanager.db.order import NoSuchNeighbour, Order
from taskmanager.errors import AppError, FieldError, Invalid, NotFound
from taskmanager.rules import bodies
from taskmanager.rules import tasks as rules
from taskmanager.rules.tasks import Place


def get(change: Change, task_id: UUID, version: int | None = None) -> Row:
    """Return a task as it is under the lock."""
    task = tasks.get_task(change.conn, user_id=change.user_id, task_id=task_id)
    if task is None:
        raise NotFound("task")
    check_version(version, task)
    return task


def find_position(change: Change, place: Place, *, column_id: UUID, task_id: UUID | None = None) -> float:
    """Return the position for a place, or refuse a neighbour that is not in the column."""
    order = Order(change.conn, table="tasks", parent_name="column_id", parent=column_id, key=task_id)
    try:
        return order.find(before_id=place.before_id, after_id=place.after_id)
    except NoSuchNeighbour:
        pointer = "/before_id" if place.before_id else "/after_id"
        raise Invalid(FieldError(pointer, "is no other task of that column")) from None


def check_room(change: Change, column_id: UUID, *, task_id: UUID | None = None) -> Row:
    """Return a column of the board that may take one more task; an enforced limit refuses it."""
    column = next((row for row in columns.list_columns(change.conn, board_id=change.board_id) if row["id"] == column_id), None)
    if column is None:
        raise Invalid(FieldError("/column_id", "is no column of this board"))
    limit = column["wip_limit"]
    if column["wip_enforced"] and limit:
        standing = columns.count_tasks(change.conn, column_id=column_id, archived=False, but=task_id)
        if standing >= limit:
            detail = f"{column['name']} holds {standing} tasks and takes at most {limit}; finish or move one first."
            raise AppError(409, "Column is full", detail, errors=(FieldError("/column_id", "is a column that is full"),))
    return column


def check_values(change: Change, values: Row, known: Row | None = None) -> None:
    """Refuse labels and people that do not belong to the board, and days in the wrong order."""
    if values.get("labels"):
        there = {row["id"] for row in labels.list_labels(change.conn, board_id=change.board_id)}
        if not set(values["labels"]) <= there:
            raise Invalid(FieldError("/labels", "names a label that is not on this board"))
    if values.get("assignees"):
        there = {row["id"] for row in workspaces.list_members(change.conn, workspace_id=change.workspace_id)}
        if not set(values["assignees"]) <= there:
            raise Invalid(FieldError("/assignees", "names somebody who is not a member of this workspace"))
    try:
        rules.check_days(values, known)
    except bodies.Refused as refused:
        raise Invalid(*(FieldError(pointer, detail) for pointer, detail in refused.faults)) from None


def create_task(*, user_id: UUID, place: Place, values: Row) -> Row:
    """Create a task and return it."""
    with services.current().pool.connection() as conn:
        column = columns.find_column(conn, user_id=user_id, column_id=place.column_id)
    if column is None:
        raise Invalid(FieldError("/column_id", "is no column of your boards"))
    with on_board(user_id, of="board", key=column["board_id"]) as change:
        check_room(change, column["id"])
        check_values(change, values)
        position = find_position(change, place, column_id=column["id"])
        task = tasks.insert_task(change.conn, user_id=user_id, column_id=column["id"], position=position, values=values)
        change.tell("task.created", task_id=task["id"], task=task)
    return task


def change_task(*, user_id: UUID, task_id: UUID, version: int | None, values: Row) -> Row:
    """Change members of a task and return it; completing it moves it to the done column, reopening to the first."""
    with on_board(user_id, of="task", key=task_id) as change:
        return apply(change, get(change, task_id, version), values)


def apply(change: Change, task: Row, values: Row) -> Row:
    """Change members of a task under the lock, and tell."""
    rest = {name: value for name, value in values.items() if name != "completed"}
    check_values(change, rest, task)
    if rest.get("archived") is False and task["archived"]:
        check_room(change, task["column_id"], task_id=task["id"])
    changed = tasks.change_task(change.conn, task_id=task["id"], values=rest) if rest else task
    before = {name: task[name] for name in rest if task[name] != changed[name]}
    kind = "task.updated"
    if values.get("completed", task["completed"]) != task["completed"]:
        changed = complete(change, changed, completed=values["completed"])
        before |= {"column_id": task["column_id"], "position": task["position"], "completed": task["completed"]}
    elif list(before) == ["archived"]:
        kind = "task.archived" if changed["archived"] else "task.restored"
    # Browsers know one event for a changed task; the activity says more exactly what it was.
    change.tell("task.updated", task_id=task["id"], detail=detail_of(kind, before, changed), task=changed)
    return changed


def detail_of(kind: str, before: Row, after: Row) -> Row:
    """Return what the activity keeps of a change: enough to read it, and to undo it."""
    return {"what": kind, "before": before, "after": {name: after[name] for name in before}}


def complete(change: Change, task: Row, *, completed: bool) -> Row:
    """Move a task to the column for tasks that are done, or that are not."""
    rows = columns.list_columns(change.conn, board_id=change.board_id)
    column_id = next((row["id"] for row in rows if row["is_done"] == completed), None)
    if column_id is None:
        raise Invalid(FieldError("/completed", "cannot change: the board has no column for such tasks"))
    check_room(change, column_id, task_id=task["id"])
    position = find_position(change, Place(), column_id=column_id, task_id=task["id"])
    return tasks.move_task(change.conn, task_id=task["id"], column_id=column_id, position=position)


def move_task(*, user_id: UUID, task_id: UUID, version: int | None, place: Place) -> Row:
    """Move a task to a place on its board and return it."""
    with on_board(user_id, of="task", key=task_id) as change:
        return move(change, get(change, task_id, version), place)


def move(change: Change, task: Row, place: Place) -> Row:
    """Move a task under the lock, and tell."""
    column_id = place.column_id or task["column_id"]
    if column_id != task["column_id"]:
        check_room(change, column_id, task_id=task["id"])
    position = find_position(change, place, column_id=column_id, task_id=task["id"])
    moved = tasks.move_task(change.conn, task_id=task["id"], column_id=column_id, position=position)
    before = {"column_id": task["column_id"], "position": task["position"]}
    change.tell("task.moved", task_id=task["id"], detail=detail_of("task.moved", before, moved), task=moved)
    return moved


def delete_task(*, user_id: UUID, task_id: UUID, version: int | None) -> None:
    """Delete a task; it can be had back by undo for a while."""
    with on_board(user_id, of="task", key=task_id) as change:
        delete(change, get(change, task_id, version))


def delete(change: Change, task: Row) -> None:
    """Delete a task under the lock, and tell."""
    tasks.change_task(change.conn, task_id=task["id"], values={"deleted": True})
    change.tell("task.deleted", task_id=task["id"], detail={"what": "task.deleted"}, task={"id": task["id"]})


def change_many(*, user_id: UUID, ids: list[UUID], values: dict[str, Any]) -> list[Row]:
    """Change, move or delete tasks of one board, all of them or none, and return those that are left."""
    with on_board(user_id, of="task", key=ids[0]) as change:
        found = {task["id"]: task for task in tasks.get_tasks(change.conn, board_id=change.board_id, ids=ids)}
        if len(found) < len(ids):
            raise Invalid(FieldError("/ids", "names a task that is not on the same board"))
        if values.get("delete"):
            for key in ids:
                delete(change, found[key])
            return []
        changes = values["changes"]
        if "column_id" in changes:
            place = Place(changes["column_id"])
            found = {key: move(change, found[key], place) for key in ids}
        if changes.keys() - {"column_id"}:
            found = {key: apply(change, found[key], rules.for_task(changes, found[key])) for key in ids}
        return [found[key] for key in ids]
