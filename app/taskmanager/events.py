"""Events of a board: stored with the change, and published to Redis after it is committed."""

from uuid import UUID

import redis
from flask import current_app

from taskmanager import services


def channel_of(board_id: UUID | str) -> str:
    """Return the channel of a board."""
    return f"board:{board_id}"


def publish(board_id: UUID, body: str) -> None:
    """Tell every live service of a committed change.

    A lost message is no lost event: the next one leaves a gap, and the live service fills it from the database.
    """
    try:
        services.current().redis.publish(channel_of(board_id), body)
    except redis.RedisError:
        current_app.logger.warning("event not published", extra={"fields": {"board_id": str(board_id)}})
