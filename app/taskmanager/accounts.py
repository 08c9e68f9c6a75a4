"""Making an account, with its own workspace and first board, in one transaction."""

import hashlib

from psycopg import Connection

from taskmanager import passwords
from taskmanager.changes.boards import FIRST_COLUMNS
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
        if invitation and (found := workspaces.find_invitation(conn, token_hash=hash_of(invitation))):
            workspaces.set_member(conn, workspace_id=found["workspace_id"], user_id=user.id, role=found["role"])
            workspaces.use_invitation(conn, token_hash=hash_of(invitation))
    return user
