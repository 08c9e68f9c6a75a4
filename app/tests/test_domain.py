"""Workspaces, boards, columns, labels, details of tasks: what they do through the API."""

import dataclasses
import io

import psycopg
import pytest
from taskmanager import create_app
from taskmanager.config import Config
from taskmanager.services import EXTENSION
from werkzeug.test import TestResponse

from tests.people import Person, SignUp


def ok(response: TestResponse, status: int = 200) -> dict[str, object]:
    """Return the body of an answer that must be this one."""
    assert response.status_code == status, response.text
    return response.json or {}


def board_path(person: Person) -> str:
    """Return the path of the person's board."""
    return f"/api/v1/boards/{person.board()['id']}"


def invite(owner: Person, email: str, role: str) -> dict[str, object]:
    """Make somebody a member of the owner's workspace."""
    path = f"/api/v1/workspaces/{owner.board()['workspace_id']}/members"
    return ok(owner.send("POST", path, {"email": email, "role": role}), 201)


def add_label(person: Person, name: str = "bug") -> str:
    """Add a label and return its id."""
    return str(ok(person.send("POST", f"{board_path(person)}/labels", {"name": name, "color": "red"}), 201)["id"])


def test_invited_member_works_on_the_board_and_viewer_only_reads(anna: Person, sign_up: SignUp) -> None:
    task = anna.add("Shared")
    bob, eve = sign_up("bob"), sign_up("eve")
    invite(anna, "bob@taskmanager.test", "member")
    invite(anna, "eve@taskmanager.test", "viewer")
    path = f"/api/v1/tasks/{task['id']}"
    assert ok(bob.send("PATCH", path, {"title": "Bob was here"}))["title"] == "Bob was here"
    assert ok(eve.get(path))["title"] == "Bob was here"
    refused = eve.send("PATCH", path, {"title": "Eve too"})
    assert refused.status_code == 403
    assert refused.json
    assert "viewer" in refused.json["detail"]
    assert anna.card(task["id"])["title"] == "Bob was here"


def test_invitation_is_worth_its_link_and_the_link_only(anna: Person, sign_up: SignUp) -> None:
    member = invite(anna, "carl@taskmanager.test", "member")
    assert member["pending"] is True
    token = str(member["link"]).partition("invitation=")[2]
    # An address alone anybody could claim.
    assert [row["role"] for row in workspaces_of(sign_up("carl"))] == ["owner"]
    assert [row["role"] for row in workspaces_of(sign_up("dora", invitation=token))] == ["owner", "member"]
    assert [row["role"] for row in workspaces_of(sign_up("emil", invitation=token))] == ["owner"]


def workspaces_of(person: Person) -> list[dict[str, object]]:
    """Return the workspaces of a person."""
    rows: list[dict[str, object]] = ok(person.get("/api/v1/workspaces"))["workspaces"]  # type: ignore[assignment]
    return sorted(rows, key=lambda row: str(row["role"]), reverse=True)


def test_where_sign_up_is_by_invitation_strangers_stay_out(config: Config, anna: Person) -> None:
    token = str(invite(anna, "carl@taskmanager.test", "member")["link"]).partition("invitation=")[2]
    app = create_app(dataclasses.replace(config, sign_up="invitation"))
    answers = [
        app.test_client().get(f"/sign-up?invitation={given}", base_url="https://taskmanager.test").status_code
        for given in (token, "", "wrong")
    ]
    app.extensions[EXTENSION].close()
    assert answers == [200, 404, 404]


def test_last_owner_stays(anna: Person) -> None:
    me = ok(anna.get("/api/v1/me"))
    path = f"/api/v1/workspaces/{anna.board()['workspace_id']}/members/{me['id']}"
    assert anna.send("PATCH", path, {"role": "viewer"}).status_code == 409
    assert anna.send("DELETE", path).status_code == 409
    assert ok(anna.get(board_path(anna)))["role"] == "owner"


def test_removed_member_is_off_every_task_and_sees_nothing(anna: Person, sign_up: SignUp) -> None:
    bob = sign_up("bob")
    bob_id = invite(anna, "bob@taskmanager.test", "member")["id"]
    task = anna.add("Bob's", assignees=[bob_id])
    workspace = anna.board()["workspace_id"]
    assert anna.send("DELETE", f"/api/v1/workspaces/{workspace}/members/{bob_id}").status_code == 204
    assert anna.card(task["id"])["assignees"] == []
    assert bob.get(f"/api/v1/tasks/{task['id']}").status_code == 404


