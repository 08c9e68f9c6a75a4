"""What a request does while the database changes its leader: it waits for its deadline and is done again where that is safe."""

import functools
import time
from collections.abc import Callable
from typing import Any

import psycopg
from flask import Flask, Response, g, request
from psycopg_pool import PoolTimeout

from taskmanager import errors
from taskmanager.pool import REQUEST_S, CommitInDoubt

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Bodies that are kept whole, so that they can be read again.
BODIES = {"", "application/json", "application/merge-patch+json", "application/x-www-form-urlencoded"}
# Beside no SQLSTATE (the connection broke): connection and operator classes, and a replica that stopped a query.
LOST = ("08", "57P", "40001")
PAUSE_S = 0.1


def install(app: Flask) -> None:
    """Give every request a deadline and every view registered so far its second chance."""
    app.before_request(set_deadline)
    app.register_error_handler(CommitInDoubt, lambda _: errors.answer(in_doubt()))
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = patient(view)


def set_deadline() -> None:
    """Start the clock of a request."""
    g.deadline = time.monotonic() + REQUEST_S


def patient(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a view that is called again while the database is lost and nothing it did can have been kept."""

    @functools.wraps(view)
    def call(**arguments: object) -> Response | str:
        while True:
            try:
                answer: Response | str = view(**arguments)
                return answer
            except psycopg.OperationalError as error:
                if not repeatable(error) or time.monotonic() >= g.deadline:
                    raise
                time.sleep(PAUSE_S)

    return call


def repeatable(error: psycopg.OperationalError) -> bool:
    """Return whether the request may be done again: it only reads, or the loss came before anything was committed."""
    if isinstance(error, PoolTimeout):
        return False
    if not isinstance(error, CommitInDoubt) and error.sqlstate and not error.sqlstate.startswith(LOST):
        return False
    if request.method in SAFE_METHODS:
        return True
    return not isinstance(error, CommitInDoubt) and not g.get("committed") and request.mimetype in BODIES


def in_doubt() -> errors.AppError:
    """Return the answer to a write that may have been saved or not."""
    detail = "The database was lost while it saved this; look whether the change is there before you send it again."
    return errors.AppError(503, "Not known", detail, headers={"Retry-After": str(errors.RETRY_AFTER_S)})
