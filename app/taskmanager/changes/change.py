"""What a change is: a transaction under the board's lock that writes its activity and events, then publishes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
from psycopg import Connection

from taskmanager import events, services
from taskmanager.db import boards, records
from taskmanager.errors import AppError, NotFound, StaleVersion
from taskmanager.rules import permissions

Row = dict[str, Any]


@dataclass
class Change:
    """A change under way: its connection, the board it holds, who makes it, and what it will tell."""

    conn: Connection
    board_id: UUID
    workspace_id: UUID
    user_id: UUID
    role: str
    seq: int
    batch: UUID = field(default_factory=uuid4)
    undoing: bool = False
    entries: list[Row] = field(default_factory=list)

    def tell(self, kind: str, *, task_id: UUID | None = None, detail: Row | None = None, **payload: object) -> None:
        """Tell of something that changed: an event for browsers with the payload, an entry of activity with the detail."""
        seq = self.seq + len(self.entries)
        body = orjson.dumps({"type": kind, "seq": seq, "board_id": self.board_id, "user_id": self.user_id, **payload}).decode()
        self.entries.append({"seq": seq, "kind": kind, "task_id": task_id, "detail": detail or {}, "body": body})
        self.entries[-1]["undone"] = self.undoing

    def write(self) -> None:
        """Write what was told, and count it; the lock has counted one."""
        if len(self.entries) != 1:
            boards.add_seq(self.conn, board_id=self.board_id, number=len(self.entries) - 1)
        if self.entries:
            records.add(self.conn, board_id=self.board_id, user_id=self.user_id, batch=self.batch, entries=self.entries)

    def publish(self) -> None:
        """Publish what is committed."""
        for entry in self.entries:
            events.publish(self.board_id, entry["body"])


@contextmanager
def on_board(user_id: UUID, *, of: str, key: UUID, action: str = "edit") -> Iterator[Change]:
    """Hold a board, or the board of a thing on it (see boards.BOARD_OF), for one change by a person who may make it."""
    with services.current().pool.connection() as conn, conn.transaction():
        change = held(conn, user_id, of=of, key=key, action=action)
        yield change
        change.write()
    change.publish()


def held(conn: Connection, user_id: UUID, *, of: str, key: UUID, action: str) -> Change:
    """Lock a board for a person, or say why not."""
    row = boards.lock(conn, user_id=user_id, of=of, key=key)
    if row is None:
        raise NotFound({"any_task": "task", "item": "checklist item"}.get(of, of))
    check_role(row.role, action)
    return Change(conn, row.board_id, row.workspace_id, user_id, row.role, row.seq)


def check_role(role: str, action: str) -> None:
    """Refuse what a role does not allow."""
    if not permissions.may(role, action):
        needed = "an owner" if action == "manage" else "a member"
        raise AppError(403, "Not allowed", f"You are a {role} here; ask {needed} of the workspace to do this.")


def check_version(expected: int | None, row: Row) -> None:
    """Refuse a change of a version that is not the current one."""
    if expected is not None and expected != row["version"]:
        raise StaleVersion(row["version"])
