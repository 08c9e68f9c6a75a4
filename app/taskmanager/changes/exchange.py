"""Exporting a board, and importing one into a workspace."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from taskmanager import services
from taskmanager.changes.change import Row, check_role
from taskmanager.db import boards, columns, exchange, labels, workspaces
from taskmanager.errors import AppError, FieldError, Invalid, NotFound
from taskmanager.rules.exchange import FORMAT


def export(*, user_id: UUID, board_id: UUID) -> Row:
    """Return a board as a document, without any id."""
    with services.current().pool.connection() as conn, conn.transaction():
        head = boards.get_head(conn, user_id=user_id, board_id=board_id)
        if head is None:
            raise NotFound("board")
        standing = columns.list_columns(conn, board_id=board_id)
        worn = labels.list_labels(conn, board_id=board_id)
        people = {row["id"]: row["email"] for row in workspaces.list_members(conn, workspace_id=head["workspace_id"])}
        tasks, items, comments = exchange.read_all(conn, board_id=board_id)
    places = {row["id"]: number for number, row in enumerate(standing)}
    names = {row["id"]: row["name"] for row in worn}
    lists, talk = grouped(items), grouped(comments)
    for task in tasks:
        key = task.pop("id")
        task |= {"column": places[task.pop("column_id")], "checklist": lists[key], "comments": talk[key]}
        task["labels"] = [names[label] for label in task["labels"] if label in names]
        task["assignees"] = [people[person] for person in task["assignees"] if person in people]
    return {
        "format": FORMAT,
        "version": 1,
        "name": head["name"],
        "columns": [{name: row[name] for name in ("name", "wip_limit", "wip_enforced", "is_done")} for row in standing],
        "labels": [{"name": row["name"], "color": row["color"]} for row in worn],
        "tasks": tasks,
    }


def grouped(rows: list[Row]) -> dict[UUID, list[Row]]:
    """Return rows by their task."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.pop("task_id")].append(row)
    return found


def import_board(*, user_id: UUID, workspace_id: UUID, document: Row) -> UUID:
    """Make a board from a checked document and return its id; people who are not members here are left out."""
    with services.current().pool.connection() as conn, conn.transaction():
        workspace = workspaces.get_workspace(conn, user_id=user_id, workspace_id=workspace_id)
        if workspace is None:
            raise Invalid(FieldError("/workspace_id", "is no workspace of yours"))
        check_role(workspace["role"], "edit")
        board_id = boards.create_board(conn, workspace_id=workspace_id, name=document["name"])
        standing = [columns.insert_column(conn, board_id=board_id, values=row) for row in document["columns"]]
        worn = {row["name"].lower(): add_label(conn, board_id, row) for row in document["labels"]}
        people = {row["email"].lower(): row["id"] for row in workspaces.list_members(conn, workspace_id=workspace_id)}
        tasks: list[Row] = []
        items: list[Row] = []
        comments: list[Row] = []
        heights: Counter[int] = Counter()
        for given in document["tasks"]:
            heights[given["column"]] += 1
            task = task_of(given, standing, worn, people) | {"board_id": board_id, "user_id": user_id}
            tasks.append(task | {"position": heights[given["column"]] * 1024.0})
            items += items_of(given, task["id"])
            comments += comments_of(given, task["id"], people)
        exchange.insert_all(conn, tasks=tasks, items=items, comments=comments)
    return board_id


def add_label(conn: Connection, board_id: UUID, values: dict[str, Any]) -> UUID:
    """Add a label to a new board and return its id."""
    row = labels.insert_label(conn, board_id=board_id, **values)
    if row is None:
        raise AppError(409, "Name is taken", "The document has two labels of one name.")
    label_id: UUID = row["id"]
    return label_id


def task_of(given: Row, standing: list[Row], worn: dict[str, UUID], people: dict[str, UUID]) -> Row:
    """Return the row of a task."""
    column = standing[given["column"]]
    defaults: Row = {"description": "", "priority": "none", "start_on": None, "due_on": None, "archived": False}
    kept = {name: given.get(name, value) for name, value in defaults.items()}
    checklist = given.get("checklist", [])
    return kept | {
        "id": uuid4(),
        "title": given["title"],
        "column_id": column["id"],
        "is_done": column["is_done"],
        "labels": [worn[name.lower()] for name in given.get("labels", [])],
        "assignees": [people[email.lower()] for email in given.get("assignees", []) if email.lower() in people],
        "checklist_done": sum(bool(item.get("done")) for item in checklist),
        "checklist_total": len(checklist),
        "comment_count": len(given.get("comments", [])),
    }


def items_of(given: Row, task_id: UUID) -> list[Row]:
    """Return the rows of a checklist."""
    return [
        {"task_id": task_id, "title": item["title"], "done": item.get("done", False), "position": number * 1024.0}
        for number, item in enumerate(given.get("checklist", []))
    ]


def comments_of(given: Row, task_id: UUID, people: dict[str, UUID]) -> list[Row]:
    """Return the rows of comments; an author who is no member here is nobody."""
    return [
        {"task_id": task_id, "user_id": people.get((row.get("author") or "").lower())}
        | {"body": row["body"], "created_at": row.get("created_at")}
        for row in given.get("comments", [])
    ]
