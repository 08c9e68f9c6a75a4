"""How the API asks and answers: a route, what its body and query may hold, who asks, and one shape of answers."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import orjson
from flask import Blueprint, Response, request

from taskmanager import services
from taskmanager.db import idempotency
from taskmanager.errors import AppError, FieldError, Invalid
from taskmanager.pool import CommitInDoubt
from taskmanager.rules import bodies
from taskmanager.views import person

PREFIX = "/api/v1"
BODY_TYPES = {"application/json", "application/merge-patch+json"}
KEY_MAX = 255
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
NOBODY = UUID(int=0)
T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """What a request asks for, after all of it was checked."""

    user_id: UUID
    values: dict[str, Any]
    query: dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One operation of the API, as it is served and as the document describes it."""

    method: str
    path: str
    view: Callable[..., Response]
    body: bodies.Fields | None
    required: tuple[str, ...]
    query: bodies.Fields
    status: int
    answer: str
    versioned: bool
    public: bool = False
    raw: tuple[str, ...] = ()
    gives: tuple[str, ...] = ("application/json",)


@dataclass
class Api:
    """A part of the API: a blueprint and what it serves."""

    name: str
    routes: list[Route] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint(self.name, __name__, url_prefix=PREFIX)

    def route(
        self,
        method: str,
        path: str,
        *,
        body: bodies.Fields | None = None,
        required: tuple[str, ...] = (),
        query: bodies.Fields | None = None,
        status: int = 200,
        answer: str = "",
        versioned: bool = False,
        public: bool = False,
        raw: tuple[str, ...] = (),
        gives: tuple[str, ...] = ("application/json",),
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Serve an operation.

        `answer` names the schema of what it returns, `versioned` says that it looks at If-Match, `public` that anybody may ask,
        `raw` names the types of a body that the view reads itself, `gives` the types of the answer.
        """

        def register(view: Callable[..., Response]) -> Callable[..., Response]:
            made = Route(method, path, view, body, required, query or {}, status, answer, versioned, public, raw, gives)
            self.routes.append(made)

            @functools.wraps(view)
            def serve(**parts: UUID) -> Response:
                user_id = NOBODY if public else person.require()
                asked = Asked(user_id, read_body(made), read_query(made.query))
                if public or method != "POST" or "Idempotency-Key" not in request.headers:
                    return view(asked, **parts)
                return once(asked.user_id, request.headers["Idempotency-Key"], lambda: view(asked, **parts))

            self.blueprint.add_url_rule(path, f"{method} {path}".replace(".", "-"), serve, methods=[method])
            return view

        return register


def read_body(route: Route) -> dict[str, Any]:
    """Return the checked members of the request's body."""
    if route.body is None:
        return {}
    if request.mimetype not in BODY_TYPES:
        headers = {"Accept-Patch": "application/merge-patch+json"} if route.method == "PATCH" else {}
        raise AppError(415, "Not JSON", "Send the body as application/json.", headers=headers)
    try:
        given = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise AppError(400, "Malformed JSON", f"The body is no JSON: {error}.") from None
    fields = route.body
    return refusing(lambda: bodies.read(given, fields, required=route.required))


def read_query(fields: bodies.Fields) -> dict[str, Any]:
    """Return the checked arguments of the query; unknown ones are refused as well, so that no filter is silently ignored."""
    try:
        return bodies.read(request.args.to_dict(), fields)
    except bodies.Refused as refused:
        faults = "; ".join(f"{pointer[1:]} {detail}" for pointer, detail in refused.faults)
        errors = tuple(FieldError(pointer, detail) for pointer, detail in refused.faults)
        raise AppError(400, "Malformed query", f"{faults}.", errors=errors) from None


def refusing(read: Callable[[], T]) -> T:
    """Call a rule and turn its refusal into the API's."""
    try:
        return read()
    except bodies.Refused as refused:
        raise Invalid(*(FieldError(pointer, detail) for pointer, detail in refused.faults)) from None


def once(user_id: UUID, key: str, run: Callable[[], Response]) -> Response:
    """Run a request that may be sent again with the same key: the second gets the answer of the first."""
    if not key or len(key) > KEY_MAX or "\x00" in key:
        raise AppError(400, "Malformed header", f"Idempotency-Key must have 1 to {KEY_MAX} characters.")
    mark = hashlib.sha256(f"{request.method} {request.full_path}\n".encode() + request.get_data()).digest()
    with services.current().pool.connection() as conn:
        if not idempotency.claim(conn, user_id=user_id, key=key, fingerprint=mark):
            return again(idempotency.find(conn, user_id=user_id, key=key), mark)
    try:
        response = run()
    except CommitInDoubt:
        # It may be saved: with the key freed, sending it again would do it twice.
        raise
    except Exception:
        with services.current().pool.connection() as conn:
            idempotency.release(conn, user_id=user_id, key=key)
        raise
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    with services.current().pool.connection() as conn:
        idempotency.keep(conn, user_id=user_id, key=key, status=response.status_code, headers=headers, body=response.get_data())
    return response


def again(known: dict[str, Any] | None, mark: bytes) -> Response:
    """Return the answer that a key has had."""
    if known is None or (known["fingerprint"] == mark and known["status"] is None):
        raise AppError(409, "Still under way", "The request with this Idempotency-Key is not finished; ask again in a second.")
    if known["fingerprint"] != mark:
        raise AppError(422, "Key was used", "This Idempotency-Key belongs to another request; take a new one.")
    return Response(known["body"], known["status"], headers=known["headers"])


def answer(data: object, status: int = 200, **headers: str) -> Response:
    """Return data as JSON."""
    return answer_bytes(orjson.dumps(data), status, **headers)


def answer_bytes(body: bytes, status: int = 200, **headers: str) -> Response:
    """Return what is JSON already."""
    response = Response(body, status, content_type="application/json")
    response.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def answer_versioned(row: Mapping[str, Any], status: int = 200, **headers: str) -> Response:
    """Return a thing with its version as strong ETag; 304 to a reader who has it."""
    response = answer(row, status, **headers)
    response.set_etag(str(row["version"]))
    if request.method == "GET" and request.if_none_match.contains(str(row["version"])):
        response.status_code = 304
        response.set_data(b"")
    return response


def no_content() -> Response:
    """Answer that it is done and there is nothing to show."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def expected_version(*, needed_for: str = "") -> int | None:
    """Return the version that If-Match names; None for any. Where it is needed, a request without it is refused."""
    if not request.if_match:
        if needed_for:
            detail = f"Send If-Match with the ETag you read: changing {needed_for} would overwrite what others wrote meanwhile."
            raise AppError(428, "Precondition required", detail)
        return None
    if request.if_match.star_tag:
        return None
    tags = [tag for tag in request.if_match.as_set(include_weak=False) if tag.isascii() and tag.isdigit()]
    return int(tags[0][:15]) if tags else -1
