"""The pages around the boards: all boards, the people of a workspace, the account."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from taskmanager import services, sessions
from taskmanager.db import boards, tokens, users, workspaces
from taskmanager.errors import NotFound
from taskmanager.views.pages import of_session

blueprint = Blueprint("around", __name__)


@blueprint.get("/boards")
def all_boards() -> Response | str:
    """Show the person's boards by workspace."""
    session = sessions.load()
    if session is None or session.user_id is None:
        return redirect("/sign-in")
    by_workspace: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    with services.current().pool.connection() as conn:
        rows = workspaces.list_workspaces(conn, user_id=session.user_id)
        for board in boards.list_boards(conn, user_id=session.user_id, workspace_id=None):
            by_workspace[board["workspace_id"]].append(board)
    return render_template("boards.html", workspaces=rows, boards=by_workspace, **of_session(session))


@blueprint.get("/workspaces/<uuid:workspace_id>")
def workspace(workspace_id: UUID) -> Response | str:
    """Show who is in a workspace; its owners change that here."""
    session = sessions.load()
    if session is None or session.user_id is None:
        return redirect("/sign-in")
    with services.current().pool.connection() as conn:
        found = workspaces.get_workspace(conn, user_id=session.user_id, workspace_id=workspace_id)
        if found is None:
            raise NotFound("workspace")
        members = workspaces.list_members(conn, workspace_id=workspace_id)
        invited = workspaces.list_invited(conn, workspace_id=workspace_id) if found["role"] == "owner" else []
    people = [*members, *({**row, "pending": True} for row in invited)]
    return render_template("workspace.html", workspace=found, members=people, **of_session(session))


@blueprint.get("/account")
def account() -> Response | str:
    """Show where the person is signed in, and the tokens."""
    session = sessions.load()
    if session is None or session.user_id is None:
        return redirect("/sign-in")
    with services.current().pool.connection() as conn:
        rows = tokens.list_tokens(conn, user_id=session.user_id)
        mail = users.mail_state(conn, user_id=session.user_id) if services.current().config.smtp_url else None
    listed = sessions.list_sessions(session.user_id, session)
    return render_template("account.html", sessions=listed, tokens=rows, mail=mail, **of_session(session))
