"""How often a sign-in may fail per address and account."""

import hashlib

from taskmanager import services
from taskmanager.errors import AppError

ATTEMPTS = 10
WINDOW_S = 15 * 60


def key_of(address: str, email: str) -> str:
    """Return where the attempts are counted."""
    return f"sign-in:{hashlib.sha256(f'{address} {email.casefold()}'.encode()).hexdigest()}"


def count_attempt(address: str, email: str) -> None:
    """Count an attempt before the password is looked at; refuse it when there were too many."""
    client = services.current().redis
    key = key_of(address, email)
    with client.pipeline() as pipe:
        pipe.incr(key)
        pipe.expire(key, WINDOW_S, nx=True)
        pipe.ttl(key)
        attempts, _, seconds = pipe.execute()
    if attempts > ATTEMPTS:
        detail = f"Too many attempts to sign in; try again in {max(1, seconds // 60)} minutes."
        raise AppError(429, "Too many attempts", detail, headers={"Retry-After": str(max(1, seconds))})


def forget(address: str, email: str) -> None:
    """Forget the attempts after one that was right."""
    services.current().redis.delete(key_of(address, email))
