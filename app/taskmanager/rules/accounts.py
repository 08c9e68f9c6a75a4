"""What an account may be."""

import re

EMAIL = re.compile(r"[^@\s\x00]+@[^@\s\x00]+")
EMAIL_MAX = 254
NAME_MAX = 100
PASSWORD_MIN = 10
PASSWORD_MAX = 200


def faults(*, email: str, name: str, password: str) -> dict[str, str]:
    """Return what is wrong with a new account, by field; empty when nothing is."""
    found: dict[str, str] = {}
    if len(email) > EMAIL_MAX or not EMAIL.fullmatch(email):
        found["email"] = "Enter an e-mail address, such as anna@example.org."
    if not name or len(name) > NAME_MAX or "\x00" in name:
        found["name"] = f"Enter a name of 1 to {NAME_MAX} characters."
    if len(password) < PASSWORD_MIN:
        found["password"] = f"Choose a password of at least {PASSWORD_MIN} characters."
    elif len(password) > PASSWORD_MAX:
        found["password"] = f"Choose a password of at most {PASSWORD_MAX} characters."
    return found
