"""Workspaces, their members, and who is invited."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

LIST = """
    SELECT w.id, w.name, w.version, m.role
      FROM workspaces w
      JOIN workspace_members m ON m.workspace_id = w.id
     WHERE m.user_id = %(user_id)s
     ORDER BY w.created_at, w.id
"""
GET = """
    SELECT w.id, w.name, w.version, m.role
      FROM workspaces w
      JOIN workspace_members m ON m.workspace_id = w.id
     WHERE m.user_id = %(user_id)s
       AND w.id = %(workspace_id)s
"""
INSERT = "INSERT INTO workspaces (name) VALUES (%(name)s) RETURNING id"
RENAME = "UPDATE workspaces SET name = %(name)s, version = version + 1 WHERE id = %(workspace_id)s"
# Members change one at a time, so that the last owner stays one.
LOCK = "SELECT 1 FROM workspaces WHERE id = %(workspace_id)s FOR UPDATE"
EXISTS = "SELECT 1 FROM workspaces WHERE id = %(workspace_id)s"
MEMBERS = """
    SELECT u.id, u.name, u.email, m.role
      FROM workspace_members m
      JOIN users u ON u.id = m.user_id
     WHERE m.workspace_id = %(workspace_id)s
     ORDER BY lower(u.name), u.id
"""
INVITED = """
    SELECT id, email, role
      FROM invitations
     WHERE workspace_id = %(workspace_id)s
     ORDER BY lower(email)
"""
SET_MEMBER = """
    INSERT INTO workspace_members (workspace_id, user_id, role)
    VALUES (%(workspace_id)s, %(user_id)s, %(role)s)
        ON CONFLICT (user_id, workspace_id) DO UPDATE SET role = excluded.role
"""
REMOVE_MEMBER = "DELETE FROM workspace_members WHERE workspace_id = %(workspace_id)s AND user_id = %(user_id)s"
INVITE = """
    INSERT INTO invitations (workspace_id, email, role, invited_by, token_hash)
    VALUES (%(workspace_id)s, %(email)s, %(role)s, %(user_id)s, %(token_hash)s)
        ON CONFLICT (lower(email), workspace_id) DO UPDATE
       SET role = excluded.role, token_hash = excluded.token_hash, created_at = now()
 RETURNING id, email, role
"""
WITHDRAW = "DELETE FROM invitations WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
FIND_INVITATION = """
    SELECT workspace_id, email, role
      FROM invitations
     WHERE token_hash = %(token_hash)s
       AND created_at > now() - interval '14 days'
"""
USE_INVITATION = "DELETE FROM invitations WHERE token_hash = %(token_hash)s"

Row = dict[str, Any]


def list_workspaces(conn: Connection, *, user_id: UUID) -> list[Row]:
    """Return the person's workspaces, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(LIST, {"user_id": user_id}).fetchall()


def get_workspace(conn: Connection, *, user_id: UUID, workspace_id: UUID, lock: bool = False) -> Row | None:
    """Return a workspace of the person, held until the transaction ends if asked for; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        if lock:
            cur.execute(LOCK, {"workspace_id": workspace_id})
        return cur.execute(GET, {"user_id": user_id, "workspace_id": workspace_id}).fetchone()


def create_workspace(conn: Connection, *, user_id: UUID, name: str) -> UUID:
    """Create a workspace that a person owns, and return its id."""
    row = conn.execute(INSERT, {"name": name}).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    set_member(conn, workspace_id=row[0], user_id=user_id, role="owner")
    workspace_id: UUID = row[0]
    return workspace_id


def rename_workspace(conn: Connection, *, workspace_id: UUID, name: str) -> None:
    """Give a workspace another name."""
    conn.execute(RENAME, {"workspace_id": workspace_id, "name": name})


def exists(conn: Connection, *, workspace_id: UUID) -> bool:
    """Return whether there is such a workspace."""
    return conn.execute(EXISTS, {"workspace_id": workspace_id}).fetchone() is not None


def list_members(conn: Connection, *, workspace_id: UUID) -> list[Row]:
    """Return the members as id, name, email and role."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(MEMBERS, {"workspace_id": workspace_id}).fetchall()


def list_invited(conn: Connection, *, workspace_id: UUID) -> list[Row]:
    """Return who is invited and has no account yet."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(INVITED, {"workspace_id": workspace_id}).fetchall()


def set_member(conn: Connection, *, workspace_id: UUID, user_id: UUID, role: str) -> None:
    """Make a person a member with a role, or change the role."""
    conn.execute(SET_MEMBER, {"workspace_id": workspace_id, "user_id": user_id, "role": role})


def remove_member(conn: Connection, *, workspace_id: UUID, user_id: UUID) -> None:
    """End a membership."""
    conn.execute(REMOVE_MEMBER, {"workspace_id": workspace_id, "user_id": user_id})


def invite(conn: Connection, *, workspace_id: UUID, user_id: UUID, email: str, role: str, token_hash: bytes) -> Row:
    """Remember an invitation of somebody without an account and return it."""
    values = {"workspace_id": workspace_id, "user_id": user_id, "email": email, "role": role, "token_hash": token_hash}
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(INVITE, values).fetchone()
    assert row is not None  # noqa: S101 - INSERT … RETURNING gives a row
    return row


def withdraw(conn: Connection, *, workspace_id: UUID, invitation_id: UUID) -> bool:
    """Forget an invitation; return whether there was one."""
    return conn.execute(WITHDRAW, {"workspace_id": workspace_id, "id": invitation_id}).rowcount == 1


def find_invitation(conn: Connection, *, token_hash: bytes) -> Row | None:
    """Return workspace, address and role of an invitation that still holds; None when there is none."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(FIND_INVITATION, {"token_hash": token_hash}).fetchone()


def use_invitation(conn: Connection, *, token_hash: bytes) -> None:
    """Forget an invitation that was taken up."""
    conn.execute(USE_INVITATION, {"token_hash": token_hash})
