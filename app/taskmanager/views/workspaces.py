"""The API of people, workspaces, their members, and saved filters."""

from uuid import UUID

from flask import Response

from taskmanager import services
from taskmanager.changes import workspaces as changes
from taskmanager.db import filters, users, workspaces
from taskmanager.errors import AppError, FieldError, Invalid, NotFound
from taskmanager.rules import accounts, tasks
from taskmanager.rules import boards as rules
from taskmanager.rules.bodies import Field, Refused, choice, line, read
from taskmanager.views.api import Api, Asked, answer, answer_versioned, no_content

api = Api("workspaces")


@api.route("GET", "/me", answer="Me")
def get_me(asked: Asked) -> Response:
    """Read who you are, and your workspaces."""
    with services.current().pool.connection() as conn:
        user = users.get_user(conn, user_id=asked.user_id)
        rows = workspaces.list_workspaces(conn, user_id=asked.user_id)
    if user is None:
        raise NotFound("account")
    return answer({"id": user.id, "name": user.name, "email": user.email, "workspaces": rows})


@api.route("GET", "/workspaces", answer="Workspaces")
def list_workspaces(asked: Asked) -> Response:
    """List your workspaces."""
    with services.current().pool.connection() as conn:
        return answer({"workspaces": workspaces.list_workspaces(conn, user_id=asked.user_id)})


@api.route("POST", "/workspaces", body=rules.WORKSPACE, required=("name",), status=201, answer="Workspace")
def create_workspace(asked: Asked) -> Response:
    """Create a workspace that you own."""
    return show(asked.user_id, changes.create_workspace(user_id=asked.user_id, name=asked.values["name"]), 201)


@api.route("PATCH", "/workspaces/<uuid:workspace_id>", body=rules.WORKSPACE, required=("name",), answer="Workspace")
def rename_workspace(asked: Asked, workspace_id: UUID) -> Response:
    """Give a workspace another name."""
    changes.rename_workspace(user_id=asked.user_id, workspace_id=workspace_id, name=asked.values["name"])
    return show(asked.user_id, workspace_id)


def show(user_id: UUID, workspace_id: UUID, status: int = 200) -> Response:
    """Return a workspace."""
    with services.current().pool.connection() as conn:
        workspace = workspaces.get_workspace(conn, user_id=user_id, workspace_id=workspace_id)
    if workspace is None:
        raise NotFound("workspace")
    return answer_versioned(workspace, status)


@api.route("GET", "/workspaces/<uuid:workspace_id>/members", answer="Members")
def list_members(asked: Asked, workspace_id: UUID) -> Response:
    """List the members of a workspace; owners see who is invited as well."""
    with services.current().pool.connection() as conn:
        workspace = workspaces.get_workspace(conn, user_id=asked.user_id, workspace_id=workspace_id)
        if workspace is None:
            raise NotFound("workspace")
        members = workspaces.list_members(conn, workspace_id=workspace_id)
        invited = workspaces.list_invited(conn, workspace_id=workspace_id) if workspace["role"] == "owner" else []
    rows = [row | {"pending": False} for row in members] + [row | {"pending": True} for row in invited]
    return answer({"members": rows})


@api.route(
    "POST",
    "/workspaces/<uuid:workspace_id>/members",
    body=rules.INVITED,
    required=("email", "role"),
    status=201,
    answer="Member",
)
def invite(asked: Asked, workspace_id: UUID) -> Response:
    """Make somebody a member by e-mail address; without an account the answer has a link to pass on."""
    if not accounts.EMAIL.fullmatch(asked.values["email"]):
        raise Invalid(FieldError("/email", "must be an e-mail address"))
    return answer(changes.invite(user_id=asked.user_id, workspace_id=workspace_id, **asked.values), 201)


@api.route(
    "PATCH", "/workspaces/<uuid:workspace_id>/members/<uuid:member_id>", body=rules.MEMBER, required=("role",), answer="Member"
)
def change_member(asked: Asked, workspace_id: UUID, member_id: UUID) -> Response:
    """Give a member another role."""
    role = asked.values["role"]
    return answer(changes.change_member(user_id=asked.user_id, workspace_id=workspace_id, member_id=member_id, role=role))


@api.route("DELETE", "/workspaces/<uuid:workspace_id>/members/<uuid:member_id>", status=204)
def remove_member(asked: Asked, workspace_id: UUID, member_id: UUID) -> Response:
    """End a membership, or withdraw an invitation."""
    changes.remove_member(user_id=asked.user_id, workspace_id=workspace_id, member_id=member_id)
    return no_content()


SAVED = {**tasks.FILTER, "archived": choice("true", "false", "any")}


def read_saved(value: object) -> dict[str, object]:
    """Return a query as it was given, after it was looked at."""
    try:
        read(value, SAVED)
    except Refused as refused:
        raise ValueError("; ".join(f"{pointer[1:]} {detail}".strip() for pointer, detail in refused.faults)) from None
    assert isinstance(value, dict)  # noqa: S101 - read() refuses others
    return value


FILTER = {"name": line(100), "query": Field(read_saved, {"$ref": "#/components/schemas/TaskFilter"})}


@api.route("GET", "/filters", answer="Filters")
def list_filters(asked: Asked) -> Response:
    """List the filters you saved."""
    with services.current().pool.connection() as conn:
        return answer({"filters": filters.list_filters(conn, user_id=asked.user_id)})


@api.route("POST", "/filters", body=FILTER, required=("name", "query"), status=201, answer="Filter")
def save_filter(asked: Asked) -> Response:
    """Save a filter: the query of a list of tasks under a name."""
    with services.current().pool.connection() as conn:
        if len(filters.list_filters(conn, user_id=asked.user_id)) >= 200:
            raise AppError(409, "Too many filters", "You have 200 filters; delete one first.")
        return answer(filters.insert_filter(conn, user_id=asked.user_id, **asked.values), 201)


@api.route("DELETE", "/filters/<uuid:filter_id>", status=204)
def delete_filter(asked: Asked, filter_id: UUID) -> Response:
    """Delete a filter."""
    with services.current().pool.connection() as conn:
        if not filters.delete_filter(conn, user_id=asked.user_id, filter_id=filter_id):
            raise NotFound("filter")
    return no_content()
