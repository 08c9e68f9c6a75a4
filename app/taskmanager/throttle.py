"""How often a sign-in may fail per address and account. Without Redis nobody signs in: what is not counted cannot be held."""

import hashlib

from taskmanager import limits, services

ATTEMPTS = 10
ATTEMPTS_PER_ADDRESS = 100
WINDOW_S = 15 * 60


def key_of(address: str, email: str = "") -> str:
    """Return where the attempts are counted."""
    return f"limit:sign-in:{hashlib.sha256(f'{address} {email.casefold()}'.encode()).hexdigest()}"


def count_attempt(address: str, email: str) -> None:
    """Count an attempt before the password is looked at; refuse it when there were too many."""
    place = limits.place_of(address)
    policies = [limits.Policy("sign-in", key_of(place, email), ATTEMPTS, WINDOW_S)]
    if place:
        policies.append(limits.Policy("sign-in-address", key_of(place), ATTEMPTS_PER_ADDRESS, WINDOW_S))
    _, states = limits.ask(policies)
    limits.refuse(states, "Too many attempts to sign in; try again in {minutes} minutes.")


def forget(address: str, email: str) -> None:
    """Forget the attempts after one that was right."""
    services.current().redis.delete(key_of(limits.place_of(address), email))
