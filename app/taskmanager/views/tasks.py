"""The API of tasks."""

import base64
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response

from taskmanager import services
from taskmanager.changes import tasks as changes
from taskmanager.changes.undo import undo as undo_change
from taskmanager.db import attachments, details, records, tasks
from taskmanager.errors import AppError, FieldError, Invalid, NotFound
from taskmanager.rules import markdown
from taskmanager.rules import tasks as rules
from taskmanager.rules.bodies import FLAG, ID, Field, Refused, choice, each, read, whole
from taskmanager.rules.search import query_of
from taskmanager.views.api import Api, Asked, answer, answer_versioned, expected_version, no_content, refusing

api = Api("tasks")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACTIVITY_SHOWN = 50


def read_cursor(value: object) -> tuple[datetime, UUID]:
    """Return the place in a list that a cursor stands for."""
    try:
        raw = base64.urlsafe_b64decode(str(value).encode())
        (microseconds,) = struct.unpack(">q", raw[:8])
        return EPOCH + timedelta(microseconds=microseconds), UUID(bytes=raw[8:])
    except (ValueError, struct.error, OverflowError):
        raise ValueError("must be one from the page before") from None


def cursor_of(task: dict[str, Any]) -> str:
    """Return the cursor behind a task."""
    microseconds = (task["created_at"] - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(struct.pack(">q", microseconds) + task["id"].bytes).decode()


LIST = {
    **rules.FILTER,
    "archived": choice("true", "false", "any"),
    "limit": whole(1, 200),
    "cursor": Field(read_cursor, {"type": "string"}),
}


@api.route("GET", "/tasks", query=LIST, answer="TaskPage")
def list_tasks(asked: Asked) -> Response:
    """Find tasks on all your boards, newest first."""
    wanted = dict(asked.query)
    limit = wanted.pop("limit", 50)
    archived = {"true": True, "false": False, "any": None}[wanted.pop("archived", "false")]
    if "cursor" in wanted:
        wanted["after_at"], wanted["after"] = wanted.pop("cursor")
    if "q" in wanted:
        wanted["q"] = query_of(wanted["q"])
        if not wanted["q"]:
            del wanted["q"]
    with services.current().pool.connection() as conn:
        rows = tasks.list_tasks(conn, user_id=asked.user_id, limit=limit + 1, archived=archived, wanted=wanted)
    page, cursor = rows[:limit], cursor_of(rows[limit - 1]) if len(rows) > limit else None
    response = answer({"tasks": page, "next_cursor": cursor})
    if cursor:
        response.headers["Link"] = f'<{next_page(asked.query, cursor)}>; rel="next"'
    return response


def next_page(query: dict[str, Any], cursor: str) -> str:
    """Return the address of the page behind."""
    return f"/api/v1/tasks?{urlencode({**query, 'cursor': cursor})}"


@api.route("POST", "/tasks", body=rules.NEW, required=("title",), status=201, answer="Task")
def create_task(asked: Asked) -> Response:
    """Create a task, at the end of a column or beside another task."""
    place = refusing(lambda: rules.place_of(asked.values))
    values = {name: value for name, value in asked.values.items() if name not in rules.PLACED}
    task = changes.create_task(user_id=asked.user_id, place=place, values=values)
    return answer_versioned(task, 201, Location=f"/api/v1/tasks/{task['id']}")


@api.route("GET", "/tasks/<uuid:task_id>", answer="TaskDetail")
def get_task(asked: Asked, task_id: UUID) -> Response:
    """Read a task with everything on it."""
    with services.current().pool.connection() as conn:
        task = tasks.get_task(conn, user_id=asked.user_id, task_id=task_id)
        if task is None:
            raise NotFound("task")
        return answer_versioned(
            task
            | {
                "description_html": markdown.render(task["description"]),
                "checklist": details.list_items(conn, task_id=task_id),
                "comments": [shown(row) for row in details.list_comments(conn, task_id=task_id)],
                "attachments": attachments.list_attachments(conn, task_id=task_id),
                "activity": records.list_activity(conn, task_id=task_id, before=None, limit=ACTIVITY_SHOWN),
            }
        )


def shown(comment: dict[str, Any]) -> dict[str, Any]:
    """Return a comment with its text as HTML too."""
    return comment | {"body_html": markdown.render(comment["body"])}


@api.route("PATCH", "/tasks/<uuid:task_id>", body=rules.CHANGEABLE, answer="Task", versioned=True)
def change_task(asked: Asked, task_id: UUID) -> Response:
    """Change members of a task; a change of the description needs If-Match."""
    version = expected_version(needed_for="description" if "description" in asked.values else "")
    return answer_versioned(changes.change_task(user_id=asked.user_id, task_id=task_id, version=version, values=asked.values))


@api.route("DELETE", "/tasks/<uuid:task_id>", status=204, versioned=True)
def delete_task(asked: Asked, task_id: UUID) -> Response:
    """Delete a task; undo brings it back."""
    changes.delete_task(user_id=asked.user_id, task_id=task_id, version=expected_version())
    return no_content()


@api.route("POST", "/tasks/<uuid:task_id>/move", body=rules.PLACED, answer="Task", versioned=True)
def move_task(asked: Asked, task_id: UUID) -> Response:
    """Move a task to a place on its board."""
    place = refusing(lambda: rules.place_of(asked.values))
    return answer_versioned(changes.move_task(user_id=asked.user_id, task_id=task_id, version=expected_version(), place=place))


@api.route("GET", "/tasks/<uuid:task_id>/activity", query={"before": whole(1, 10**15), "limit": whole(1, 200)}, answer="Activity")
def list_activity(asked: Asked, task_id: UUID) -> Response:
    """Read what happened to a task, newest first; `before` is the seq of the last entry you have."""
    limit = asked.query.get("limit", ACTIVITY_SHOWN)
    with services.current().pool.connection() as conn:
        if tasks.get_task(conn, user_id=asked.user_id, task_id=task_id) is None:
            raise NotFound("task")
        rows = records.list_activity(conn, task_id=task_id, before=asked.query.get("before"), limit=limit)
    return answer({"activity": rows})


def read_change(value: object) -> dict[str, Any]:
    """Return the members that a bulk change sets on every task."""
    try:
        return read(value, rules.BULK_CHANGE)
    except Refused as refused:
        raise ValueError("; ".join(f"{pointer[1:]} {detail}".strip() for pointer, detail in refused.faults)) from None


BULK = {
    "ids": each(ID, rules.BULK_MAX, least=1),
    "changes": Field(read_change, {"$ref": "#/components/schemas/BulkChange"}),
    "delete": FLAG,
}


@api.route("POST", "/tasks/bulk", body=BULK, required=("ids",), answer="Tasks")
def change_many(asked: Asked) -> Response:
    """Change, move or delete up to 200 tasks of one board, all of them or none."""
    if not asked.values.get("delete") and not asked.values.get("changes"):
        raise Invalid(FieldError("", "must hold changes or delete"))
    return answer({"tasks": changes.change_many(user_id=asked.user_id, ids=asked.values["ids"], values=asked.values)})


@api.route("POST", "/undo", body={"board_id": ID, "activity_id": ID}, answer="Tasks")
def undo(asked: Asked) -> Response:
    """Undo your last change on a board, or the one an entry of activity names."""
    if len(asked.values) != 1:
        raise AppError(
            422, "Invalid values", "Name either board_id or activity_id.", errors=(FieldError("", "must hold one id"),)
        )
    given: dict[str, UUID | None] = {"board_id": None, "activity_id": None, **asked.values}
    return answer({"tasks": undo_change(user_id=asked.user_id, **given)})
