"""Errors, and how they answer: a problem document (RFC 9457) below /api, a page elsewhere."""

from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
import redis
from flask import Flask, Response, current_app, render_template, request
from psycopg_pool import PoolTimeout
from werkzeug.exceptions import HTTPException

RETRY_AFTER_S = 5


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one member of a body; `pointer` is a JSON pointer such as /title."""

    pointer: str
    detail: str


class AppError(Exception):
    """A refusal that the client is told of: HTTP status, short title, one sentence, and the fields at fault."""

    def __init__(
        self, status: int, title: str, detail: str, *, errors: tuple[FieldError, ...] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers: dict[str, str] = headers or {}
        self.extra: dict[str, object] = {}


class Invalid(AppError):
    """The body is well formed, but its values are not what is asked for."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(422, "Invalid values", "Some values are not valid; see errors.", errors=errors)


class NotFound(AppError):
    """The thing is gone, or belongs to a workspace this person may not see."""

    def __init__(self, what: str) -> None:
        super().__init__(404, f"{what.capitalize()} not found", f"There is no such {what} in your workspaces.")


class StaleVersion(AppError):
    """Somebody else changed the thing since the client read it."""

    def __init__(self, version: int) -> None:
        detail = f"It was changed meanwhile and is at version {version}; read it again."
        super().__init__(412, "Changed meanwhile", detail, headers={"ETag": f'"{version}"'})
        self.extra = {"version": version}


def unavailable(what: str) -> AppError:
    """Return the error for a service that does not answer."""
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return AppError(503, "Not available", f"{what} does not answer; try again in a few seconds.", headers=headers)


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(AppError, answer)
    app.register_error_handler(HTTPException, lambda error: answer(from_http(error)))
    app.register_error_handler(PoolTimeout, lambda _: answer(unavailable("The database")))
    app.register_error_handler(psycopg.OperationalError, lambda _: answer(unavailable("The database")))
    app.register_error_handler(redis.ConnectionError, lambda _: answer(unavailable("The session store")))
    app.register_error_handler(redis.TimeoutError, lambda _: answer(unavailable("The session store")))
    app.register_error_handler(Exception, internal)


def from_http(error: HTTPException) -> AppError:
    """Return Flask's and Werkzeug's own refusals in our shape."""
    headers = {"Allow": ", ".join(sorted(error.valid_methods or []))} if hasattr(error, "valid_methods") else {}
    return AppError(error.code or 500, error.name, error.description or error.name, headers=headers)


def internal(error: Exception) -> Response:
    """Answer a fault of ours without telling its details; the log has them."""
    current_app.logger.exception("unhandled error", exc_info=error)
    return answer(AppError(500, "Internal error", "The server made a mistake; the request id finds it in the log."))


def answer(error: AppError) -> Response:
    """Return the response for an error."""
    if request.path.startswith("/api/") or request.path.startswith("/live"):
        response = Response(orjson.dumps(problem(error)), error.status, content_type="application/problem+json")
    else:
        page = render_template(
            "error.html", status=error.status, title=error.title, detail=error.detail, user=None, csrf_token=""
        )
        response = Response(page, error.status, content_type="text/html; charset=utf-8")
    response.headers.extend(error.headers)
    return response


def problem(error: AppError) -> dict[str, Any]:
    """Return the members of the problem document."""
    members: dict[str, Any] = {"type": "about:blank", "title": error.title, "status": error.status}
    members |= {"detail": error.detail, "instance": request.path, **error.extra}
    if error.errors:
        members["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.errors]
    return members
