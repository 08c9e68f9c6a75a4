"""The API of checklists, comments and files."""

import contextlib
from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from flask import Response, request, stream_with_context
from werkzeug.http import parse_range_header

from taskmanager import services
from taskmanager.changes import details as changes
from taskmanager.db import attachments, details, tasks
from taskmanager.errors import AppError, FieldError, Invalid, NotFound
from taskmanager.rules import files, markdown
from taskmanager.rules import tasks as rules
from taskmanager.rules.bodies import text
from taskmanager.views.api import Api, Asked, answer, answer_versioned, expected_version, no_content

api = Api("details")
MULTIPART_ROOM = 64 * 1024


def seen_task(asked: Asked, task_id: UUID) -> None:
    """Refuse a task the person may not see."""
    with services.current().pool.connection() as conn:
        if tasks.get_task(conn, user_id=asked.user_id, task_id=task_id) is None:
            raise NotFound("task")


@api.route("GET", "/tasks/<uuid:task_id>/checklist", answer="Checklist")
def list_items(asked: Asked, task_id: UUID) -> Response:
    """Read the checklist of a task."""
    seen_task(asked, task_id)
    with services.current().pool.connection() as conn:
        return answer({"items": details.list_items(conn, task_id=task_id)})


@api.route(
    "POST", "/tasks/<uuid:task_id>/checklist", body=rules.NEW_ITEM, required=("title",), status=201, answer="ChecklistItem"
)
def create_item(asked: Asked, task_id: UUID) -> Response:
    """Add an item to the checklist."""
    return answer(changes.create_item(user_id=asked.user_id, task_id=task_id, values=asked.values), 201)


@api.route("PATCH", "/checklist/<uuid:item_id>", body=rules.ITEM, answer="ChecklistItem")
def change_item(asked: Asked, item_id: UUID) -> Response:
    """Change an item of a checklist, tick it, or move it."""
    if asked.values.get("before_id") and asked.values.get("after_id"):
        raise Invalid(FieldError("/after_id", "cannot be given together with before_id"))
    return answer(changes.change_item(user_id=asked.user_id, item_id=item_id, values=asked.values))


@api.route("DELETE", "/checklist/<uuid:item_id>", status=204)
def delete_item(asked: Asked, item_id: UUID) -> Response:
    """Delete an item of a checklist."""
    changes.delete_item(user_id=asked.user_id, item_id=item_id)
    return no_content()


@api.route("GET", "/tasks/<uuid:task_id>/comments", answer="Comments")
def list_comments(asked: Asked, task_id: UUID) -> Response:
    """Read the comments of a task, oldest first."""
    seen_task(asked, task_id)
    with services.current().pool.connection() as conn:
        rows = details.list_comments(conn, task_id=task_id)
    return answer({"comments": [row | {"body_html": markdown.render(row["body"])} for row in rows]})


@api.route("POST", "/tasks/<uuid:task_id>/comments", body=rules.COMMENT, required=("body",), status=201, answer="Comment")
def create_comment(asked: Asked, task_id: UUID) -> Response:
    """Comment on a task; @name mentions a member."""
    row = changes.create_comment(user_id=asked.user_id, task_id=task_id, body=asked.values["body"])
    return answer_versioned(row | {"body_html": markdown.render(row["body"])}, 201)


@api.route("PATCH", "/comments/<uuid:comment_id>", body=rules.COMMENT, required=("body",), answer="Comment", versioned=True)
def change_comment(asked: Asked, comment_id: UUID) -> Response:
    """Change a comment of yours; needs If-Match."""
    version = expected_version(needed_for="a comment")
    row = changes.change_comment(user_id=asked.user_id, comment_id=comment_id, version=version, body=asked.values["body"])
    return answer_versioned(row | {"body_html": markdown.render(row["body"])})


@api.route("DELETE", "/comments/<uuid:comment_id>", status=204)
def delete_comment(asked: Asked, comment_id: UUID) -> Response:
    """Delete a comment of yours; owners delete any."""
    changes.delete_comment(user_id=asked.user_id, comment_id=comment_id)
    return no_content()


@api.route("GET", "/tasks/<uuid:task_id>/attachments", answer="Attachments")
def list_attachments(asked: Asked, task_id: UUID) -> Response:
    """List the files of a task."""
    seen_task(asked, task_id)
    with services.current().pool.connection() as conn:
        return answer({"attachments": attachments.list_attachments(conn, task_id=task_id)})


