"""A board as a document that leaves this site and comes back: JSON with all of it, CSV with its tasks."""

import csv
import io
from typing import Any

from taskmanager.rules import boards, tasks
from taskmanager.rules.bodies import MOMENT, Field, Fields, Refused, choice, line, nullable, read, text, whole

FORMAT = "taskmanager-board"
TASKS_MAX = 5000
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
CSV_COLUMNS = (
    *("column", "title", "description", "priority", "start_on", "due_on"),
    *("labels", "assignees", "completed", "archived", "checklist"),
)
Row = dict[str, Any]


def rows(fields: Fields, required: tuple[str, ...], most: int) -> Field:
    """Return a field of a list of objects."""

    def read_rows(value: object) -> list[Row]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"must be a list of at most {most} entries")
        return [read_row(entry, number) for number, entry in enumerate(value)]

    def read_row(entry: object, number: int) -> Row:
        try:
            return read(entry, fields, required=required)
        except Refused as refused:
            pointer, detail = refused.faults[0]
            raise ValueError(f"entry {number}{pointer} {detail}") from None

    return Field(read_rows, {"type": "array", "items": {"type": "object"}, "maxItems": most})


def names(most: int) -> Field:
    """Return a field of a list of short texts."""
    inner = line(254)

    def read_names(value: object) -> list[str]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"must be a list of at most {most} entries")
        return list(dict.fromkeys(inner.read(entry) for entry in value))

    return Field(read_names, {"type": "array", "items": {"type": "string"}, "maxItems": most})


COLUMN: Fields = {name: boards.NEW_COLUMN[name] for name in ("name", "wip_limit", "wip_enforced", "is_done")}
COMMENT: Fields = {"author": nullable(line(254)), "body": text(10_000, least=1), "created_at": MOMENT}
TASK: Fields = {
    **{name: tasks.CHANGEABLE[name] for name in ("title", "description", "priority", "start_on", "due_on", "archived")},
    "column": whole(0, 99),
    "labels": names(50),
    "assignees": names(50),
    "checklist": rows(tasks.NEW_ITEM, ("title",), 200),
    "comments": rows(COMMENT, ("body",), 1000),
}
DOCUMENT: Fields = {
    "format": choice(FORMAT),
    "version": whole(1, 1),
    "name": line(100),
    "columns": rows(COLUMN, ("name",), 100),
    "labels": rows(boards.LABEL, ("name", "color"), 200),
    "tasks": rows(TASK, ("title", "column"), TASKS_MAX),
}


def read_document(body: object) -> Row:
    """Return a checked document; every task stands in a column it has, and wears labels it has."""
    document = read(body, DOCUMENT, required=tuple(DOCUMENT))
    if not document["columns"]:
        raise Refused([("/columns", "must not be empty")])
    known = [label["name"].lower() for label in document["labels"]]
    if len(set(known)) < len(known):
        raise Refused([("/labels", "holds a name twice")])
    for number, task in enumerate(document["tasks"]):
        if task["column"] >= len(document["columns"]):
            raise Refused([(f"/tasks/{number}/column", "is no column of the document")])
        if not {name.lower() for name in task.get("labels", [])} <= set(known):
            raise Refused([(f"/tasks/{number}/labels", "names a label that is not in the document")])
    return document


def to_csv(document: Row) -> str:
    """Return the tasks of a document as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for task in document["tasks"]:
        column = document["columns"][task["column"]]
        cells = {name: task.get(name) or "" for name in ("title", "description", "priority", "start_on", "due_on")}
        cells |= {"column": column["name"], "labels": "; ".join(task["labels"]), "assignees": "; ".join(task["assignees"])}
        cells |= {"completed": spelt(column["is_done"]), "archived": spelt(task["archived"])}
        cells["checklist"] = "\n".join(f"[{'x' if item['done'] else ' '}] {item['title']}" for item in task["checklist"])
        writer.writerow({name: disarmed(str(cell)) for name, cell in cells.items()})
    return out.getvalue()


def spelt(flag: bool) -> str:
    """Return true or false as CSV has it."""
    return "true" if flag else "false"


def disarmed(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def armed(cell: str) -> str:
    """Return a cell as it was before it was disarmed."""
    return cell[1:] if cell.startswith("'") else cell


def from_csv(given: str, name: str) -> Row:
    """Return the document that CSV describes, not yet checked."""
    columns: dict[str, Row] = {}
    labels: dict[str, str] = {}
    found: list[Row] = []
    for cells in csv.DictReader(io.StringIO(given)):
        row = {key: armed(value or "") for key, value in cells.items() if isinstance(key, str) and isinstance(value, str)}
        title = row.get("column") or "Backlog"
        column = columns.setdefault(title, {"name": title, "is_done": row.get("completed") == "true"})
        worn = [part.strip() for part in row.get("labels", "").split(";") if part.strip()]
        for label in worn:
            labels.setdefault(label.lower(), label)
        found.append(task_of(row, list(columns).index(column["name"]), worn))
    made = [{"name": label, "color": "gray"} for label in labels.values()]
    head = {"format": FORMAT, "version": 1, "name": name}
    return {**head, "columns": list(columns.values()), "labels": made, "tasks": found}


def task_of(row: dict[str, str], column: int, labels: list[str]) -> Row:
    """Return the task that a line of CSV describes."""
    items = [entry for entry in row.get("checklist", "").splitlines() if entry.strip()]
    return {
        "title": row.get("title", ""),
        "description": row.get("description", ""),
        "priority": row.get("priority") or "none",
        "start_on": row.get("start_on") or None,
        "due_on": row.get("due_on") or None,
        "archived": row.get("archived") == "true",
        "column": column,
        "labels": labels,
        "assignees": [part.strip() for part in row.get("assignees", "").split(";") if part.strip()],
        "checklist": [{"title": entry[4:] if entry[:1] == "[" else entry, "done": entry[:3] == "[x]"} for entry in items],
    }
