"""Who asks: the signed-in person of a request."""

from uuid import UUID

from flask import request

from taskmanager import sessions
from taskmanager.errors import AppError


def require() -> UUID:
    """Return the id of the person who asks the API; refuse strangers, and writes that come from no page of ours."""
    session = sessions.load()
    if session is None or session.user_id is None:
        raise AppError(401, "Not signed in", "Sign in first.", headers={"WWW-Authenticate": 'Session realm="taskmanager"'})
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        sessions.check_csrf()
    return session.user_id
