"""Who may see and do what: every operation of the document, asked for by every role."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.people import Person, SignUp
from tests.possessions import possessions

BY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
BASE = "https://taskmanager.test"
# What an operation needs, where it is not "see" for a GET and "edit" for everything else.
PUBLIC = {"log_in", "refresh", "log_out"}
# One's own affairs: everybody signed in may, with one's own things; another's are not there.
PERSONAL = {
    *("get_me", "get_first_board", "list_boards", "list_workspaces", "create_workspace", "list_tasks"),
    *("list_sessions", "revoke_sessions", "list_tokens", "create_token", "revoke_token"),
    *("list_logins", "end_login", "list_filters", "save_filter", "delete_filter"),
}
MANAGE = {"delete_board", "rename_workspace", "invite", "change_member", "remove_member"}
# Others' words: nobody changes them; owners may delete them.
AUTHOR = {"change_comment"}
MODERATE = {"delete_comment"}
NEW_PLACE = {"create_board", "create_task", "import_board"}
ALLOWED = {"see": {"viewer", "member", "owner"}, "edit": {"member", "owner"}, "manage": {"owner"}, "author": {"owner"}}
VALUES = {
    "name": "n",
    "color": "red",
    "title": "t",
    "body": "b",
    "email": "x@y.test",
    "role": "member",
    "scope": "read",
    "days": 1,
}


@dataclass(frozen=True)
class Operation:
    """An operation with all that a valid request for it holds."""

    name: str
    method: str
    path: str
    body: dict[str, Any] | None
    needs: str

    def by(self, person: Person) -> int:
        """Ask for it as somebody and return the status."""
        if self.name == "add_attachment":
            headers = {"X-CSRF-Token": person.csrf_token}
            return person.client.post(f"{self.path}?name=x", data=b"x", base_url=BASE, headers=headers).status_code
        return person.send(self.method, self.path, self.body, If_Match="*").status_code


def needs(name: str, method: str) -> str:
    """Return what an operation needs."""
    for words, need in ((PUBLIC, "nothing"), (PERSONAL, "nothing of others"), (MANAGE | MODERATE, "manage"), (AUTHOR, "author")):
        if name in words:
            return need
    return "see" if method == "GET" else "edit"


def operations(app: Flask, ids: dict[str, str], exported: object) -> list[Operation]:
    """Return every operation of the document, filled with somebody's things; what deletes comes last."""
    document = app.test_client().get("/api/v1/openapi.json", base_url=BASE).json
    assert document
    bodies: dict[str, Any] = {
        "create_task": {"title": "t", "column_id": ids["column_id"]},
        "create_board": {"name": "n", "workspace_id": ids["workspace_id"]},
        "change_many": {"ids": [ids["task_id"]], "changes": {"priority": "high"}},
        "undo": {"board_id": ids["board_id"]},
        "move_task": {"column_id": ids["column_id"]},
        "import_board": exported,
        "save_filter": {"name": "n", "query": {}},
        "revoke_sessions": {"id": "0" * 64},
        "invite": {"email": "new@taskmanager.test", "role": "viewer"},
    }
    queries = {"import_board": f"?workspace_id={ids['workspace_id']}", "delete_column": f"?move_to={ids['other_column_id']}"}
    found = []
    for pattern, methods in document["paths"].items():
        for method, described in methods.items():
            name = described["operationId"]
            content = described.get("requestBody", {}).get("content", {})
            required: list[str] = next((entry["schema"].get("required", []) for entry in content.values()), [])
            body = bodies.get(name, {key: VALUES.get(key) for key in required} if content else None)
            path = pattern.format(**ids) + queries.get(name, "")
            found.append(Operation(name, method.upper(), path, body, needs(name, method.upper())))
    last = ["delete_column", "remove_member", "delete_task", "delete_board"]
    return sorted(found, key=lambda one: (last.index(one.name) if one.name in last else -1, one.method == "DELETE"))


@pytest.fixture
def people(anna: Person, sign_up: SignUp) -> dict[str, Person]:
    """Return somebody of every role in Anna's workspace, and somebody of none."""
    found = {"owner": anna, "member": sign_up("mia"), "viewer": sign_up("vera"), "stranger": sign_up("sam")}
    path = f"/api/v1/workspaces/{anna.board()['workspace_id']}/members"
    for role, name in (("member", "mia"), ("viewer", "vera")):
        assert anna.send("POST", path, {"email": f"{name}@taskmanager.test", "role": role}).status_code == 201
    return found


def state(owner: Person, ids: dict[str, str]) -> list[object]:
    """Return all that the operations could have changed."""
    paths: tuple[str, ...] = (
        "board",
        f"boards/{ids['board_id']}/export",
        "boards",
        f"workspaces/{ids['workspace_id']}/members",
        "workspaces",
    )
    paths += ("filters", "tokens", "auth/logins", "sessions", f"tasks/{ids['task_id']}")
    return [{**owner.get(f"/api/v1/{path}").json, "sessions": None} for path in paths]  # type: ignore[dict-item]


def test_nobody_does_more_than_the_role_allows(app: Flask, people: dict[str, Person]) -> None:
    owner = people["owner"]
    ids = possessions(owner)
    exported = owner.get(f"/api/v1/boards/{ids['board_id']}/export").json
    asked = [one for one in operations(app, ids, exported) if one.needs != "nothing"]
    assert {one.name for one in asked} >= PERSONAL | MANAGE | AUTHOR | MODERATE
    before = state(owner, ids)
    nobody = Person(app.test_client(), "")
    for one in asked:
        assert one.by(nobody) == 401, one
        theirs = bool(BY_ID.search(one.path + str(one.body)))
        if one.needs != "nothing of others" or theirs:
            # A place for something new that is not there for the asker is a value to correct.
            assert one.by(people["stranger"]) == (422 if one.name in NEW_PLACE else 404), one
        if one.needs == "nothing of others":
            continue
        for role in {"viewer", "member"} - ALLOWED[one.needs]:
            assert one.by(people[role]) == 403, (role, one)
    assert state(owner, ids) == before


@pytest.mark.parametrize("role", ["viewer", "member", "owner"])
def test_everybody_does_what_the_role_allows(app: Flask, people: dict[str, Person], role: str) -> None:
    ids = possessions(people["owner"])
    ids["member_id"] = str(people["viewer"].get("/api/v1/me").json["id"])  # type: ignore[index]
    exported = people["owner"].get(f"/api/v1/boards/{ids['board_id']}/export").json
    tried = 0
    for one in operations(app, ids, exported):
        if role in ALLOWED.get(one.needs, set()):
            assert one.by(people[role]) in {200, 201, 204}, (role, one)
            tried += 1
    assert tried >= {"viewer": 9, "member": 30, "owner": 36}[role]
