"""What holds for every input: the API keeps its document, and an order stays an order."""

import os
from typing import Any
from uuid import UUID

import psycopg
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from taskmanager.db.order import Order

from tests.people import Person
from tests.possessions import possessions

BASE = "https://taskmanager.test"
# How many requests each operation gets: enough in every run to keep the document honest; a longer search is one variable away.
EXAMPLES = int(os.environ.get("TASKMANAGER_EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.ignored_auth,
]
SEARCH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_api_keeps_its_document_whatever_it_is_asked(app: Flask, anna: Person) -> None:
    ids = possessions(anna)
    token = anna.send("POST", "/api/v1/tokens", {"name": "t", "scope": "write", "days": 1}).json["token"]  # type: ignore[index]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, base_url=BASE)
    operations: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    # What deletes comes last, so that the others meet things that are there.
    operations.sort(key=lambda operation: operation.method == "delete")
    faults = []
    for operation in operations:
        try:
            ask(operation, ids, {"Authorization": f"Bearer {token}"})
        except (Exception, BaseExceptionGroup) as fault:
            faults.append(f"{operation.label}: {fault}")
    assert len(operations) >= 50
    assert not faults, "\n\n".join(faults)


def ask(operation: Any, ids: dict[str, str], headers: dict[str, str]) -> None:  # noqa: ANN401 - the library names no type
    """Ask for an operation in every way that its description allows, and in some that it forbids."""

    @SEARCH
    @given(case=operation.as_strategy())
    def search(case: Any) -> None:  # noqa: ANN401
        case.path_parameters = {name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
        case.call_and_validate(headers=headers, base_url=BASE, checks=CHECKS)

    search()


# A step in the life of a list: which of six things goes, and where: before or after another, or to the end.
STEPS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["before", "after", "end", "back"]), st.integers(0, 5)), max_size=60
)


def test_order_is_what_a_list_in_memory_says_after_any_moves(anna: Person, conn: psycopg.Connection) -> None:
    column = anna.columns()["Ready"]
    ids = [UUID(str(anna.add(f"task {number}")["id"])) for number in range(6)]

    @settings(SEARCH, max_examples=40)
    @given(steps=STEPS, crowded=st.booleans())
    def search(steps: list[tuple[int, str, int]], crowded: bool) -> None:
        # Crowded: neighbours stand so close that half the way between them is soon used up and the list is numbered anew.
        gap = 1e-5 if crowded else 1024.0
        for number, key in enumerate(ids):
            conn.execute("UPDATE tasks SET column_id = %s, position = %s WHERE id = %s", [column, number * gap, key])
        model = list(ids)
        for moved, how, other in steps:
            move(conn, column, model, ids[moved], how, ids[other])
        rows = conn.execute("SELECT id, position FROM tasks WHERE column_id = %s ORDER BY position", [column]).fetchall()
        assert [key for key, _ in rows] == model
        assert len({position for _, position in rows}) == len(ids)

    search()


def move(conn: psycopg.Connection, column: str, model: list[UUID], key: UUID, how: str, other: UUID) -> None:
    """Move a thing in the database as in the model."""
    order = Order(conn, table="tasks", parent_name="column_id", parent=UUID(column), key=key)
    if how == "back":
        place = order.back_at(order.ask("SELECT position FROM {table} WHERE id = %(id)s"))
    elif how == "end" or other == key:
        model.remove(key)
        model.append(key)
        place = order.find()
    else:
        model.remove(key)
        model.insert(model.index(other) + (how == "after"), key)
        place = order.find(**{f"{how}_id": other})
    conn.execute("UPDATE tasks SET position = %s WHERE id = %s", [place, key])
