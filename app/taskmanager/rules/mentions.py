"""Who is mentioned in a comment: @ and the name, or the part of the address before its @."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID


def find(text: str, members: Iterable[Mapping[str, Any]]) -> list[UUID]:
    """Return the ids of the members a text mentions; each has id, name and email."""
    folded = text.casefold()
    return [member["id"] for member in members if any(holds(folded, name) for name in names_of(member))]


def names_of(member: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a member answers to."""
    return (str(member["name"]).casefold(), str(member["email"]).split("@")[0].casefold(), str(member["email"]).casefold())


def holds(text: str, name: str) -> bool:
    """Return whether a text has @name, standing alone."""
    start = text.find(f"@{name}")
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(name) + 1 : start + len(name) + 2]
        if not before.isalnum() and not (after.isalnum() or after == "_"):
            return True
        start = text.find(f"@{name}", start + 1)
    return False
