"""Sessions: a random id in a cookie, everything else in Redis under the hash of that id."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
import redis
from flask import Response, g, request

from taskmanager import services
from taskmanager.errors import AppError

COOKIE = "__Host-session"
SIGNED_IN_S = 14 * 24 * 3600
ANONYMOUS_S = 3600


@dataclass(frozen=True)
class Session:
    """Who is at the browser (`user_id` is None before sign-in), and the token its forms carry."""

    key: str
    csrf_token: str
    user_id: UUID | None = None
    name: str = ""
    email: str = ""


def key_of(session_id: str) -> str:
    """Return where a session lies in Redis; the id itself is never stored."""
    return f"session:{hashlib.sha256(session_id.encode()).hexdigest()}"


def list_of(user_id: UUID) -> str:
    """Return where the sessions of a person are listed."""
    return f"sessions:{user_id}"


def list_sessions(user_id: UUID, current: Session | None) -> list[dict[str, object]]:
    """Return a person's sessions, newest first, and forget those that ended; the id of one is the hash of its secret."""
    client = services.current().redis
    listed: dict[bytes, bytes] = client.hgetall(list_of(user_id))  # type: ignore[assignment]
    alive: list[dict[str, object]] = []
    for key, started in listed.items():
        if not client.exists(key):
            client.hdel(list_of(user_id), key.decode())
            continue
        name = key.decode()
        here = current is not None and current.key == name
        alive.append({"id": name.partition(":")[2], "current": here, **orjson.loads(started)})
    if alive:
        client.expire(list_of(user_id), SIGNED_IN_S)
    return sorted(alive, key=lambda row: str(row["at"]), reverse=True)


def revoke(client: redis.Redis, user_id: UUID, session_id: str | None = None) -> int:
    """End a session of a person, or all of them; return how many ended."""
    keys = [key.decode() for key in client.hkeys(list_of(user_id))]  # type: ignore[union-attr]
    ending = [key for key in keys if session_id in (None, key.partition(":")[2])]
    if ending:
        client.delete(*ending)
        client.hdel(list_of(user_id), *ending)
    return len(ending)


def load() -> Session | None:
    """Return the session of this request and lengthen its life, in one round trip; None when there is none."""
    if "session" not in g:
        session_id = request.cookies.get(COOKIE, "")
        g.session = read(key_of(session_id)) if session_id else None
    found: Session | None = g.session
    return found


def read(key: str) -> Session | None:
    """Return the session under a key."""
    return parse(key, services.current().redis.getex(key, ex=SIGNED_IN_S))


def parse(key: str, stored: object) -> Session | None:
    """Return the session that Redis holds under a key."""
    if not isinstance(stored, bytes):
        return None
    fields = orjson.loads(stored)
    user_id = UUID(fields["user_id"]) if fields["user_id"] else None
    return Session(key, fields["csrf_token"], user_id, fields["name"], fields["email"])


def start(response: Response, *, user_id: UUID | None = None, name: str = "", email: str = "") -> Session:
    """Start a session in place of the one there is, so that an id known before sign-in is worth nothing after it."""
    end_stored()
    session_id = secrets.token_urlsafe(32)
    session = Session(key_of(session_id), secrets.token_urlsafe(32), user_id, name, email)
    fields = {"csrf_token": session.csrf_token, "user_id": user_id and str(user_id), "name": name, "email": email}
    lifetime = SIGNED_IN_S if user_id else ANONYMOUS_S
    with services.current().redis.pipeline() as pipe:
        pipe.set(session.key, orjson.dumps(fields), ex=lifetime)
        if user_id:
            started = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "agent": request.user_agent.string[:200]}
            pipe.hset(list_of(user_id), session.key, orjson.dumps(started))
            pipe.expire(list_of(user_id), SIGNED_IN_S)
        pipe.execute()
    response.set_cookie(COOKIE, session_id, max_age=lifetime, secure=True, httponly=True, samesite="Lax", path="/")
    g.session = session
    return session


def end(response: Response) -> None:
    """End the session, here and in the browser."""
    end_stored()
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")


def end_stored() -> None:
    """Remove what Redis holds of this request's session."""
    session_id = request.cookies.get(COOKIE, "")
    if session_id:
        services.current().redis.delete(key_of(session_id))


def check_csrf() -> None:
    """Refuse a request that did not come from a page of ours."""
    session = load()
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if session is None or not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise AppError(403, "Not from this page", "The CSRF token is missing or old; reload the page and try again.")
