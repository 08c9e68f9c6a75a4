"""People and their accounts."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

FIND_USER = """
    SELECT id, email, name, password_hash
      FROM users
     WHERE lower(email) = lower(%(email)s)
"""
SET_VERIFIED = "UPDATE users SET verified_at = coalesce(verified_at, now()) WHERE id = %(user_id)s"
SET_REMINDERS = "UPDATE users SET reminders = %(wanted)s WHERE id = %(user_id)s"
MAIL_STATE = "SELECT verified_at IS NOT NULL AS verified, reminders FROM users WHERE id = %(user_id)s"
GET_USER = "SELECT id, email, name, password_hash FROM users WHERE id = %(user_id)s"
SET_PASSWORD = "UPDATE users SET password_hash = %(password_hash)s WHERE id = %(user_id)s"  # noqa: S105 - a statement
STATS = """
    SELECT (SELECT count(*) FROM users) AS people,
           (SELECT count(*) FROM workspaces) AS workspaces,
           (SELECT count(*) FROM boards WHERE deleted_at IS NULL) AS boards,
           (SELECT count(*) FROM tasks WHERE deleted_at IS NULL) AS tasks,
           (SELECT count(*) FROM attachments) AS files,
           (SELECT coalesce(sum(size), 0) FROM attachments) AS file_bytes
"""
CREATE_USER = """
    INSERT INTO users (email, name, password_hash)
    VALUES (%(email)s, %(name)s, %(password_hash)s)
        ON CONFLICT (lower(email)) DO NOTHING
 RETURNING id, email, name, password_hash
"""


@dataclass(frozen=True)
class User:
    """An account; `password_hash` is Argon2's encoded form."""

    id: UUID
    email: str
    name: str
    password_hash: str


def find_user(conn: Connection, *, email: str) -> User | None:
    """Return the account with an e-mail address, whatever its case."""
    with conn.cursor(row_factory=class_row(User)) as cur:
        return cur.execute(FIND_USER, {"email": email}).fetchone()


def get_user(conn: Connection, *, user_id: UUID) -> User | None:
    """Return an account by its id; None when it is gone."""
    with conn.cursor(row_factory=class_row(User)) as cur:
        return cur.execute(GET_USER, {"user_id": user_id}).fetchone()


def create_user(conn: Connection, *, email: str, name: str, password_hash: str) -> User | None:
    """Create an account; None when the address is taken."""
    values = {"email": email, "name": name, "password_hash": password_hash}
    with conn.cursor(row_factory=class_row(User)) as cur:
        return cur.execute(CREATE_USER, values).fetchone()


def set_password(conn: Connection, *, user_id: UUID, password_hash: str) -> None:
    """Store another password."""
    conn.execute(SET_PASSWORD, {"user_id": user_id, "password_hash": password_hash})


def set_verified(conn: Connection, *, user_id: UUID) -> None:
    """Remember that the address is the person's own."""
    conn.execute(SET_VERIFIED, {"user_id": user_id})


def set_reminders(conn: Connection, *, user_id: UUID, wanted: bool) -> None:
    """Send a person reminders, or none."""
    conn.execute(SET_REMINDERS, {"user_id": user_id, "wanted": wanted})


def mail_state(conn: Connection, *, user_id: UUID) -> dict[str, bool]:
    """Return whether the address is confirmed, and reminders are wanted."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(MAIL_STATE, {"user_id": user_id}).fetchone() or {"verified": False, "reminders": False}


def count_all(conn: Connection) -> dict[str, int]:
    """Return how much of everything there is."""
    with conn.cursor(row_factory=dict_row) as cur:
        row = cur.execute(STATS).fetchone()
    return {name: int(number) for name, number in (row or {}).items()}