@api.route(
    "POST",
    "/tasks/<uuid:task_id>/attachments",
    query={"name": text(500)},
    status=201,
    answer="Attachment",
    raw=("application/octet-stream", "multipart/form-data"),
)
def add_attachment(asked: Asked, task_id: UUID) -> Response:
    """Attach a file of at most 10,485,760 bytes: a form with the part `file`, or the bytes themselves with ?name=."""
    if request.content_length is None:
        raise AppError(411, "Length required", "Send Content-Length.")
    request.max_content_length = files.FILE_MAX + MULTIPART_ROOM
    if request.content_length > request.max_content_length:
        raise too_large()
    seen_task(asked, task_id)
    name = asked.query.get("name")
    if request.mimetype != "multipart/form-data":
        return store(asked, task_id, name, request.stream)
    part = request.files.get("file")
    if part is None:
        raise Invalid(FieldError("/file", "is missing"))
    with contextlib.closing(part):
        return store(asked, task_id, name or part.filename, part.stream)


def store(asked: Asked, task_id: UUID, name: str | None, stream: object) -> Response:
    """Store an upload and answer with it."""
    row = changes.add_attachment(user_id=asked.user_id, task_id=task_id, name=files.name_of(name), chunks=chunks_of(stream))
    return answer(row, 201, Location=f"/api/v1/attachments/{row['id']}")


def too_large() -> AppError:
    """Return the refusal of a file that is too large."""
    return AppError(413, "File too large", f"A file may have at most {files.FILE_MAX} bytes.")


def chunks_of(stream: object) -> Iterator[bytes]:
    """Yield an upload in chunks of one size; refuse it where it becomes too large."""
    total = 0
    while data := read_whole(stream, attachments.CHUNK_BYTES):
        total += len(data)
        if total > files.FILE_MAX:
            raise too_large()
        yield data


def read_whole(stream: object, size: int) -> bytes:
    """Return that many bytes of a stream, fewer at its end only."""
    parts: list[bytes] = []
    while size and (data := stream.read(size)):  # type: ignore[attr-defined]
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


@api.route("GET", "/attachments/<uuid:attachment_id>", answer="File", gives=("*/*",))
def get_attachment(asked: Asked, attachment_id: UUID) -> Response:
    """Read a file, whole or a range of it."""
    with services.current().pool.connection() as conn:
        row = attachments.get_attachment(conn, user_id=asked.user_id, attachment_id=attachment_id)
    if row is None:
        raise NotFound("attachment")
    size, tag = row["size"], row["sha256"]
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        start, stop = wanted_range(size, tag)
        response = Response(stream_with_context(read(attachment_id, start, stop)), 206 if stop - start < size else 200)
        response.content_length = stop - start
        if response.status_code == 206:
            response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.set_etag(tag)
    return with_safe_headers(response, row)


def with_safe_headers(response: Response, row: dict[str, str]) -> Response:
    """Let a browser store a file, or show a picture, and never run anything in it."""
    kind = "inline" if row["content_type"] in files.SHOWN else "attachment"
    response.headers["Content-Type"] = row["content_type"]
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(row['name'], safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    return response


def wanted_range(size: int, tag: str) -> tuple[int, int]:
    """Return the bytes a request wants, from and up to; everything unless it names one range that is there."""
    wanted = parse_range_header(request.headers.get("Range"))
    condition = request.headers.get("If-Range", "").strip('"')
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1 or condition not in ("", tag):
        return 0, size
    found = wanted.range_for_length(size)
    if found is None:
        raise AppError(416, "No such range", f"The file has {size} bytes.", headers={"Content-Range": f"bytes */{size}"})
    return found


def read(attachment_id: UUID, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes of a file; the connection is held from chunk to chunk only."""
    while start < stop:
        upto = min(stop, (start // attachments.CHUNK_BYTES + 1) * attachments.CHUNK_BYTES)
        with services.current().pool.connection() as conn:
            data = b"".join(attachments.read_range(conn, attachment_id=attachment_id, start=start, stop=upto))
        if not data:
            return
        yield data
        start = upto


@api.route("DELETE", "/attachments/<uuid:attachment_id>", status=204)
def delete_attachment(asked: Asked, attachment_id: UUID) -> Response:
    """Delete a file."""
    changes.delete_attachment(user_id=asked.user_id, attachment_id=attachment_id)
    return no_content()
