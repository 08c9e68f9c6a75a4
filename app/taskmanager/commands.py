"""What the command line does with accounts and boards, for who may run it on a host: everything, whoever it belongs to."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import orjson
from psycopg import Connection

from taskmanager import config, create_app, services
from taskmanager.changes import exchange
from taskmanager.db import boards, users, workspaces
from taskmanager.errors import AppError
from taskmanager.rules import exchange as rules
from taskmanager.rules.bodies import Refused
from taskmanager.services import EXTENSION


class Refusal(Exception):
    """A command cannot do what it was asked for; the text says why."""


@contextmanager
def app_services() -> Iterator[Connection]:
    """Give what changes need outside of a request, and a connection; a refusal of theirs becomes the command's."""
    app = create_app(config.load())
    try:
        with app.app_context(), services.current().pool.connection() as conn:
            yield conn
    except AppError as error:
        faults = "; ".join(f"{fault.pointer} {fault.detail}" for fault in error.errors)
        raise Refusal(faults or error.detail) from None
    except Refused as refused:
        raise Refusal("; ".join(f"{pointer} {detail}" for pointer, detail in refused.faults)) from None
    finally:
        app.extensions[EXTENSION].close()


def person(conn: Connection, email: str) -> users.User:
    """Return an account that must be there."""
    user = users.find_user(conn, email=email)
    if user is None:
        raise Refusal(f"there is no account with the address {email}.")
    return user


def take_over(email: str, workspace_id: UUID) -> str:
    """Make a person an owner of a workspace, say when its last owner has left, and let its boards tell of it."""
    from taskmanager.accounts import welcome

    with app_services() as conn:
        user = person(conn, email)
        with conn.transaction():
            if not workspaces.exists(conn, workspace_id=workspace_id):
                raise Refusal(f"there is no workspace {workspace_id}.")
            changes = welcome(conn, user.id, workspace_id, "owner")
        for change in changes:
            change.publish()
    return f"{email} is an owner of {workspace_id}"


def export(options: argparse.Namespace) -> str:
    """Return a board as JSON or CSV, or all boards as one JSON document per line."""
    with app_services() as conn:
        known = boards.list_with_owner(conn)
        wanted = [row for row in known if options.board in (None, row["id"])]
        if options.board and not wanted:
            raise Refusal(f"there is no board {options.board}.")
        documents = [exchange.export(user_id=row["user_id"], board_id=row["id"]) for row in wanted]
    if options.format == "csv":
        if options.board is None:
            raise Refusal("CSV holds one board; name it with --board.")
        return rules.to_csv(documents[0])
    return "\n".join(orjson.dumps(document).decode() for document in documents)


def import_boards(options: argparse.Namespace) -> str:
    """Make the boards of standard input, as export wrote them, in a person's workspace."""
    with app_services() as conn:
        user = person(conn, options.email)
        own = workspaces.list_workspaces(conn, user_id=user.id)
        workspace_id = options.workspace or (own[0]["id"] if own else None)
        if workspace_id is None:
            raise Refusal(f"{options.email} has no workspace; name one with --workspace.")
        made = []
        for number, line in enumerate(sys.stdin, start=1):
            try:
                document = rules.read_document(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                raise Refusal(f"line {number} is no JSON: {error}.") from None
            made.append(str(exchange.import_board(user_id=user.id, workspace_id=workspace_id, document=document)))
    return "\n".join(made)
