"""The pages of a person who is signed in: the board, and the board with a task open."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, redirect, render_template
from markupsafe import Markup
from psycopg import Connection
from werkzeug.wrappers import Response

from taskmanager import boards_cache, services, sessions, texts
from taskmanager.db import boards, tasks, workspaces
from taskmanager.errors import AppError, NotFound

blueprint = Blueprint("pages", __name__)
# Inside a <script> element "<" could end it; "\u003c" is the same character to a JSON reader.
SAFE_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@blueprint.get("/")
def index() -> Response:
    """Lead to the board, or to the sign-in page."""
    session = sessions.load()
    return redirect("/board" if session and session.user_id else "/sign-in")


@blueprint.get("/board")
def board() -> Response | str:
    """Show the person's board."""
    return show_board(None)


@blueprint.get("/boards/<uuid:board_id>")
def board_of_id(board_id: UUID) -> Response | str:
    """Show one of the person's boards."""
    return show_board(None, board_id=board_id)


@blueprint.get("/tasks/<uuid:task_id>")
def task(task_id: UUID) -> Response | str:
    """Show the board with one task open."""
    return show_board(task_id)


def show_board(open_task_id: UUID | None, *, board_id: UUID | None = None) -> Response | str:
    """Render the board, whole before any script runs."""
    session = sessions.load()
    if session is None or session.user_id is None:
        return redirect("/sign-in")
    with services.current().pool.connection() as conn:
        if open_task_id:
            board_id = board_of_task(conn, session.user_id, open_task_id)
        head = boards.get_head(conn, user_id=session.user_id, board_id=board_id)
        found = head and boards_cache.read(conn, user_id=session.user_id, head=head)
        if not found:
            raise AppError(404, "No board", "There is no such board of yours.")
        workspace = workspaces.get_workspace(conn, user_id=session.user_id, workspace_id=found[0]["workspace_id"])
    text = found[1].decode()
    return render_template(
        "board.html",
        workspace=workspace,
        board_json=in_script(text),
        open_task_id=open_task_id and str(open_task_id),
        board_path=f"/boards/{found[0]['id']}" if open_task_id or board_id else "/board",
        **of_session(session),
        **drawn(orjson.loads(text)),
    )


def board_of_task(conn: Connection, user_id: UUID, task_id: UUID) -> UUID:
    """Return the board that a task of the person's is on."""
    found = tasks.get_task(conn, user_id=user_id, task_id=task_id)
    if found is None:
        raise NotFound("task")
    board_id: UUID = found["board_id"]
    return board_id


def of_session(session: sessions.Session) -> dict[str, Any]:
    """Return what every page of a signed-in person is made from."""
    differing = texts.differing(texts.language_of_request())
    return {"user": session, "csrf_token": session.csrf_token, "texts_json": in_script(orjson.dumps(differing).decode())}


def drawn(found: dict[str, Any]) -> dict[str, Any]:
    """Return what the template draws a board from: tasks by column, labels and members by id."""
    tasks_by_column: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found["tasks"]:
        tasks_by_column[row["column_id"]].append(row)
    return {
        "board": found,
        "tasks_by_column": tasks_by_column,
        "labels": {row["id"]: row for row in found["labels"]},
        "members": {row["id"]: row for row in found["members"]},
        "can_edit": found["role"] != "viewer",
    }


def in_script(text: str) -> Markup:
    """Return JSON that a <script> element may hold."""
    return Markup(text.translate(SAFE_IN_SCRIPT))  # noqa: S704 - translated just here
