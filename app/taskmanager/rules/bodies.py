"""How the members of a body or query are read, and the JSON schema that says so: one object is both."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Refused(Exception):
    """The body does not describe what it should; `faults` are (JSON pointer, sentence)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True)
class Field:
    """One member: the function that reads it (ValueError says what is wrong) and its schema."""

    read: Callable[[object], Any]
    schema: Mapping[str, Any] = field(default_factory=dict)


Fields = Mapping[str, Field]


def line(most: int) -> Field:
    """Return a field of one line of text, its spaces tidied."""

    def read(value: object) -> str:
        text = " ".join(string(value).split())
        if not text:
            raise ValueError("must not be empty")
        return within(text, most)

    return Field(read, {"type": "string", "minLength": 1, "maxLength": most, "pattern": r"\S"})


def text(most: int, *, least: int = 0) -> Field:
    """Return a field of text of any number of lines."""

    def read(value: object) -> str:
        given = string(value)
        if len(given.strip()) < least:
            raise ValueError("must not be empty")
        return within(given, most)

    return Field(read, {"type": "string", "minLength": least, "maxLength": most})


def string(value: object) -> str:
    """Return a string that PostgreSQL can hold."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if "\x00" in value:
        raise ValueError("must not hold a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must not hold half a surrogate pair")
    return value


def within(value: str, most: int) -> str:
    """Return a text that is not too long."""
    if len(value) > most:
        raise ValueError(f"must have at most {most} characters, and has {len(value)}")
    return value


def read_day(value: object) -> date:
    """Return a day, written YYYY-MM-DD."""
    if not isinstance(value, str) or not DAY.fullmatch(value) or not value.isascii():
        raise ValueError("must be a day as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a day as YYYY-MM-DD") from None


def read_moment(value: object) -> datetime:
    """Return a point in time with its offset, as RFC 3339 writes it."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("must be a time as 2026-11-23T09:00:00Z")
    return moment


def read_identifier(value: object) -> UUID:
    """Return an id."""
    try:
        if isinstance(value, str):
            return UUID(value)
    except ValueError:
        pass
    raise ValueError("must be an id as the API gives it")


def read_flag(value: object) -> bool:
    """Return true or false; a query spells them."""
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false")


def read_word(value: object) -> bool:
    """Return true or false from a query, which spells them."""
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


DATE = Field(read_day, {"type": "string", "format": "date"})
MOMENT = Field(read_moment, {"type": "string", "format": "date-time"})
ID = Field(read_identifier, {"type": "string", "format": "uuid"})
FLAG = Field(read_flag, {"type": "boolean"})
WORD_FLAG = Field(read_word, {"type": "boolean"})


def choice(*words: str) -> Field:
    """Return a field of one of a few words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return Field(read, {"type": "string", "enum": list(words)})


def whole(least: int, most: int) -> Field:
    """Return a field of a whole number; a query spells it."""

    def read(value: object) -> int:
        spelt = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        number = int(value) if spelt else value  # type: ignore[call-overload]
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return Field(read, {"type": "integer", "minimum": least, "maximum": most})


def nullable(inner: Field) -> Field:
    """Return a field that may be null."""

    def read(value: object) -> Any:  # noqa: ANN401 - whatever the inner field is
        if value is None:
            return None
        try:
            return inner.read(value)
        except ValueError as fault:
            raise ValueError(f"{fault}, or null") from None

    return Field(read, {**inner.schema, "type": [inner.schema["type"], "null"]})


def each(inner: Field, most: int, *, least: int = 0) -> Field:
    """Return a field of a list without doubles, in the order given."""

    def read(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        if not least <= len(value) <= most:
            raise ValueError(f"must have {least} to {most} entries, and has {len(value)}")
        return list(dict.fromkeys(inner.read(entry) for entry in value))

    return Field(read, {"type": "array", "items": dict(inner.schema), "minItems": least, "maxItems": most})


def read(body: object, fields: Fields, *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the members of a body after their fields looked at them.

    Raises:
        Refused: The body is no object, a member is unknown, missing or wrong.

    """
    if not isinstance(body, dict):
        raise Refused([("", "must be an object")])
    faults = [(f"/{name}", "is not known here") for name in body if name not in fields]
    faults += [(f"/{name}", "is missing") for name in required if name not in body]
    values: dict[str, Any] = {}
    for name in body.keys() & fields.keys():
        try:
            values[name] = fields[name].read(body[name])
        except ValueError as fault:
            faults.append((f"/{name}", str(fault)))
    if faults:
        raise Refused(sorted(faults))
    return values
