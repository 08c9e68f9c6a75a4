"""Events of a board: published to Redis after the change is committed."""

from typing import Any
from uuid import UUID

import orjson
import redis
from flask import current_app

from taskmanager import services


def channel_of(board_id: UUID | str) -> str:
    """Return the channel of a board."""
    return f"board:{board_id}"


def publish(kind: str, *, board_id: UUID, seq: int, task: dict[str, Any]) -> None:
    """Tell every live service of a committed change.

    A lost event is no lost change: the next one leaves a gap in `seq`, and browsers fetch the board anew.
    """
    event = {"type": kind, "seq": seq, "board_id": board_id, "task": task}
    try:
        services.current().redis.publish(channel_of(board_id), orjson.dumps(event))
    except redis.RedisError:
        current_app.logger.warning("event not published", extra={"fields": {"board_id": str(board_id), "seq": seq}})
