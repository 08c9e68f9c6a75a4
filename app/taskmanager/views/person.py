"""Who asks: the person of a request, by session or by token."""

from typing import Any
from uuid import UUID

from flask import request

from taskmanager import limits, services, sessions, signed
from taskmanager.accounts import hash_of
from taskmanager.db import logins, tokens
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
    """Return whose token a request carries; a browser never sends one by itself, so no page is asked for."""
    scheme, _, token = header.partition(" ")
    found = find(token.strip()) if scheme.lower() == "bearer" else None
    limits.count_request(found and found["user_id"])
    if found is None:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise AppError(401, "Token not valid", "The token is unknown, expired or revoked.", headers=challenge)
    if found["scope"] == "read" and request.method not in READING:
        challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="write"'}
        raise AppError(403, "Token may only read", "Make a token with the scope write for this.", headers=challenge)
    user_id: UUID = found["user_id"]
    return user_id


def find(token: str) -> dict[str, Any] | None:
    """Return whose token this is and what for: a personal one, or that of a program that signed in and was not signed out."""
    if token.count(".") != 2:
        with services.current().pool.connection() as conn:
            return tokens.use_token(conn, token_hash=hash_of(token))
    said = signed.read(services.current().config, "access", token)
    if said is None:
        return None
    with services.current().pool.connection() as conn:
        holds = logins.holds(conn, login_id=said.login_id, user_id=said.user_id)
    return {"user_id": said.user_id, "scope": "write"} if holds else None
