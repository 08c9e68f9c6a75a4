"""The API of boards, columns and labels."""

from uuid import UUID

from flask import Response, request

from taskmanager import boards_cache, services
from taskmanager.changes import boards as changes
from taskmanager.db import boards
from taskmanager.errors import AppError, NotFound
from taskmanager.rules import boards as rules
from taskmanager.rules.bodies import ID
from taskmanager.views.api import Api, Asked, answer, answer_bytes, answer_versioned, expected_version, no_content

api = Api("boards")


def show(user_id: UUID, board_id: UUID | None, status: int = 200, **headers: str) -> Response:
    """Return a board with all that is on it; 304 to a reader who has it, before its tasks are read."""
    with services.current().pool.connection() as conn:
        head = boards.get_head(conn, user_id=user_id, board_id=board_id)
        if head is None:
            raise NotFound("board")
        if request.method == "GET" and request.if_none_match.contains(tag_of(head)):
            response = Response(status=304)
        else:
            found = boards_cache.read(conn, user_id=user_id, head=head)
            if found is None:
                raise NotFound("board")
            head, body = found
            response = answer_bytes(body, status, **headers)
    response.set_etag(tag_of(head))
    return response


def tag_of(board: dict[str, object]) -> str:
    """Return the tag of a board: every change of anything on it counts."""
    return f"{board['id']}-{board['seq']}-{board['role']}"


@api.route("GET", "/board", answer="Board")
def get_first_board(asked: Asked) -> Response:
    """Read your first board."""
    return show(asked.user_id, None)


@api.route("GET", "/boards", query={"workspace_id": ID}, answer="Boards")
def list_boards(asked: Asked) -> Response:
    """List your boards, of one workspace or of all."""
    with services.current().pool.connection() as conn:
        rows = boards.list_boards(conn, user_id=asked.user_id, workspace_id=asked.query.get("workspace_id"))
    return answer({"boards": rows})


@api.route("POST", "/boards", body=rules.NEW_BOARD, required=("name", "workspace_id"), status=201, answer="Board")
def create_board(asked: Asked) -> Response:
    """Create a board with the usual columns."""
    board_id = changes.create_board(user_id=asked.user_id, **asked.values)
    return show(asked.user_id, board_id, 201, Location=f"/api/v1/boards/{board_id}")


@api.route("GET", "/boards/<uuid:board_id>", answer="Board")
def get_board(asked: Asked, board_id: UUID) -> Response:
    """Read a board with its columns, labels, members and the tasks that are not in the archive."""
    return show(asked.user_id, board_id)


@api.route("PATCH", "/boards/<uuid:board_id>", body=rules.BOARD, required=("name",), answer="Board")
def rename_board(asked: Asked, board_id: UUID) -> Response:
    """Give a board another name."""
    changes.rename_board(user_id=asked.user_id, board_id=board_id, name=asked.values["name"])
    return show(asked.user_id, board_id)


@api.route("DELETE", "/boards/<uuid:board_id>", status=204)
def delete_board(asked: Asked, board_id: UUID) -> Response:
    """Delete a board; owners of the workspace may."""
    changes.delete_board(user_id=asked.user_id, board_id=board_id)
    return no_content()


@api.route("POST", "/boards/<uuid:board_id>/columns", body=rules.NEW_COLUMN, required=("name",), status=201, answer="Column")
def create_column(asked: Asked, board_id: UUID) -> Response:
    """Add a column at the end."""
    column = changes.create_column(user_id=asked.user_id, board_id=board_id, values=asked.values)
    return answer_versioned(column, 201)


@api.route("PATCH", "/columns/<uuid:column_id>", body=rules.COLUMN, answer="Column", versioned=True)
def change_column(asked: Asked, column_id: UUID) -> Response:
    """Change a column, or its place among the others."""
    if asked.values.get("before_id") and asked.values.get("after_id"):
        raise AppError(422, "Invalid values", "before_id and after_id exclude each other.")
    version = expected_version()
    return answer_versioned(
        changes.change_column(user_id=asked.user_id, column_id=column_id, version=version, values=asked.values)
    )


@api.route("DELETE", "/columns/<uuid:column_id>", query={"move_to": ID}, status=204)
def delete_column(asked: Asked, column_id: UUID) -> Response:
    """Delete a column that is empty, or whose tasks go to the column `move_to`."""
    changes.delete_column(user_id=asked.user_id, column_id=column_id, move_to=asked.query.get("move_to"))
    return no_content()


@api.route("POST", "/boards/<uuid:board_id>/labels", body=rules.LABEL, required=("name", "color"), status=201, answer="Label")
def create_label(asked: Asked, board_id: UUID) -> Response:
    """Add a label to a board."""
    return answer_versioned(changes.create_label(user_id=asked.user_id, board_id=board_id, values=asked.values), 201)


@api.route("PATCH", "/labels/<uuid:label_id>", body=rules.LABEL, answer="Label", versioned=True)
def change_label(asked: Asked, label_id: UUID) -> Response:
    """Change a label."""
    version = expected_version()
    return answer_versioned(changes.change_label(user_id=asked.user_id, label_id=label_id, version=version, values=asked.values))


@api.route("DELETE", "/labels/<uuid:label_id>", status=204)
def delete_label(asked: Asked, label_id: UUID) -> Response:
    """Delete a label and take it off every task."""
    changes.delete_label(user_id=asked.user_id, label_id=label_id)
    return no_content()
