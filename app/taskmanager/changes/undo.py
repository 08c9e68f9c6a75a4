"""Undoing what a person did: put back what was moved, archived, deleted or changed, unless somebody touched it since."""

from typing import Any
from uuid import UUID

from taskmanager import services
from taskmanager.changes.change import Change, Row, check_role, on_board
from taskmanager.changes.tasks import check_room, check_values, detail_of
from taskmanager.db import columns, records, tasks
from taskmanager.db.order import Order
from taskmanager.errors import AppError, NotFound

UNDOABLE = ["task.updated", "task.moved", "task.deleted"]


def undo(*, user_id: UUID, board_id: UUID | None, activity_id: UUID | None) -> list[Row]:
    """Undo one change of the person's own, the last on a board or the one named, and return the tasks it concerned."""
    batch: UUID | None = None
    if activity_id:
        with services.current().pool.connection() as conn:
            found = records.batch_of(conn, activity_id=activity_id, user_id=user_id)
        if found is None:
            raise NotFound("change of yours")
        board_id, batch = found
    assert board_id is not None  # noqa: S101 - the view has one of both
    with on_board(user_id, of="board", key=board_id) as change:
        check_role(change.role, "edit")
        batch = batch or records.last_batch(change.conn, board_id=board_id, user_id=user_id, kinds=UNDOABLE)
        entries = records.get_batch(change.conn, board_id=board_id, batch=batch) if batch else []
        if not batch or not entries or any(entry["undone"] or entry["kind"] not in UNDOABLE for entry in entries):
            raise AppError(409, "Nothing to undo", "There is no change of yours here that can be undone.")
        # An undo is no change to be undone in turn.
        change.undoing = True
        restored = {entry["task_id"]: undo_one(change, entry) for entry in entries}
        records.mark_undone(change.conn, batch=batch)
    return list(restored.values())


def undo_one(change: Change, entry: dict[str, Any]) -> Row:
    """Undo one entry and return the task."""
    task_id = entry["task_id"]
    if entry["kind"] == "task.deleted":
        return revive(change, task_id)
    task = next(iter(tasks.get_tasks(change.conn, board_id=change.board_id, ids=[task_id])), None)
    before, after = entry["detail"]["before"], entry["detail"]["after"]
    if task is None or as_told(task, after) != after:
        raise AppError(409, "Changed meanwhile", "Somebody changed the task since; undo would take that back as well.")
    place = {name: before[name] for name in ("column_id", "position") if name in before}
    rest = {name: value for name, value in before.items() if name not in {"column_id", "position", "completed"}}
    check_values(change, {name: ids(rest[name]) for name in ("labels", "assignees") if name in rest})
    if rest:
        task = tasks.change_task(change.conn, task_id=task_id, values=rest)
    if place:
        task = put_back(change, task, UUID(place["column_id"]), place["position"])
    change.tell("task.updated", task_id=task_id, detail=detail_of("task.undone", {}, task), task=task)
    return task


def as_told(task: Row, after: Row) -> Row:
    """Return the members of a task as the activity keeps them."""
    import orjson

    told: Row = orjson.loads(orjson.dumps({name: task[name] for name in after}))
    return told


def ids(values: list[str]) -> list[UUID]:
    """Return ids as they are in the database."""
    return [UUID(value) for value in values]


def revive(change: Change, task_id: UUID) -> Row:
    """Bring a deleted task back to where it was."""
    task = tasks.change_task(change.conn, task_id=task_id, values={"deleted": False})
    check_room(change, task["column_id"], task_id=task_id)
    change.tell("task.created", task_id=task_id, detail={"what": "task.undone"}, task=task)
    return task


def put_back(change: Change, task: Row, column_id: UUID, position: float) -> Row:
    """Put a task back where it stood."""
    if all(column["id"] != column_id for column in columns.list_columns(change.conn, board_id=change.board_id)):
        raise AppError(409, "Changed meanwhile", "The column it stood in is gone.")
    if column_id != task["column_id"]:
        check_room(change, column_id, task_id=task["id"])
    order = Order(change.conn, table="tasks", parent_name="column_id", parent=column_id, key=task["id"])
    return tasks.move_task(change.conn, task_id=task["id"], column_id=column_id, position=order.back_at(position))
