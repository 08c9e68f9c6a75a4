"""The API by which programs sign in with a password and keep signed in."""

from uuid import UUID

from flask import Response, request

from taskmanager import passwords, services, signed, throttle
from taskmanager.db import logins, users
from taskmanager.errors import AppError, NotFound
from taskmanager.request_log import client_address
from taskmanager.rules import accounts as rules
from taskmanager.rules.bodies import text
from taskmanager.views.api import Api, Asked, answer, no_content

api = Api("logins")
LOGIN = {"email": text(rules.EMAIL_MAX, least=1), "password": text(rules.PASSWORD_MAX, least=1)}
REFRESH = {"refresh_token": text(4096, least=1)}
# How long the token before the newest is no sign of a theft.
GRACE_S = 10


def pair(row: logins.Row) -> Response:
    """Return an access and a refresh token of a sign-in."""
    config = services.current().config
    whose = {"user_id": row["user_id"], "login_id": row["id"], "generation": row["generation"]}
    body = {
        "access_token": signed.make(config, "access", **whose),
        "token_type": "Bearer",
        "expires_in": signed.ACCESS_S,
        "refresh_token": signed.make(config, "refresh", **whose),
        "login_id": row["id"],
    }
    return answer(body, Cache_Control="no-store")


def refused(detail: str) -> AppError:
    """Return the refusal of a password or token."""
    return AppError(401, "Not signed in", detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


@api.route("POST", "/auth/login", body=LOGIN, required=("email", "password"), answer="TokenPair", public=True)
def log_in(asked: Asked) -> Response:
    """Sign a program in with a person's password: an access token for 15 minutes and a refresh token for 30 days."""
    email, password = asked.values["email"].strip(), asked.values["password"]
    throttle.count_attempt(client_address(), email)
    with services.current().pool.connection() as conn:
        user = users.find_user(conn, email=email)
    if not passwords.is_right(password, user.password_hash if user else None) or user is None:
        raise refused("E-mail address and password do not belong together.")
    throttle.forget(client_address(), email)
    agent = request.user_agent.string[:200].replace("\x00", "")
    with services.current().pool.connection() as conn:
        return pair(logins.insert_login(conn, user_id=user.id, agent=agent, days=signed.REFRESH_DAYS))


@api.route("POST", "/auth/refresh", body=REFRESH, required=("refresh_token",), answer="TokenPair", public=True)
def refresh(asked: Asked) -> Response:
    """Change a refresh token for new tokens; each counts once, and one that comes back later ends the sign-in."""
    said = signed.read(services.current().config, "refresh", asked.values["refresh_token"])
    if said is None:
        raise refused("The refresh token is unknown or expired; sign in again.")
    with services.current().pool.connection() as conn:
        row = logins.rotate(conn, login_id=said.login_id, generation=said.generation, days=signed.REFRESH_DAYS)
        if row is not None:
            return pair(row)
        if logins.was_just_rotated(conn, login_id=said.login_id, generation=said.generation, seconds=GRACE_S):
            raise AppError(409, "Used a moment ago", "Another request changed this refresh token; use the tokens it was given.")
        # Two have it, and one of them is no friend.
        logins.delete_logins(conn, user_id=said.user_id, login_id=said.login_id)
    raise refused("The refresh token was used before; sign in again.")


@api.route("POST", "/auth/logout", body=REFRESH, required=("refresh_token",), status=204, public=True)
def log_out(asked: Asked) -> Response:
    """End the sign-in that a refresh token belongs to; its access tokens end with it."""
    said = signed.read(services.current().config, "refresh", asked.values["refresh_token"])
    if said is not None:
        with services.current().pool.connection() as conn:
            logins.delete_logins(conn, user_id=said.user_id, login_id=said.login_id)
    return no_content()


@api.route("GET", "/auth/logins", answer="Logins")
def list_logins(asked: Asked) -> Response:
    """List the programs that are signed in as you."""
    with services.current().pool.connection() as conn:
        return answer({"logins": logins.list_logins(conn, user_id=asked.user_id)})


@api.route("DELETE", "/auth/logins/<uuid:login_id>", status=204)
def end_login(asked: Asked, login_id: UUID) -> Response:
    """End the sign-in of a program at once."""
    with services.current().pool.connection() as conn:
        if not logins.delete_logins(conn, user_id=asked.user_id, login_id=login_id):
            raise NotFound("sign-in")
    return no_content()
