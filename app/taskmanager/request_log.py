"""One JSON line per request, with the request id that nginx logs too, and the headers every answer carries."""

import logging
import os
import re
import secrets
import sys
import time

import orjson
from flask import Flask, Response, g, has_request_context, request

from taskmanager.config import Config
from taskmanager.journal import JournalHandler

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
PAGE_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:"
)


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line of JSON."""
        line = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def add_request_id(record: logging.LogRecord) -> bool:
    """Give every line that is logged during a request the request's id."""
    request_id = g.get("request_id") if has_request_context() else None
    if request_id:
        record.fields = {"request_id": request_id, **getattr(record, "fields", {})}
    return True


def install_ids(app: Flask, config: Config) -> None:
    """Give requests an id, that of nginx if it sent one, and log to the journal under systemd, elsewhere to standard error."""
    handler = JournalHandler() if "JOURNAL_STREAM" in os.environ else logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(add_request_id)
    app.logger.handlers[:] = [handler]
    app.logger.propagate = False
    app.logger.setLevel(config.log_level)

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        g.started = time.perf_counter()


def install(app: Flask, config: Config) -> None:
    """Log each request, and give its answer the headers that every answer carries."""
    install_ids(app, config)

    @app.after_request
    def finish(response: Response) -> Response:
        add_headers(response)
        duration_ms = round((time.perf_counter() - g.started) * 1000, 1)
        fields: dict[str, object] = {"method": request.method, "path": request.path}
        fields |= {"status": response.status_code, "ms": duration_ms}
        app.logger.info("request", extra={"fields": fields})
        return response


def add_headers(response: Response) -> None:
    """Add what every answer carries; pages may load nothing but our own files."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers.setdefault("Cache-Control", "private, no-cache")


def client_address() -> str:
    """Return the browser's address, which nginx names; only nginx can reach the app's socket."""
    return request.headers.get("X-Real-IP") or request.remote_addr or "local"
