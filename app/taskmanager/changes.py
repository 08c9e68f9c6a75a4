"""Changes of tasks: each is one transaction under the board's lock, then one event."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from taskmanager import events, services
from taskmanager.db import boards, tasks
from taskmanager.errors import FieldError, Invalid, StaleVersion, TaskNotFound
from taskmanager.rules.tasks import Place


@dataclass
class Change:
    """A change under way: its connection and the number its event will have."""

    conn: Connection
    board_id: UUID
    seq: int


@contextmanager
def locked(conn: Connection, board_id: UUID) -> Iterator[Change]:
    """Hold the board for one change."""
    with conn.transaction():
        yield Change(conn, board_id, boards.next_seq(conn, board_id=board_id))


@contextmanager
def locked_task(
    conn: Connection, *, user_id: UUID, task_id: UUID, version: int | None
) -> Iterator[tuple[Change, dict[str, Any]]]:
    """Hold the board of a task and give the task as it is then; refuse a version that is not the current one."""
    seen = tasks.get_task(conn, user_id=user_id, task_id=task_id)
    if seen is None:
        raise TaskNotFound
    with locked(conn, seen["board_id"]) as change:
        task = tasks.get_task(conn, user_id=user_id, task_id=task_id)
        if task is None:
            raise TaskNotFound
        if version is not None and version != task["version"]:
            raise StaleVersion(task["version"])
        yield change, task


def publish(kind: str, change: Change, task: dict[str, Any]) -> None:
    """Publish the event of a change that is committed."""
    events.publish(kind, board_id=change.board_id, seq=change.seq, task=task)


def get_column(conn: Connection, *, user_id: UUID, column_id: UUID | None) -> dict[str, Any]:
    """Return a column the person may use."""
    column = tasks.get_column(conn, user_id=user_id, column_id=column_id)
    if column is None:
        raise Invalid(FieldError("/column_id", "is no column of your boards"))
    return column


def find_position(conn: Connection, place: Place, *, column_id: UUID, task_id: UUID | None = None) -> float:
    """Return the position for a place, or refuse a neighbour that is not in the column."""
    try:
        return tasks.find_position(conn, column_id=column_id, task_id=task_id, before_id=place.before_id, after_id=place.after_id)
    except tasks.NoSuchNeighbour:
        pointer = "/before_id" if place.before_id else "/after_id"
        raise Invalid(FieldError(pointer, "is no other task of that column")) from None


def create_task(*, user_id: UUID, place: Place, values: dict[str, Any]) -> dict[str, Any]:
    """Create a task and return it."""
    with services.current().pool.connection() as conn:
        column = get_column(conn, user_id=user_id, column_id=place.column_id)
        with locked(conn, column["board_id"]) as change:
            position = find_position(conn, place, column_id=column["id"])
            task = tasks.insert_task(conn, column_id=column["id"], position=position, values=values)
    publish("task.created", change, task)
    return task


def change_task(*, user_id: UUID, task_id: UUID, version: int | None, values: dict[str, Any]) -> dict[str, Any]:
    """Change members of a task and return it; completing it moves it to the done column, reopening to the first."""
    completed = values.pop("completed", None)
    with (
        services.current().pool.connection() as conn,
        locked_task(conn, user_id=user_id, task_id=task_id, version=version) as (change, task),
    ):
        if values:
            task = tasks.change_task(conn, task_id=task_id, values=values)
        if completed is not None and completed != task["completed"]:
            task = complete(change, task, completed=completed)
    publish("task.updated", change, task)
    return task


def complete(change: Change, task: dict[str, Any], *, completed: bool) -> dict[str, Any]:
    """Move a task to the column for tasks that are done, or that are not."""
    column_id = tasks.column_for(change.conn, board_id=change.board_id, is_done=completed)
    if column_id is None:
        raise Invalid(FieldError("/completed", "cannot change: the board has no column for such tasks"))
    position = tasks.find_position(change.conn, column_id=column_id, task_id=task["id"])
    return tasks.move_task(change.conn, task_id=task["id"], column_id=column_id, position=position)


def move_task(*, user_id: UUID, task_id: UUID, version: int | None, place: Place) -> dict[str, Any]:
    """Move a task to a place on its board and return it."""
    with (
        services.current().pool.connection() as conn,
        locked_task(conn, user_id=user_id, task_id=task_id, version=version) as (change, task),
    ):
        column = get_column(conn, user_id=user_id, column_id=place.column_id or task["column_id"])
        if column["board_id"] != change.board_id:
            raise Invalid(FieldError("/column_id", "is a column of another board"))
        position = find_position(conn, place, column_id=column["id"], task_id=task_id)
        moved = tasks.move_task(conn, task_id=task_id, column_id=column["id"], position=position)
    publish("task.moved", change, moved)
    return moved


def delete_task(*, user_id: UUID, task_id: UUID, version: int | None) -> None:
    """Delete a task."""
    with (
        services.current().pool.connection() as conn,
        locked_task(conn, user_id=user_id, task_id=task_id, version=version) as (change, _),
    ):
        tasks.delete_task(conn, task_id=task_id)
    publish("task.deleted", change, {"id": task_id})
