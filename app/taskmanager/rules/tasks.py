"""What a task may be, and where it may go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from taskmanager.rules.bodies import DATE, FLAG, ID, Fields, Refused, choice, each, line, nullable, text

PRIORITIES = ("none", "low", "normal", "high")
BULK_MAX = 200

CHANGEABLE: Fields = {
    "title": line(200),
    "description": text(20_000),
    "priority": choice(*PRIORITIES),
    "start_on": nullable(DATE),
    "due_on": nullable(DATE),
    "completed": FLAG,
    "archived": FLAG,
    "labels": each(ID, 50),
    "assignees": each(ID, 50),
}
PLACED: Fields = {"column_id": nullable(ID), "before_id": nullable(ID), "after_id": nullable(ID)}
NEW: Fields = {name: field for name, field in {**CHANGEABLE, **PLACED}.items() if name not in {"completed", "archived"}}
ITEM_PLACED: Fields = {"before_id": nullable(ID), "after_id": nullable(ID)}
NEW_ITEM: Fields = {"title": line(200), "done": FLAG}
ITEM: Fields = {**NEW_ITEM, **ITEM_PLACED}
COMMENT: Fields = {"body": text(10_000, least=1)}
BULK_CHANGE: Fields = {
    **{name: CHANGEABLE[name] for name in ("priority", "start_on", "due_on", "completed", "archived", "labels", "assignees")},
    "add_labels": each(ID, 50),
    "add_assignees": each(ID, 50),
    "column_id": ID,
}
FILTER: Fields = {
    "q": text(200),
    "board_id": ID,
    "column_id": ID,
    "assignee_id": ID,
    "label_id": ID,
    "priority": choice(*PRIORITIES),
    "due_before": DATE,
    "due_after": DATE,
}


@dataclass(frozen=True)
class Place:
    """Where a task goes: a column, and the task it stands before or after (the column's end without one)."""

    column_id: UUID | None = None
    before_id: UUID | None = None
    after_id: UUID | None = None


def place_of(values: Mapping[str, Any]) -> Place:
    """Return the place that checked values name; before and after together are refused."""
    place = Place(values.get("column_id"), values.get("before_id"), values.get("after_id"))
    if place.before_id and place.after_id:
        raise Refused([("/after_id", "cannot be given together with before_id")])
    return place


def check_days(values: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> None:
    """Refuse a task that starts after it is due; `known` is the task as it was."""
    start, due = (values.get(name, (known or {}).get(name)) for name in ("start_on", "due_on"))
    if start and due and start > due:
        pointer = "/start_on" if "start_on" in values else "/due_on"
        raise Refused([(pointer, "leaves the task starting after it is due")])


def for_task(changes: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a bulk change sets on one task: what it adds comes behind what is there."""
    values = {name: value for name, value in changes.items() if name in CHANGEABLE}
    for name in ("labels", "assignees"):
        if f"add_{name}" in changes:
            values[name] = list(dict.fromkeys([*values.get(name, task[name]), *changes[f"add_{name}"]]))
    return values
