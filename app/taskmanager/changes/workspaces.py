"""Changes of workspaces and their members; every board of the workspace tells of them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from psycopg import Connection

from taskmanager import services
from taskmanager.accounts import hash_of
from taskmanager.changes.change import Row, check_role, held
from taskmanager.db import boards, tasks, users, workspaces
from taskmanager.errors import AppError, NotFound


@contextmanager
def on_workspace(user_id: UUID, workspace_id: UUID) -> Iterator[Connection]:
    """Hold a workspace for a change of its members by an owner, and let its boards tell of it."""
    with services.current().pool.connection() as conn, conn.transaction():
        workspace = workspaces.get_workspace(conn, user_id=user_id, workspace_id=workspace_id, lock=True)
        if workspace is None:
            raise NotFound("workspace")
        check_role(workspace["role"], "manage")
        changes = [
            held(conn, user_id, of="board", key=board_id, action="see")
            for board_id in boards.ids_of_workspace(conn, workspace_id=workspace_id)
        ]
        yield conn
        members = workspaces.list_members(conn, workspace_id=workspace_id)
        if all(member["role"] != "owner" for member in members):
            raise AppError(409, "Last owner", "The workspace would have no owner; make somebody else one first.")
        for change in changes:
            change.tell("members.updated", members=members)
            change.write()
    for change in changes:
        change.publish()


def create_workspace(*, user_id: UUID, name: str) -> UUID:
    """Create a workspace and return its id."""
    with services.current().pool.connection() as conn, conn.transaction():
        return workspaces.create_workspace(conn, user_id=user_id, name=name)


def rename_workspace(*, user_id: UUID, workspace_id: UUID, name: str) -> None:
    """Give a workspace another name."""
    with on_workspace(user_id, workspace_id) as conn:
        workspaces.rename_workspace(conn, workspace_id=workspace_id, name=name)


def invite(*, user_id: UUID, workspace_id: UUID, email: str, role: str) -> Row:
    """Make the person with this address a member, now or when they have an account; return the member, pending or not."""
    with on_workspace(user_id, workspace_id) as conn:
        user = users.find_user(conn, email=email)
        if user is None:
            token = secrets.token_urlsafe(24)
            row = workspaces.invite(
                conn, workspace_id=workspace_id, user_id=user_id, email=email, role=role, token_hash=hash_of(token)
            )
            # Who has the link has the invitation: an address alone anybody could claim.
            link = f"{services.current().config.public_url}/sign-up?invitation={token}"
            return row | {"pending": True, "link": link}
        if any(member["id"] == user.id for member in workspaces.list_members(conn, workspace_id=workspace_id)):
            raise AppError(409, "Member already", "This person is a member; change the role instead.")
        workspaces.set_member(conn, workspace_id=workspace_id, user_id=user.id, role=role)
        return {"id": user.id, "name": user.name, "email": user.email, "role": role, "pending": False}


def change_member(*, user_id: UUID, workspace_id: UUID, member_id: UUID, role: str) -> Row:
    """Give a member another role and return the member."""
    with on_workspace(user_id, workspace_id) as conn:
        member = get_member(conn, workspace_id, member_id)
        workspaces.set_member(conn, workspace_id=workspace_id, user_id=member_id, role=role)
    return member | {"role": role, "pending": False}


def remove_member(*, user_id: UUID, workspace_id: UUID, member_id: UUID) -> None:
    """End a membership or an invitation, and take the person off every task."""
    with on_workspace(user_id, workspace_id) as conn:
        if workspaces.withdraw(conn, workspace_id=workspace_id, invitation_id=member_id):
            return
        get_member(conn, workspace_id, member_id)
        for board_id in boards.ids_of_workspace(conn, workspace_id=workspace_id):
            tasks.take_person_off(conn, board_id=board_id, user_id=member_id)
        workspaces.remove_member(conn, workspace_id=workspace_id, user_id=member_id)


def get_member(conn: Connection, workspace_id: UUID, member_id: UUID) -> Row:
    """Return a member, or say that there is none."""
    for member in workspaces.list_members(conn, workspace_id=workspace_id):
        if member["id"] == member_id:
            return member
    raise NotFound("member")
