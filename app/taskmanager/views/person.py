"""Who asks: the person of a request, by session or by token."""

from uuid import UUID

from flask import request

from taskmanager import limits, services, sessions
from taskmanager.accounts import hash_of
from taskmanager.db import tokens
from taskmanager.errors import AppError

READING = {"GET", "HEAD", "OPTIONS"}


def require() -> UUID:
    """Return the id of the person who asks the API; refuse strangers, and writes that come from no page of ours."""
    if request.headers.get("Authorization"):
        return by_token(request.headers["Authorization"])
    session = sessions.load()
    if session is None or session.user_id is None:
        raise AppError(401, "Not signed in", "Sign in first, or send a token.", headers={"WWW-Authenticate": "Bearer"})
    if request.method not in READING:
        sessions.check_csrf()
    return session.user_id


def by_token(header: str) -> UUID:
    """Return whose personal access token a request carries; a browser never sends one by itself, so no page is asked for."""
    scheme, _, token = header.partition(" ")
    with services.current().pool.connection() as conn:
        found = tokens.use_token(conn, token_hash=hash_of(token.strip())) if scheme.lower() == "bearer" else None
    limits.count_request(found and found["user_id"])
    if found is None:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise AppError(401, "Token not valid", "The token is unknown, expired or revoked.", headers=challenge)
    if found["scope"] == "read" and request.method not in READING:
        challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="write"'}
        raise AppError(403, "Token may only read", "Make a token with the scope write for this.", headers=challenge)
    user_id: UUID = found["user_id"]
    return user_id
