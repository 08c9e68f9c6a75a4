"""The pages of a person who is signed in: the board, and the board with a task open."""

from uuid import UUID

import orjson
from flask import Blueprint, redirect, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from taskmanager import services, sessions
from taskmanager.db import boards
from taskmanager.errors import AppError, TaskNotFound

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


@blueprint.get("/tasks/<uuid:task_id>")
def task(task_id: UUID) -> Response | str:
    """Show the board with one task open."""
    return show_board(task_id)


def show_board(open_task_id: UUID | None) -> Response | str:
    """Render the board, whole before any script runs."""
    session = sessions.load()
    if session is None or session.user_id is None:
        return redirect("/sign-in")
    with services.current().pool.connection() as conn:
        found = boards.get_board(conn, user_id=session.user_id)
    if found is None:
        raise AppError(404, "No board", "You are a member of no board.")
    if open_task_id and all(row["id"] != open_task_id for row in found["tasks"]):
        raise TaskNotFound
    text = orjson.dumps(found).decode()
    return render_template(
        "board.html",
        user=session,
        csrf_token=session.csrf_token,
        board=orjson.loads(text),
        board_json=Markup(text.translate(SAFE_IN_SCRIPT)),  # noqa: S704 - translated just here
        open_task_id=open_task_id and str(open_task_id),
    )
