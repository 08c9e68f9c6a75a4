"""The API of export and import."""

import csv
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from flask import Response, request

from taskmanager.changes import exchange as changes
from taskmanager.errors import AppError
from taskmanager.rules import exchange as rules
from taskmanager.rules.bodies import ID, choice, line
from taskmanager.views.api import Api, Asked, refusing
from taskmanager.views.boards import show

api = Api("exchange")
IMPORT_MAX = 10_485_760
FILE_TYPES = ("application/json", "text/csv")


@api.route(
    "GET",
    "/boards/<uuid:board_id>/export",
    query={"format": choice("json", "csv")},
    answer="Export",
    gives=("application/json", "text/csv"),
)
def export_board(asked: Asked, board_id: UUID) -> Response:
    """Export a board: everything but files as JSON, its tasks as CSV."""
    document = changes.export(user_id=asked.user_id, board_id=board_id)
    if asked.query.get("format") == "csv":
        response = Response(rules.to_csv(document), content_type="text/csv; charset=utf-8")
    else:
        response = Response(orjson.dumps(document, option=orjson.OPT_INDENT_2), content_type="application/json")
    name = quote(f"{document['name']}.{asked.query.get('format', 'json')}", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@api.route("POST", "/boards/import", query={"workspace_id": ID, "name": line(100)}, status=201, answer="Board", raw=FILE_TYPES)
def import_board(asked: Asked) -> Response:
    """Import a board from JSON or CSV of at most 10,485,760 bytes into a workspace."""
    request.max_content_length = IMPORT_MAX
    if "workspace_id" not in asked.query:
        raise AppError(400, "Malformed query", "workspace_id is missing.")
    document = refusing(lambda: rules.read_document(read_file(asked.query.get("name", "Imported board"))))
    board_id = changes.import_board(user_id=asked.user_id, workspace_id=asked.query["workspace_id"], document=document)
    return show(asked.user_id, board_id, 201, Location=f"/api/v1/boards/{board_id}")


def read_file(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what the body holds, by its type."""
    if request.mimetype not in FILE_TYPES:
        raise AppError(415, "Neither JSON nor CSV", "Send the body as application/json or text/csv.")
    try:
        if request.mimetype == "text/csv":
            return rules.from_csv(request.get_data().decode("utf-8-sig"), name)
        return orjson.loads(request.get_data())
    except (ValueError, csv.Error) as error:
        raise AppError(400, "Malformed file", f"The body cannot be read: {error}.") from None
