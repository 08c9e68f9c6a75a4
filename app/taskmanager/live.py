"""The live service: one WebSocket per open board, fed by Redis. The handler's thread is a socket's only writer."""

import functools
import logging
import queue
import threading
from uuid import UUID

import orjson
from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from taskmanager import services, sessions
from taskmanager.config import Config
from taskmanager.db import boards
from taskmanager.errors import AppError
from taskmanager.hub import RELOAD, Hub, Reader, events_behind

PING_S = 25
RESTART = 1012
log = logging.getLogger("taskmanager.live")


def install(app: Flask, config: Config) -> None:
    """Register the socket's route and the hub."""
    # Daemon threads: those that read for the sockets must not keep a stopping process alive.
    reading_thread = functools.partial(threading.Thread, daemon=True)
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_S, "max_message_size": 4096, "thread_class": reading_thread}
    hub = Hub(app.extensions[services.EXTENSION])
    app.extensions["hub"] = hub
    sock = Sock(app)

    @app.before_request
    def refuse_strangers() -> None:
        if request.path == "/live":
            check(config)
            # Compressed sockets take 3.7 times the memory and 3 times the CPU; what is not offered is not agreed on.
            request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)

    @app.get("/health")
    def health() -> Response:
        return Response(orjson.dumps({"status": "ok", "release": config.release}), content_type="application/json")

    @sock.route("/live")  # type: ignore[untyped-decorator]
    def live(ws: Server) -> None:
        session = sessions.load()
        assert session is not None  # noqa: S101 - check() has seen it
        assert session.user_id is not None  # noqa: S101 - check() has seen it
        given = request.args.get("seq", "")
        since = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
        serve(hub, Reader(ws, UUID(request.args["board"]), session.user_id, since))


def check(config: Config) -> UUID:
    """Refuse a handshake from another site, without a session, or for a board the person may not see; return the board."""
    if request.headers.get("Origin") != config.origin:
        raise AppError(403, "Another origin", f"Live updates are for pages of {config.origin} only.")
    session = sessions.load()
    if session is None or session.user_id is None:
        raise AppError(401, "Not signed in", "Sign in first.")
    try:
        board_id = UUID(request.args.get("board", ""))
    except ValueError:
        raise AppError(400, "Malformed query", "board must be the id of a board.") from None
    if board_seq(session.user_id, board_id) is None:
        raise AppError(404, "Board not found", "There is no such board of yours.")
    return board_id


def board_seq(user_id: UUID, board_id: UUID) -> int | None:
    """Return the number of the board's last event."""
    with services.current().pool.connection() as conn:
        return boards.get_seq(conn, user_id=user_id, board_id=board_id)


def begin(reader: Reader) -> int:
    """Send what a socket begins with: hello, and what the browser missed since the number it knows; return the last one sent."""
    with services.current().pool.connection() as conn:
        now = boards.get_seq(conn, user_id=reader.user_id, board_id=reader.board_id) or 0
        since = now if reader.since is None else min(reader.since, now)
        found = events_behind(conn, reader.board_id, since)
    complete = found is not None and since + len(found) >= now
    hello = {"type": "hello", "seq": now, "replay": reader.since is not None and complete}
    reader.ws.send(orjson.dumps(hello).decode())
    if found is None or not complete:
        if reader.since is not None:
            reader.ws.send(RELOAD)
        return now
    for _, body in found:
        reader.ws.send(body)
    return since + len(found)


def serve(hub: Hub, reader: Reader) -> None:
    """Send a socket its events until it closes. It takes part before its first number is read, so none is missed."""
    hub.add(reader)
    try:
        sent = begin(reader)
        while reader.ws.connected:
            try:
                entry = reader.events.get(timeout=PING_S)
            except queue.Empty:
                continue
            if entry is None:
                reader.ws.close(RESTART, "restart")
                reader.cut_off()
                return
            seq, event = entry
            if seq == 0 or seq > sent:
                reader.ws.send(event)
                sent = max(sent, seq)
    except (ConnectionClosed, OSError):
        pass
    finally:
        hub.remove(reader)
