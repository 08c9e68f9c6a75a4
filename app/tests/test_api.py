"""The API of tasks: what it does, and what it refuses without changing anything."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from werkzeug.test import TestResponse

from tests.people import Person, SignUp


def tasks_in(person: Person, column: str) -> list[str]:
    """Return the titles of a column in order."""
    board = person.board()
    ids = {str(row["id"]): str(row["name"]) for row in board["columns"]}
    return [str(task["title"]) for task in board["tasks"] if ids[str(task["column_id"])] == column]


def assert_problem(response: TestResponse, status: int, *, pointer: str | None = None) -> None:
    """Assert that a refusal has the shape of RFC 9457."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = response.json
    assert body
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    if pointer is not None:
        assert pointer in [fault["pointer"] for fault in body["errors"]]


def test_new_person_has_a_board_with_the_usual_columns(anna: Person) -> None:
    assert list(anna.columns()) == ["Backlog", "Ready", "In progress", "Review", "Done"]
    assert anna.board()["tasks"] == []


def test_created_task_is_found_by_its_location_and_tag(anna: Person) -> None:
    response = anna.send("POST", "/api/v1/tasks", {"title": " Call  the printer ", "due_on": "2026-12-01", "priority": "high"})
    assert response.status_code == 201
    found = anna.get(response.headers["Location"])
    assert found.json
    assert (found.json["title"], found.json["due_on"], found.json["priority"]) == ("Call the printer", "2026-12-01", "high")
    assert found.headers["ETag"] == '"1"'
    again = anna.get(response.headers["Location"], headers={"If-None-Match": '"1"'})
    assert again.status_code == 304


def test_changed_task_has_a_new_version_and_keeps_the_rest(anna: Person) -> None:
    task = anna.add("Before", description="stays")
    changed = anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": "After"}).json
    assert changed
    assert (changed["title"], changed["description"], changed["version"]) == ("After", "stays", 2)


def test_deleted_task_is_gone(anna: Person) -> None:
    task = anna.add("Gone soon")
    assert anna.send("DELETE", f"/api/v1/tasks/{task['id']}").status_code == 204
    assert_problem(anna.get(f"/api/v1/tasks/{task['id']}"), 404)


def test_completed_task_moves_to_the_done_column_and_back(anna: Person) -> None:
    task = anna.add("Finish it")
    anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"completed": True})
    assert tasks_in(anna, "Done") == ["Finish it"]
    anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"completed": False})
    assert tasks_in(anna, "Backlog") == ["Finish it"]


def test_task_moved_to_the_done_column_is_completed(anna: Person) -> None:
    task = anna.add("Drag me")
    moved = anna.send("POST", f"/api/v1/tasks/{task['id']}/move", {"column_id": anna.columns()["Done"]}).json
    assert moved
    assert moved["completed"] is True


def test_tasks_stand_where_they_are_put(anna: Person) -> None:
    first, second = anna.add("first"), anna.add("second")
    anna.add("between", before_id=second["id"])
    anna.add("behind", after_id=second["id"])
    assert tasks_in(anna, "Backlog") == ["first", "between", "second", "behind"]
    anna.send("POST", f"/api/v1/tasks/{second['id']}/move", {"before_id": first["id"]})
    assert tasks_in(anna, "Backlog") == ["second", "first", "between", "behind"]


def test_places_stay_distinct_when_no_room_is_left_between_two(anna: Person) -> None:
    first = anna.add("0")
    last = anna.add("last")
    for number in range(60):
        anna.add(str(number), before_id=last["id"])
    titles = tasks_in(anna, "Backlog")
    assert titles == ["0", *(str(number) for number in range(60)), "last"]
    assert first["id"] != last["id"]


def test_thirty_drops_on_one_spot_at_once_all_arrive_in_distinct_places(anna: Person) -> None:
    target = anna.add("target", column_id=anna.columns()["Ready"])
    cards = [anna.add(f"card {number}") for number in range(30)]
    place = {"column_id": anna.columns()["Ready"], "before_id": target["id"]}

    def drop(card: dict[str, object]) -> int:
        other = Person(anna.client.application.test_client(), anna.csrf_token)
        other.client._cookies = anna.client._cookies
        return int(other.send("POST", f"/api/v1/tasks/{card['id']}/move", place).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(drop, cards)) == {200}
    board = anna.board()
    ready = [task for task in board["tasks"] if task["column_id"] == place["column_id"]]
    assert len(ready) == 31
    assert len({task["position"] for task in ready}) == 31
    assert ready[-1]["title"] == "target"