def test_board_has_all_that_is_on_it(anna: Person) -> None:
    label = add_label(anna)
    me = ok(anna.get("/api/v1/me"))["id"]
    task = anna.add("Whole", labels=[label], assignees=[me], start_on="2026-12-01", due_on="2026-12-02", priority="high")
    ok(anna.send("POST", f"/api/v1/tasks/{task['id']}/checklist", {"title": "one", "done": True}), 201)
    ok(anna.send("POST", f"/api/v1/tasks/{task['id']}/checklist", {"title": "two"}), 201)
    ok(anna.send("POST", f"/api/v1/tasks/{task['id']}/comments", {"body": "Hello @anna"}), 201)
    card = anna.card(task["id"])
    assert (card["labels"], card["assignees"], card["comments"]) == ([label], [me], 1)
    assert card["checklist"] == {"done": 1, "total": 2}
    board = ok(anna.get(board_path(anna)))
    assert [member["name"] for member in board["members"]] == ["anna"]  # type: ignore[attr-defined]
    assert [row["name"] for row in board["labels"]] == ["bug"]  # type: ignore[attr-defined]


def test_task_detail_has_safe_html_and_its_history(anna: Person) -> None:
    task = anna.add("Text", description="**bold** <script>alert(1)</script> [x](javascript:alert(1))")
    anna.send("POST", f"/api/v1/tasks/{task['id']}/comments", {"body": "<img src=x onerror=alert(1)> @anna"})
    detail = ok(anna.get(f"/api/v1/tasks/{task['id']}"))
    html = str(detail["description_html"])
    assert "<strong>bold</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    comment = detail["comments"][0]  # type: ignore[index]
    assert "<img" not in comment["body_html"]
    assert comment["mentions"] == [ok(anna.get("/api/v1/me"))["id"]]
    assert [entry["kind"] for entry in detail["activity"]] == ["comment.created", "task.created"]  # type: ignore[attr-defined]


def test_full_column_refuses_a_task_only_where_its_limit_is_enforced(anna: Person) -> None:
    column = anna.columns()["Ready"]
    ok(anna.send("PATCH", f"/api/v1/columns/{column}", {"wip_limit": 1}))
    anna.add("first", column_id=column)
    anna.add("second", column_id=column)
    ok(anna.send("PATCH", f"/api/v1/columns/{column}", {"wip_enforced": True}))
    refused = anna.send("POST", "/api/v1/tasks", {"title": "third", "column_id": column})
    assert refused.status_code == 409
    assert refused.json
    assert refused.json["errors"][0]["pointer"] == "/column_id"
    outside = anna.add("outside")
    assert anna.send("POST", f"/api/v1/tasks/{outside['id']}/move", {"column_id": column}).status_code == 409
    inside = anna.send("GET", f"/api/v1/tasks?column_id={column}").json["tasks"][0]  # type: ignore[index]
    assert anna.send("POST", f"/api/v1/tasks/{inside['id']}/move", {"column_id": column}).status_code == 200


def test_column_with_tasks_is_deleted_only_with_a_place_for_them(anna: Person) -> None:
    columns = anna.columns()
    task = anna.add("Stays", column_id=columns["Review"])
    path = f"/api/v1/columns/{columns['Review']}"
    assert anna.send("DELETE", path).status_code == 409
    assert anna.send("DELETE", f"{path}?move_to={columns['Done']}").status_code == 204
    card = anna.card(task["id"])
    assert (card["column_id"], card["completed"]) == (columns["Done"], True)
    assert "Review" not in anna.columns()


def test_columns_change_places(anna: Person) -> None:
    columns = anna.columns()
    ok(anna.send("PATCH", f"/api/v1/columns/{columns['Done']}", {"before_id": columns["Backlog"]}))
    new = ok(anna.send("POST", f"{board_path(anna)}/columns", {"name": "Later"}), 201)
    assert list(anna.columns()) == ["Done", "Backlog", "Ready", "In progress", "Review", "Later"]
    assert anna.columns()["Later"] == new["id"]


def test_deleted_label_is_off_every_task_and_its_name_is_free(anna: Person) -> None:
    label = add_label(anna)
    task = anna.add("Labelled", labels=[label])
    assert anna.send("POST", f"{board_path(anna)}/labels", {"name": "BUG", "color": "blue"}).status_code == 409
    assert anna.send("DELETE", f"/api/v1/labels/{label}").status_code == 204
    assert anna.card(task["id"])["labels"] == []
    add_label(anna)


@pytest.mark.parametrize("member", ["labels", "assignees"])
def test_label_or_person_from_elsewhere_is_refused(anna: Person, member: str) -> None:
    response = anna.send("POST", "/api/v1/tasks", {"title": "x", member: ["00000000-0000-4000-8000-000000000000"]})
    assert response.status_code == 422
    assert response.json
    assert response.json["errors"][0]["pointer"] == f"/{member}"


