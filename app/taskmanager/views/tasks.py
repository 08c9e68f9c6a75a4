"""The API of boards and tasks, /api/v1."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
from flask import Blueprint, Response, request

from taskmanager import changes, services
from taskmanager.db import boards, tasks
from taskmanager.errors import AppError, FieldError, Invalid, TaskNotFound
from taskmanager.rules import tasks as rules
from taskmanager.views import person

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
BODY_TYPES = {"application/json", "application/merge-patch+json"}
PAGE_MAX = 200
T = TypeVar("T")


def answer(data: object, status: int = 200, **headers: str) -> Response:
    """Return data as JSON."""
    response = Response(orjson.dumps(data), status, content_type="application/json")
    response.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def answer_task(task: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """Return a task with its version as strong ETag; 304 to a reader who has it."""
    response = answer(task, status, **headers)
    response.set_etag(str(task["version"]))
    if request.method == "GET":
        response.make_conditional(request)
    return response


def body(readers: Mapping[str, rules.Reader], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the checked members of the request's body."""
    if request.mimetype not in BODY_TYPES:
        raise AppError(
            415, "Not JSON", "Send the body as application/json.", headers={"Accept-Patch": "application/merge-patch+json"}
        )
    try:
        given = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise AppError(400, "Malformed JSON", f"The body is no JSON: {error}.") from None
    return refusing(lambda: rules.read(given, readers, required=required))


def refusing(read: Callable[[], T]) -> T:
    """Call a rule and turn its refusal into the API's."""
    try:
        return read()
    except rules.Refused as refused:
        raise Invalid(*(FieldError(pointer, detail) for pointer, detail in refused.faults)) from None


def expected_version() -> int | None:
    """Return the version that If-Match names, None without it; a tag that is none of ours never matches."""
    if not request.if_match or request.if_match.star_tag:
        return None
    tags = [tag for tag in request.if_match.as_set(include_weak=False) if tag.isascii() and tag.isdigit()]
    return int(tags[0][:15]) if tags else -1


@blueprint.get("/board")
def get_board() -> Response:
    """Answer the person's board with its columns and tasks."""
    user_id = person.require()
    with services.current().pool.connection() as conn:
        board = boards.get_board(conn, user_id=user_id)
    if board is None:
        raise AppError(404, "No board", "You are a member of no board.")
    response = answer(board)
    response.set_etag(f"{board['id']}-{board['seq']}")
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/tasks")
def list_tasks() -> Response:
    """Answer a page of tasks: ?column_id=, ?limit= (at most 200), ?cursor= from the page before."""
    user_id = person.require()
    column_id, limit, after = list_arguments()
    with services.current().pool.connection() as conn:
        rows = tasks.list_tasks(conn, user_id=user_id, column_id=column_id, after=after, limit=limit + 1)
    page, more = rows[:limit], len(rows) > limit
    cursor = base64.urlsafe_b64encode(page[-1]["id"].bytes).decode() if more else None
    links: dict[str, str] = {"Link": f'</api/v1/tasks?limit={limit}&cursor={cursor}>; rel="next"'} if cursor else {}
    response = answer({"tasks": page, "next_cursor": cursor})
    response.headers.extend(links)
    return response


def list_arguments() -> tuple[UUID | None, int, UUID | None]:
    """Return column, limit and cursor of a list, or refuse them."""
    given = request.args
    try:
        column_id = UUID(given["column_id"]) if "column_id" in given else None
        limit = int(given.get("limit", "50"))
        after = UUID(bytes=base64.urlsafe_b64decode(given["cursor"])) if "cursor" in given else None
    except ValueError:
        raise AppError(
            400, "Malformed query", "column_id must be an id, limit a number, cursor one from the page before."
        ) from None
    if not 1 <= limit <= PAGE_MAX:
        raise AppError(400, "Malformed query", f"limit must be from 1 to {PAGE_MAX}.")
    return column_id, limit, after


@blueprint.post("/tasks")
def create_task() -> Response:
    """Create a task."""
    user_id = person.require()
    values = body(rules.NEW, required=("title",))
    place = refusing(lambda: rules.place_of(values))
    kept = {name: value for name, value in values.items() if name not in rules.PLACED}
    task = changes.create_task(user_id=user_id, place=place, values=kept)
    return answer_task(task, 201, Location=f"/api/v1/tasks/{task['id']}")


@blueprint.get("/tasks/<uuid:task_id>")
def get_task(task_id: UUID) -> Response:
    """Answer a task."""
    user_id = person.require()
    with services.current().pool.connection() as conn:
        task = tasks.get_task(conn, user_id=user_id, task_id=task_id)
    if task is None:
        raise TaskNotFound
    return answer_task(task)


@blueprint.patch("/tasks/<uuid:task_id>")
def change_task(task_id: UUID) -> Response:
    """Change members of a task."""
    user_id = person.require()
    values = body(rules.CHANGEABLE)
    return answer_task(changes.change_task(user_id=user_id, task_id=task_id, version=expected_version(), values=values))


@blueprint.post("/tasks/<uuid:task_id>/move")
def move_task(task_id: UUID) -> Response:
    """Move a task to a place on its board."""
    user_id = person.require()
    values = body(rules.PLACED)
    place = refusing(lambda: rules.place_of(values))
    return answer_task(changes.move_task(user_id=user_id, task_id=task_id, version=expected_version(), place=place))


@blueprint.delete("/tasks/<uuid:task_id>")
def delete_task(task_id: UUID) -> Response:
    """Delete a task."""
    user_id = person.require()
    changes.delete_task(user_id=user_id, task_id=task_id, version=expected_version())
    return Response(status=204)
