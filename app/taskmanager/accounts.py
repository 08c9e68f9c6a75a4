"""Making an account, with its own workspace and first board, in one transaction."""

import hashlib
from typing import Any
from uuid import UUID

from psycopg import Connection

from taskmanager import passwords
from taskmanager.changes.boards import FIRST_COLUMNS
from taskmanager.changes.change import Change, held
from taskmanager.db import boards, columns, users, workspaces


def hash_of(token: str) -> bytes:
    """Return what is stored of a random token."""
    return hashlib.sha256(token.encode()).digest()


def create_account(conn: Connection, *, email: str, name: str, password: str, invitation: str = "") -> users.User | None:
    """Create an account and its board, and take up an invitation; None when the address is taken."""
    password_hash = passwords.make_hash(password)
    with conn.transaction():
        user = users.create_user(conn, email=email, name=name, password_hash=password_hash)
        if user is None:
            return None
        workspace_id = workspaces.create_workspace(conn, user_id=user.id, name=f"{name[:80]}'s workspace")
        board_id = boards.create_board(conn, workspace_id=workspace_id, name="My board")
        for column, wip_limit, is_done in FIRST_COLUMNS:
            values = {"name": column, "wip_limit": wip_limit, "is_done": is_done}
            columns.insert_column(conn, board_id=board_id, values=values)
        found = workspaces.find_invitation(conn, token_hash=hash_of(invitation)) if invitation else None
        changes = join(conn, user.id, found, invitation) if found else []
    for change in changes:
        change.publish()
    return user


def join(conn: Connection, user_id: UUID, invited: dict[str, Any], invitation: str) -> list[Change]:
    """Take up an invitation; return what is to be published."""
    changes = welcome(conn, user_id, invited["workspace_id"], invited["role"])
    workspaces.use_invitation(conn, token_hash=hash_of(invitation))
    return changes


def welcome(conn: Connection, user_id: UUID, workspace_id: UUID, role: str) -> list[Change]:
    """Make somebody a member, and let the boards of the workspace tell of it; return what is to be published."""
    workspaces.set_member(conn, workspace_id=workspace_id, user_id=user_id, role=role)
    members = workspaces.list_members(conn, workspace_id=workspace_id)
    ids = boards.ids_of_workspace(conn, workspace_id=workspace_id)
    changes = [held(conn, user_id, of="board", key=board_id, action="see") for board_id in ids]
    for change in changes:
        change.tell("members.updated", members=members)
        change.write()
    return changes
