"""Making an account, with its first board, in one transaction."""

from psycopg import Connection

from taskmanager import passwords
from taskmanager.db import boards, users


def create_account(conn: Connection, *, email: str, name: str, password: str) -> users.User | None:
    """Create an account and its board; None when the address is taken."""
    password_hash = passwords.make_hash(password)
    with conn.transaction():
        user = users.create_user(conn, email=email, name=name, password_hash=password_hash)
        if user is not None:
            boards.create_board(conn, user_id=user.id)
    return user