def test_archived_task_leaves_the_board_and_is_found_in_the_archive(anna: Person) -> None:
    task = anna.add("Old news")
    ok(anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"archived": True}))
    assert anna.board()["tasks"] == []
    assert ok(anna.get("/api/v1/tasks"))["tasks"] == []
    found = ok(anna.get("/api/v1/tasks?archived=true"))["tasks"]
    assert [row["id"] for row in found] == [task["id"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("q=prin", ["Fix the printer"]),
        ("q=toner+fix", ["Fix the printer"]),
        ("q=%27+%7C+%26+!", ["Fix the printer", "Other"]),
        ("priority=high", ["Fix the printer"]),
        ("due_before=2026-12-02", ["Fix the printer"]),
        ("due_after=2026-12-01", []),
        ("q=nothing", []),
    ],
)
def test_tasks_are_found_by_words_and_filters(anna: Person, query: str, wanted: list[str]) -> None:
    anna.add("Other")
    anna.add("Fix the printer", description="toner is out", priority="high", due_on="2026-12-01")
    assert [row["title"] for row in ok(anna.get(f"/api/v1/tasks?{query}"))["tasks"]] == wanted  # type: ignore[attr-defined]


def test_undo_brings_back_what_was_deleted_moved_archived_and_changed(anna: Person) -> None:
    first, second = anna.add("first"), anna.add("second")
    board_id = anna.board()["id"]
    path = f"/api/v1/tasks/{first['id']}"
    steps: list[tuple[str, str, object]] = [
        ("POST", f"{path}/move", {"after_id": second["id"]}),
        ("PATCH", path, {"title": "changed", "due_on": "2026-12-01"}),
        ("PATCH", path, {"archived": True}),
        ("DELETE", path, None),
    ]
    before = [{key: row[key] for key in ("id", "title", "due_on", "column_id")} for row in anna.board()["tasks"]]
    for step in steps:
        assert anna.send(*step).status_code in {200, 204}
    for _ in steps:
        ok(anna.send("POST", "/api/v1/undo", {"board_id": board_id}))
    assert [{key: row[key] for key in ("id", "title", "due_on", "column_id")} for row in anna.board()["tasks"]] == before
    assert anna.send("POST", "/api/v1/undo", {"board_id": board_id}).status_code == 409


def test_undo_takes_back_nothing_that_others_did_since(anna: Person, sign_up: SignUp) -> None:
    task = anna.add("mine")
    bob = sign_up("bob")
    invite(anna, "bob@taskmanager.test", "member")
    path = f"/api/v1/tasks/{task['id']}"
    anna.send("PATCH", path, {"title": "anna's"})
    bob.send("PATCH", path, {"title": "bob's"})
    assert anna.send("POST", "/api/v1/undo", {"board_id": anna.board()["id"]}).status_code == 409
    assert anna.card(task["id"])["title"] == "bob's"


def test_bulk_change_is_for_all_tasks_or_for_none(anna: Person, sign_up: SignUp, conn: psycopg.Connection) -> None:
    ids = [anna.add(str(number))["id"] for number in range(3)]
    foreign = sign_up("bob").add("bob's")["id"]
    assert anna.send("POST", "/api/v1/tasks/bulk", {"ids": [*ids, foreign], "changes": {"priority": "high"}}).status_code == 422
    assert {card["priority"] for card in anna.board()["tasks"]} == {"none"}
    ok(
        anna.send(
            "POST", "/api/v1/tasks/bulk", {"ids": ids, "changes": {"priority": "high", "column_id": anna.columns()["Done"]}}
        )
    )
    assert {(card["priority"], card["completed"]) for card in anna.board()["tasks"]} == {("high", True)}
    ok(anna.send("POST", "/api/v1/tasks/bulk", {"ids": ids, "delete": True}))
    assert anna.board()["tasks"] == []
    ok(anna.send("POST", "/api/v1/undo", {"board_id": anna.board()["id"]}))
    assert len(anna.board()["tasks"]) == 3
    # Every event has its number, and the board has the last one.
    numbers = [
        number for (number,) in conn.execute("SELECT seq FROM events WHERE board_id = %s ORDER BY 1", [anna.board()["id"]])
    ]
    assert numbers == list(range(1, anna.board()["seq"] + 1))  # type: ignore[operator]


