"""The document of the API, tokens, and boards that leave and come back."""

import re
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.people import Person

BASE = "https://taskmanager.test"


def fits(value: object, schema: dict[str, Any], schemas: dict[str, Any], where: str = "") -> list[str]:
    """Return where a value is not what a schema of ours promises."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
    kinds = schema.get("type", [])
    known = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "null": type(None),
    }
    if not any(isinstance(value, known[kind]) for kind in ([kinds] if isinstance(kinds, str) else kinds)):  # type: ignore[arg-type]
        return [f"{where} is {value!r} and not {kinds}"]
    if isinstance(value, dict):
        missing = [f"{where}/{name} is missing" for name in schema.get("required", []) if name not in value]
        inner = schema.get("properties", {})
        return missing + [
            fault for name in value.keys() & inner for fault in fits(value[name], inner[name], schemas, f"{where}/{name}")
        ]
    if isinstance(value, list):
        return [fault for entry in value for fault in fits(entry, schema["items"], schemas, f"{where}/-")]
    return []


def test_document_names_every_route_that_is_served_and_no_other(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json", base_url=BASE).json
    assert document
    assert document["openapi"] == "3.1.0"
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    served = {
        (re.sub(r"<uuid:(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint.split(".")[0] != "document"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
    names = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert names <= document["components"]["schemas"].keys()


def test_answers_are_what_the_document_promises(app: Flask, anna: Person) -> None:
    document = app.test_client().get("/api/v1/openapi.json", base_url=BASE).json
    assert document
    schemas = document["components"]["schemas"]
    task = anna.add("Whole", description="text")
    for path, body in (("checklist", {"title": "x"}), ("comments", {"body": "hello"})):
        anna.send("POST", f"/api/v1/tasks/{task['id']}/{path}", body)
    ids = {"task_id": task["id"], "board_id": anna.board()["id"], "workspace_id": anna.board()["workspace_id"]}
    asked = 0
    for path, methods in document["paths"].items():
        parts = re.findall(r"{(\w+)}", path)
        if "get" in methods and set(parts) <= ids.keys():
            answer = anna.get(path.format(**ids))
            assert answer.status_code == 200, path
            schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            assert fits(answer.json, schema, schemas, path) == []
            asked += 1
    assert asked >= 12


def test_page_of_the_document_is_readable_without_signing_in(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs", base_url=BASE)
    assert page.status_code == 200
    assert "/api/v1/tasks/{task_id}/move" in page.text


def test_token_reads_or_writes_until_it_is_revoked(app: Flask, anna: Person, conn: psycopg.Connection) -> None:
    made = {
        scope: anna.send("POST", "/api/v1/tokens", {"name": scope, "scope": scope, "days": 30}).json
        for scope in ("read", "write")
    }
    client = app.test_client()

    def status(scope: str, method: str, path: str, body: object = None) -> int:
        headers = {"Authorization": f"Bearer {made[scope]['token']}"}  # type: ignore[index]
        return client.open(path, method=method, json=body, base_url=BASE, headers=headers).status_code

    assert status("read", "GET", "/api/v1/board") == 200
    assert status("read", "POST", "/api/v1/tasks", {"title": "x"}) == 403
    assert status("write", "POST", "/api/v1/tasks", {"title": "x"}) == 201
    assert status("write", "POST", "/api/v1/tokens", {"name": "x", "scope": "write", "days": 1}) == 403
    stored = conn.execute("SELECT string_agg(t::text, ' ') FROM tokens t").fetchone()
    assert stored
    assert made["write"]["token"] not in stored[0]  # type: ignore[index]
    assert made["write"]["token"] not in anna.get("/api/v1/tokens").text  # type: ignore[index]
    assert anna.send("DELETE", f"/api/v1/tokens/{made['write']['id']}").status_code == 204  # type: ignore[index]
    assert status("write", "GET", "/api/v1/board") == 401
    conn.execute("UPDATE tokens SET expires_at = now()")
    assert status("read", "GET", "/api/v1/board") == 401


def test_exported_board_comes_back_the_same(anna: Person) -> None:
    board = anna.board()
    label = anna.send("POST", f"/api/v1/boards/{board['id']}/labels", {"name": "bug", "color": "red"}).json["id"]  # type: ignore[index]
    me = anna.get("/api/v1/me").json["id"]  # type: ignore[index]
    task = anna.add("=SUM(A1)", description='two\nlines; "quoted"', labels=[label], assignees=[me], due_on="2026-12-01")
    anna.send("POST", f"/api/v1/tasks/{task['id']}/checklist", {"title": "one", "done": True})
    anna.send("POST", f"/api/v1/tasks/{task['id']}/comments", {"body": "said"})
    anna.add("in the archive", column_id=anna.columns()["Done"])
    anna.send("PATCH", f"/api/v1/tasks/{anna.board()['tasks'][1]['id']}", {"archived": True})
    exported = anna.get(f"/api/v1/boards/{board['id']}/export").json
    made = anna.send("POST", f"/api/v1/boards/import?workspace_id={board['workspace_id']}", exported)
    assert made.status_code == 201, made.text
    assert anna.get(f"{made.headers['Location']}/export").json == exported
    text = anna.get(f"/api/v1/boards/{board['id']}/export?format=csv").text
    assert "'=SUM(A1)" in text
    again = anna.client.post(
        f"/api/v1/boards/import?workspace_id={board['workspace_id']}&name=Back",
        data=text,
        content_type="text/csv",
        base_url=BASE,
        headers={"X-CSRF-Token": anna.csrf_token},
    )
    assert again.status_code == 201, again.text
    assert anna.get(f"{again.headers['Location']}/export?format=csv").text == text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"columns": []}, "/columns"),
        ({"tasks": [{"title": "x", "column": 7}]}, "/tasks/0/column"),
        ({"tasks": [{"title": "", "column": 0}]}, "/tasks"),
        ({"format": "other"}, "/format"),
    ],
)
def test_wrong_document_is_refused_by_the_name_of_its_member(anna: Person, change: dict[str, object], pointer: str) -> None:
    board = anna.board()
    document = anna.get(f"/api/v1/boards/{board['id']}/export").json
    assert document
    response = anna.send("POST", f"/api/v1/boards/import?workspace_id={board['workspace_id']}", document | change)
    assert response.status_code == 422
    assert response.json
    assert response.json["errors"][0]["pointer"] == pointer
    assert len(anna.get("/api/v1/boards").json["boards"]) == 1  # type: ignore[index]
