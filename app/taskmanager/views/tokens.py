"""The API of sessions and personal access tokens."""

import secrets
from uuid import UUID

from flask import Response

from taskmanager import services, sessions
from taskmanager.accounts import hash_of
from taskmanager.db import logins, tokens
from taskmanager.errors import AppError, NotFound
from taskmanager.rules.bodies import choice, line, text, whole
from taskmanager.views.api import Api, Asked, answer, no_content

api = Api("tokens")
# Tools that look for leaked secrets know them by how they begin.
BEGINNING = "tmk_"
NEW = {"name": line(100), "scope": choice("read", "write"), "days": whole(1, 366)}


def at_browser() -> None:
    """Refuse a token to make or revoke others: one that leaked must not outlive itself."""
    session = sessions.load()
    if session is None or session.user_id is None:
        raise AppError(403, "Sign in for this", "Tokens are made and revoked by a person at a browser.")


@api.route("GET", "/sessions", answer="Sessions")
def list_sessions(asked: Asked) -> Response:
    """List where you are signed in."""
    return answer({"sessions": sessions.list_sessions(asked.user_id, sessions.load())})


@api.route("POST", "/sessions/revoke", body={"id": text(64)}, answer="Revoked")
def revoke_sessions(asked: Asked) -> Response:
    """End one of your sessions, or, when none is named, all of them and the sign-ins of programs."""
    at_browser()
    ended = sessions.revoke(services.current().redis, asked.user_id, asked.values.get("id"))
    if "id" not in asked.values:
        with services.current().pool.connection() as conn:
            ended += logins.delete_logins(conn, user_id=asked.user_id)
    if "id" in asked.values and not ended:
        raise NotFound("session")
    return answer({"ended": ended})


@api.route("GET", "/tokens", answer="Tokens")
def list_tokens(asked: Asked) -> Response:
    """List your personal access tokens; their secret part is shown once, when they are made."""
    with services.current().pool.connection() as conn:
        return answer({"tokens": tokens.list_tokens(conn, user_id=asked.user_id)})


@api.route("POST", "/tokens", body=NEW, required=("name", "scope", "days"), status=201, answer="NewToken")
def create_token(asked: Asked) -> Response:
    """Make a personal access token for some days, to read or to write."""
    at_browser()
    secret = BEGINNING + secrets.token_urlsafe(32)
    with services.current().pool.connection() as conn:
        if len(tokens.list_tokens(conn, user_id=asked.user_id)) >= 100:
            raise AppError(409, "Too many tokens", "You have 100 tokens; revoke one first.")
        row = tokens.insert_token(conn, user_id=asked.user_id, values={**asked.values, "token_hash": hash_of(secret)})
    return answer(row | {"token": secret}, 201)


@api.route("DELETE", "/tokens/<uuid:token_id>", status=204)
def revoke_token(asked: Asked, token_id: UUID) -> Response:
    """Revoke a token at once."""
    at_browser()
    with services.current().pool.connection() as conn:
        if not tokens.delete_token(conn, user_id=asked.user_id, token_id=token_id):
            raise NotFound("token")
    return no_content()
