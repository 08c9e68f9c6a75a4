"""What a task may be, and how the bodies that describe one are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

TITLE_MAX = 200
DESCRIPTION_MAX = 20_000
PRIORITIES = ("none", "low", "normal", "high")


class Refused(Exception):
    """The body does not describe what it should; `faults` are (JSON pointer, sentence)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True)
class Place:
    """Where a task goes: a column, and the task it stands before or after (the column's end without one)."""

    column_id: UUID | None = None
    before_id: UUID | None = None
    after_id: UUID | None = None


def title(value: object) -> str:
    """Return a title: one line of 1 to 200 characters."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    text = " ".join(value.split())
    if not text:
        raise ValueError("must not be empty")
    if len(text) > TITLE_MAX:
        raise ValueError(f"must have at most {TITLE_MAX} characters, and has {len(text)}")
    if "\x00" in text:
        raise ValueError("must not hold a NUL character")
    return text


def description(value: object) -> str:
    """Return a description of at most 20,000 characters."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if len(value) > DESCRIPTION_MAX:
        raise ValueError(f"must have at most {DESCRIPTION_MAX} characters, and has {len(value)}")
    if "\x00" in value:
        raise ValueError("must not hold a NUL character")
    return value


def due_on(value: object) -> date | None:
    """Return a day, written YYYY-MM-DD, or None."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("must be a day as YYYY-MM-DD, or null")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a day as YYYY-MM-DD, or null") from None


def priority(value: object) -> str:
    """Return one of the priorities."""
    if value not in PRIORITIES:
        raise ValueError(f"must be one of {', '.join(PRIORITIES)}")
    return str(value)


def completed(value: object) -> bool:
    """Return whether the task is done."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def identifier(value: object) -> UUID | None:
    """Return an id, or None."""
    if value is None:
        return None
    try:
        return UUID(value) if isinstance(value, str) else bad_identifier()
    except ValueError:
        return bad_identifier()


def bad_identifier() -> UUID:
    """Refuse what is no id."""
    raise ValueError("must be an id as the API gives it, or null")


Reader = Callable[[object], Any]
CHANGEABLE: Mapping[str, Reader] = {
    "title": title,
    "description": description,
    "due_on": due_on,
    "priority": priority,
    "completed": completed,
}
PLACED: Mapping[str, Reader] = {"column_id": identifier, "before_id": identifier, "after_id": identifier}
NEW: Mapping[str, Reader] = {name: read for name, read in {**CHANGEABLE, **PLACED}.items() if name != "completed"}


def read(body: object, readers: Mapping[str, Reader], *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the members of a body after their readers looked at them.

    Raises:
        Refused: The body is no object, a member is unknown, missing or wrong.

    """
    if not isinstance(body, dict):
        raise Refused([("", "must be an object")])
    faults = [(f"/{name}", "is not known here") for name in body if name not in readers]
    faults += [(f"/{name}", "is missing") for name in required if name not in body]
    values: dict[str, Any] = {}
    for name in body.keys() & readers.keys():
        try:
            values[name] = readers[name](body[name])
        except ValueError as fault:
            faults.append((f"/{name}", str(fault)))
    if faults:
        raise Refused(sorted(faults))
    return values


def place_of(values: Mapping[str, Any]) -> Place:
    """Return the place that checked values name; before and after together are refused."""
    place = Place(values.get("column_id"), values.get("before_id"), values.get("after_id"))
    if place.before_id and place.after_id:
        raise Refused([("/after_id", "cannot be given together with before_id")])
    return place
