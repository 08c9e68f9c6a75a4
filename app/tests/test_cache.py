"""Boards from the cache: never an old one, whoever wrote, and less work for PostgreSQL."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
import redis
from flask import Flask
from taskmanager import boards_cache, metrics
from taskmanager.config import Config
from taskmanager.db import boards

from tests.people import Person, SignUp

BASE = "https://taskmanager.test"
WORDS = {"name": "n", "color": "red", "title": "t", "body": "b", "email": "x@y.test", "role": "member", "scope": "read"}


def asked(result: str) -> float:
    """Return how often the cache was asked with this result."""
    return metrics.CACHE.labels(result)._value.get()  # type: ignore[no-any-return]


def from_database(conn: psycopg.Connection, board: dict[str, Any]) -> object:
    """Return a board as the database has it."""
    row = conn.execute(
        "SELECT user_id FROM workspace_members WHERE workspace_id = %s AND role = 'owner'", [board["workspace_id"]]
    )
    found = row.fetchone()
    assert found
    return orjson.loads(orjson.dumps(boards.get_board(conn, user_id=found[0], board_id=board["id"])))


def test_second_read_comes_from_the_cache_and_a_known_board_is_not_sent_again(anna: Person) -> None:
    anna.get("/api/v1/board")
    before = asked("hit")
    again = anna.get("/api/v1/board")
    assert asked("hit") == before + 1
    known = anna.get("/api/v1/board", headers={"If-None-Match": again.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    assert asked("hit") == before + 1
    anna.add("changes it")
    fresh = anna.get("/api/v1/board", headers={"If-None-Match": again.headers["ETag"]})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != again.headers["ETag"]


def writes(app: Flask, ids: dict[str, object]) -> Iterator[tuple[str, str, dict[str, object] | None]]:
    """Yield every writing operation of the document as method, path and body."""
    document = app.test_client().get("/api/v1/openapi.json", base_url=BASE).json
    assert document
    for pattern, methods in document["paths"].items():
        if not set(re.findall(r"{(\w+)}", pattern)) <= ids.keys():
            continue
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            required: list[str] = next((entry["schema"].get("required", []) for entry in content.values()), [])
            if method != "get" and "tokens" not in pattern and "sessions" not in pattern:
                body = {name: WORDS.get(name, ids.get(name)) for name in required} if content else None
                yield method.upper(), pattern.format(**ids), body
    changes: list[dict[str, object]] = [{"archived": True}, {"archived": False}, {"priority": "high"}]
    changes.append({"labels": [ids["label_id"]]})
    for change in changes:
        yield "PATCH", f"/api/v1/tasks/{ids['task_id']}", change
    for role in ("owner", "viewer"):
        yield "PATCH", f"/api/v1/workspaces/{ids['workspace_id']}/members/{ids['member_id']}", {"role": role}


def test_no_write_of_the_api_leaves_an_old_board_to_anybody(
    app: Flask, anna: Person, sign_up: SignUp, conn: psycopg.Connection
) -> None:
    board: dict[str, Any] = anna.board()
    task = anna.add("x")
    path = f"/api/v1/tasks/{task['id']}"
    workspace = f"/api/v1/workspaces/{board['workspace_id']}/members"
    bob, carl = sign_up("bob"), sign_up("carl")
    made = {"task_id": anna.add("other")["id"], "board_id": board["id"], "workspace_id": board["workspace_id"]}
    made["column_id"] = anna.columns()["Ready"]
    made["label_id"] = anna.send("POST", f"/api/v1/boards/{board['id']}/labels", {"name": "l", "color": "red"}).json["id"]  # type: ignore[index]
    made["item_id"] = anna.send("POST", f"{path}/checklist", {"title": "i"}).json["id"]  # type: ignore[index]
    made["comment_id"] = anna.send("POST", f"{path}/comments", {"body": "c"}).json["id"]  # type: ignore[index]
    anna.send("POST", workspace, {"email": "bob@taskmanager.test", "role": "viewer"})
    made["member_id"] = anna.send("POST", workspace, {"email": "carl@taskmanager.test", "role": "member"}).json["id"]  # type: ignore[index]
    done = 0
    every = list(writes(app, made))
    # What deletes comes last, the board itself at the very end.
    for method, url, body in sorted(
        every, key=lambda write: (write[0] == "DELETE", write[1].count("/") if write[0] == "DELETE" else 0)
    ):
        if (method, url) == ("DELETE", f"/api/v1/boards/{board['id']}"):
            continue
        for person in (anna, bob):
            person.get(f"/api/v1/boards/{board['id']}")
        answer = anna.send(method, url, body, If_Match="*")
        done += answer.status_code < 300
        truth = from_database(conn, board)
        for person in (anna, bob, carl):
            read = person.get(f"/api/v1/boards/{board['id']}")
            if read.status_code == 200:
                shown = read.json
                assert shown
                assert {**shown, "role": "owner"} == truth, (method, url, answer.text)
    assert done >= 15


def test_person_who_takes_up_an_invitation_is_on_the_board_at_once(anna: Person, sign_up: SignUp) -> None:
    board: dict[str, Any] = anna.board()
    path = f"/api/v1/workspaces/{board['workspace_id']}/members"
    link = anna.send("POST", path, {"email": "bob@taskmanager.test", "role": "member"}).json["link"]  # type: ignore[index]
    tag = anna.get("/api/v1/board").headers["ETag"]
    sign_up("bob", link.rpartition("=")[2])
    read = anna.get("/api/v1/board", headers={"If-None-Match": tag})
    assert read.status_code == 200
    assert [member["name"] for member in read.json["members"]] == ["anna", "bob"]  # type: ignore[index]


def test_reader_sees_every_write_that_was_acknowledged_before(anna: Person, sign_up: SignUp) -> None:
    acknowledged: list[object] = []
    stop = threading.Event()

    def write() -> None:
        for number in range(40):
            acknowledged.append(anna.add(f"task {number}")["id"])
        stop.set()

    board: dict[str, Any] = anna.board()
    bob = sign_up("bob")
    anna.send("POST", f"/api/v1/workspaces/{board['workspace_id']}/members", {"email": "bob@taskmanager.test", "role": "viewer"})
    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        known = list(acknowledged)
        read = bob.get(f"/api/v1/boards/{board['id']}").json
        assert read
        assert set(known) <= {task["id"] for task in read["tasks"]}
    writer.join()


def test_kept_board_of_another_number_is_not_taken(app: Flask, config: Config, anna: Person) -> None:
    board: dict[str, Any] = anna.board()
    client: redis.Redis = redis.Redis.from_url(config.redis_url)
    with app.app_context():
        key = boards_cache.key_of(board["id"])
    for number in (board["seq"] - 1, board["seq"] + 1):
        client.set(key, f'{number}\n{{"id":"forged"}}')
        assert anna.board() == board
    client.close()


@pytest.mark.parametrize("role", ["owner", "member", "viewer"])
def test_role_in_a_kept_board_is_that_of_who_reads(anna: Person, sign_up: SignUp, role: str) -> None:
    board: dict[str, Any] = anna.board()
    bob = sign_up("bob")
    anna.send("POST", f"/api/v1/workspaces/{board['workspace_id']}/members", {"email": "bob@taskmanager.test", "role": role})
    for _ in range(2):
        assert anna.get(f"/api/v1/boards/{board['id']}").json["role"] == "owner"  # type: ignore[index]
        assert bob.get(f"/api/v1/boards/{board['id']}").json["role"] == role  # type: ignore[index]
