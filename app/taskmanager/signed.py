"""Signed tokens of programs that signed in: access for minutes, refresh for weeks, both ended by ending the sign-in."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from uuid import UUID

import jwt

from taskmanager.config import Config

ALGORITHM = "HS256"
ACCESS_S = 15 * 60
REFRESH_DAYS = 30
KINDS = {"access": ACCESS_S, "refresh": REFRESH_DAYS * 24 * 3600}
CLAIMS = ["iss", "aud", "sub", "sid", "gen", "iat", "exp"]


@dataclass(frozen=True)
class Signed:
    """What a token says that is ours and has not expired."""

    user_id: UUID
    login_id: UUID
    generation: int


def key_of(config: Config) -> bytes:
    """Return the key for tokens, made from the secret: what else is signed with that is no token."""
    return hmac.digest(config.secret_key.encode(), b"tokens of programs", hashlib.sha256)


def make(config: Config, kind: str, *, user_id: UUID, login_id: UUID, generation: int) -> str:
    """Return a token; its audience is its kind, so that one kind is never taken for the other."""
    now = int(time.time())
    claims = {"iss": config.public_url, "aud": kind, "sub": str(user_id), "sid": str(login_id), "gen": generation}
    return jwt.encode({**claims, "iat": now, "exp": now + KINDS[kind]}, key_of(config), algorithm=ALGORITHM)


def read(config: Config, kind: str, token: str) -> Signed | None:
    """Return what a token says; None for one that is not ours, of another kind, or expired."""
    try:
        claims = jwt.decode(
            token, key_of(config), algorithms=[ALGORITHM], audience=kind, issuer=config.public_url, options={"require": CLAIMS}
        )
        return Signed(UUID(claims["sub"]), UUID(claims["sid"]), int(claims["gen"]))
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None
