"""Password hashes: Argon2id, never more than two at once."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# OWASP's second choice: 19 MiB and two passes, about 35 ms of one core; two at once bound memory and CPU.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
AT_ONCE = threading.BoundedSemaphore(2)
# Checked when there is no such account, so that an answer takes as long either way.
NOBODY = HASHER.hash("nobody has this password")


def make_hash(password: str) -> str:
    """Return the hash to store for a password."""
    with AT_ONCE:
        return HASHER.hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Return whether the password belongs to the stored hash; None stands for an unknown account."""
    with AT_ONCE:
        try:
            return HASHER.verify(stored or NOBODY, password) and stored is not None
        except (VerifyMismatchError, InvalidHashError):
            return False