def test_stale_version_is_refused_with_the_current_one(anna: Person) -> None:
    task = anna.add("Mine")
    anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": "Theirs"}, If_Match='"1"')
    response = anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": "Mine again"}, If_Match='"1"')
    assert_problem(response, 412)
    assert response.headers["ETag"] == '"2"'
    assert tasks_in(anna, "Backlog") == ["Theirs"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": "x" * 201}, "/title"),
        ({"title": "  "}, "/title"),
        ({"title": 7}, "/title"),
        ({"title": "a\x00b"}, "/title"),
        ({}, "/title"),
        ([], ""),
        ({"title": "x", "colour": "red"}, "/colour"),
        ({"title": "x", "description": "y" * 20_001}, "/description"),
        ({"title": "x", "description": None}, "/description"),
        ({"title": "x", "due_on": "tomorrow"}, "/due_on"),
        ({"title": "x", "due_on": "2026-02-30"}, "/due_on"),
        ({"title": "x", "due_on": 20261201}, "/due_on"),
        ({"title": "x", "priority": "urgent"}, "/priority"),
        ({"title": "x", "priority": ["high"]}, "/priority"),
        ({"title": "x", "column_id": "nowhere"}, "/column_id"),
        ({"title": "x", "column_id": "00000000-0000-4000-8000-000000000000"}, "/column_id"),
        ({"title": "x", "before_id": "00000000-0000-4000-8000-000000000000"}, "/before_id"),
        ({"title": "x", "completed": True}, "/completed"),
    ],
)
def test_invalid_task_is_refused_by_the_name_of_its_field(
    anna: Person, conn: psycopg.Connection, body: object, pointer: str
) -> None:
    assert_problem(anna.send("POST", "/api/v1/tasks", body), 422, pointer=pointer)
    assert conn.execute("SELECT count(*) FROM tasks").fetchone() == (0,)


@pytest.mark.parametrize("body", [{"title": "x" * 201}, {"completed": "yes"}, {"column_id": None}, {"version": 9}])
def test_invalid_change_is_refused_and_nothing_changes(anna: Person, body: object) -> None:
    task = anna.add("Same as ever")
    assert_problem(anna.send("PATCH", f"/api/v1/tasks/{task['id']}", body), 422)
    assert anna.card(task["id"]) == task


def test_refused_change_counts_no_event(anna: Person) -> None:
    task = anna.add("x")
    before = anna.board()["seq"]
    anna.send("POST", f"/api/v1/tasks/{task['id']}/move", {"before_id": "00000000-0000-4000-8000-000000000000"})
    assert anna.board()["seq"] == before


def test_malformed_json_and_other_types_are_refused(anna: Person) -> None:
    headers = {"X-CSRF-Token": anna.csrf_token}
    options = {"base_url": "https://taskmanager.test", "headers": headers}
    assert_problem(anna.client.post("/api/v1/tasks", data="{", content_type="application/json", **options), 400)
    assert_problem(anna.client.post("/api/v1/tasks", data="title=x", content_type="text/plain", **options), 415)


def test_body_of_more_than_a_mebibyte_is_refused(anna: Person) -> None:
    assert_problem(anna.send("POST", "/api/v1/tasks", {"title": "x", "description": "y" * 1_100_000}), 413)


def test_before_and_after_together_are_refused(anna: Person) -> None:
    task = anna.add("x")
    body = {"title": "y", "before_id": task["id"], "after_id": task["id"]}
    assert_problem(anna.send("POST", "/api/v1/tasks", body), 422, pointer="/after_id")


def test_write_without_the_token_of_a_page_is_refused(anna: Person, conn: psycopg.Connection) -> None:
    for token in ("", "wrong"):
        response = anna.send("POST", "/api/v1/tasks", {"title": "x"}, X_CSRF_Token=token)
        assert_problem(response, 403)
    assert conn.execute("SELECT count(*) FROM tasks").fetchone() == (0,)


def test_tasks_of_another_person_do_not_exist(anna: Person, sign_up: SignUp) -> None:
    task = anna.add("Private")
    bob = sign_up("bob")
    path = f"/api/v1/tasks/{task['id']}"
    assert_problem(bob.get(path), 404)
    assert_problem(bob.send("PATCH", path, {"title": "Stolen"}), 404)
    assert_problem(bob.send("DELETE", path), 404)
    assert_problem(bob.send("POST", f"{path}/move", {}), 404)
    assert bob.board()["tasks"] == []
    assert_problem(
        bob.send("POST", "/api/v1/tasks", {"title": "x", "column_id": anna.columns()["Done"]}), 422, pointer="/column_id"
    )
    assert anna.card(task["id"]) == task


def test_own_task_cannot_move_to_a_board_of_another_person(anna: Person, sign_up: SignUp) -> None:
    task = anna.add("Mine")
    bob = sign_up("bob")
    response = anna.send("POST", f"/api/v1/tasks/{task['id']}/move", {"column_id": bob.columns()["Done"]})
    assert_problem(response, 422, pointer="/column_id")


def test_stranger_is_asked_to_sign_in(anna: Person) -> None:
    client = anna.client.application.test_client()
    response = client.get("/api/v1/board", base_url="https://taskmanager.test")
    assert_problem(response, 401)
    assert "WWW-Authenticate" in response.headers


def test_unknown_path_and_method_are_problems_too(anna: Person) -> None:
    assert_problem(anna.get("/api/v1/nothing"), 404)
    response = anna.send("PUT", "/api/v1/tasks", {})
    assert_problem(response, 405)
    assert "POST" in response.headers["Allow"]


def test_pages_of_a_list_hold_every_task_once(anna: Person) -> None:
    wanted = {anna.add(str(number))["id"] for number in range(7)}
    found: list[object] = []
    path = "/api/v1/tasks?limit=3"
    while path:
        response = anna.get(path)
        assert response.json
        found += [task["id"] for task in response.json["tasks"]]
        path = response.headers["Link"].split(">")[0][1:] if "Link" in response.headers else ""
    assert len(found) == 7
    assert set(found) == wanted


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=%FF", "cursor=abc", "column_id=1"])
def test_malformed_query_is_refused(anna: Person, query: str) -> None:
    assert_problem(anna.get(f"/api/v1/tasks?{query}"), 400)