def test_request_sent_twice_with_one_key_is_done_once(anna: Person) -> None:
    answers = [anna.send("POST", "/api/v1/tasks", {"title": "once"}, Idempotency_Key="k1") for _ in range(2)]
    assert [response.status_code for response in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert len(anna.board()["tasks"]) == 1
    assert anna.send("POST", "/api/v1/tasks", {"title": "other"}, Idempotency_Key="k1").status_code == 422
    assert anna.send("POST", "/api/v1/tasks", {"title": ""}, Idempotency_Key="k2").status_code == 422
    assert anna.send("POST", "/api/v1/tasks", {"title": "again"}, Idempotency_Key="k2").status_code == 201


def test_description_is_changed_by_who_has_read_it_only(anna: Person) -> None:
    task = anna.add("x", description="long text")
    path = f"/api/v1/tasks/{task['id']}"
    assert anna.send("PATCH", path, {"description": "short"}).status_code == 428
    stale = anna.send("PATCH", path, {"description": "short"}, If_Match='"7"')
    assert stale.status_code == 412
    assert stale.json
    assert stale.json["version"] == 1
    assert ok(anna.send("PATCH", path, {"description": "short"}, If_Match='"1"'))["description"] == "short"


def test_board_that_did_not_change_is_not_sent_again(anna: Person) -> None:
    tag = anna.get(board_path(anna)).headers["ETag"]
    assert anna.get(board_path(anna), headers={"If-None-Match": tag}).status_code == 304
    anna.add("new")
    assert anna.get(board_path(anna), headers={"If-None-Match": tag}).status_code == 200


def upload(person: Person, task_id: object, name: str, data: bytes) -> TestResponse:
    """Attach a file as a form does."""
    return person.client.post(
        f"/api/v1/tasks/{task_id}/attachments",
        data={"file": (io.BytesIO(data), name)},
        base_url="https://taskmanager.test",
        headers={"X-CSRF-Token": person.csrf_token},
    )


def test_file_comes_back_whole_and_in_ranges_with_safe_headers(anna: Person, sign_up: SignUp) -> None:
    task, data = anna.add("x"), bytes(range(256)) * 1800
    row = ok(upload(anna, task["id"], "../../etc/evil.html", data), 201)
    assert (row["name"], row["size"], row["content_type"]) == ("evil.html", len(data), "application/octet-stream")
    path = f"/api/v1/attachments/{row['id']}"
    whole = anna.get(path)
    assert whole.data == data
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.headers["Content-Disposition"].startswith("attachment;")
    part = anna.get(path, headers={"Range": "bytes=262000-262999"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 262000-262999/{len(data)}")
    assert part.data == data[262000:263000]
    assert anna.get(path, headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    assert anna.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert sign_up("bob").get(path).status_code == 404
    assert anna.card(task["id"])["attachments"] == 1
    assert anna.send("DELETE", path).status_code == 204
    assert anna.card(task["id"])["attachments"] == 0


@pytest.mark.parametrize(("extra", "status"), [(0, 201), (1, 413)])
def test_file_may_have_ten_mebibytes_and_no_byte_more(anna: Person, conn: psycopg.Connection, extra: int, status: int) -> None:
    task = anna.add("x")
    response = anna.client.post(
        f"/api/v1/tasks/{task['id']}/attachments?name=big.bin",
        data=b"\x00" * (10_485_760 + extra),
        base_url="https://taskmanager.test",
        headers={"X-CSRF-Token": anna.csrf_token},
    )
    assert response.status_code == status, response.text
    stored = conn.execute("SELECT count(*) FROM attachment_chunks").fetchone()
    assert stored == (40 if status == 201 else 0,)


def test_filter_is_saved_and_a_wrong_one_refused(anna: Person) -> None:
    ok(anna.send("POST", "/api/v1/filters", {"name": "Urgent", "query": {"priority": "high"}}), 201)
    assert anna.send("POST", "/api/v1/filters", {"name": "Bad", "query": {"colour": "red"}}).status_code == 422
    saved = ok(anna.get("/api/v1/filters"))["filters"]
    assert [row["query"] for row in saved] == [{"priority": "high"}]  # type: ignore[attr-defined]


def test_boards_are_made_renamed_and_deleted(anna: Person) -> None:
    workspace = anna.board()["workspace_id"]
    made = anna.send("POST", "/api/v1/boards", {"name": "Second", "workspace_id": workspace})
    board = ok(made, 201)
    assert ok(anna.send("PATCH", made.headers["Location"], {"name": "Renamed"}))["name"] == "Renamed"
    listed = ok(anna.get(f"/api/v1/boards?workspace_id={workspace}"))["boards"]
    assert [row["name"] for row in listed] == ["My board", "Renamed"]  # type: ignore[attr-defined]
    assert anna.send("DELETE", f"/api/v1/boards/{board['id']}").status_code == 204
    assert anna.get(f"/api/v1/boards/{board['id']}").status_code == 404
