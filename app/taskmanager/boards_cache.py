"""Boards as the API answers them, kept in Redis with the number of their last change: one of another number is not the board."""

from typing import Any
from uuid import UUID

import orjson
import redis
from psycopg import Connection

from taskmanager import metrics, services
from taskmanager.db import boards
from taskmanager.redis_client import impatient

KEPT_S = 900
Row = dict[str, Any]


def read(conn: Connection, *, user_id: UUID, head: Row) -> tuple[Row, bytes] | None:
    """Return the head and the JSON of a board whose head was just read from the database; None when it is gone meanwhile.

    Whoever changes anything on a board counts its number up in the same transaction, and the head has the number that is
    committed. So a kept board with this number is the board, whoever kept it.
    """
    kept = get(head["id"])
    number, _, body = kept.partition(b"\n")
    if number == b"%d" % head["seq"]:
        metrics.CACHE.labels("hit").inc()
        return head, for_role(body, head["role"])
    metrics.CACHE.labels("miss").inc()
    board = boards.get_board(conn, user_id=user_id, board_id=head["id"])
    if board is None:
        return None
    role = board.pop("role")
    body = orjson.dumps(board)
    keep(board["id"], b"%d\n%b" % (board["seq"], body))
    return {name: board[name] for name in ("id", "workspace_id", "name", "seq")} | {"role": role}, for_role(body, role)


def for_role(body: bytes, role: str) -> bytes:
    """Return the JSON for who has a role; everything else is the same for all members."""
    return b'%b,"role":"%b"}' % (body[:-1], role.encode())


def key_of(board_id: UUID) -> str:
    """Return where a board is kept; each release has its own shape of it."""
    return f"cache:board:{services.current().config.release}:{board_id}"


def get(board_id: UUID) -> bytes:
    """Return what is kept of a board; nothing while Redis is away."""
    try:
        with impatient():
            kept = services.current().redis.get(key_of(board_id))
    except redis.RedisError:
        return b""
    return kept if isinstance(kept, bytes) else b""


def keep(board_id: UUID, kept: bytes) -> None:
    """Keep a board for a while; without Redis it is read again."""
    try:
        with impatient():
            services.current().redis.set(key_of(board_id), kept, ex=KEPT_S)
    except redis.RedisError:
        pass
