"""The live service: one WebSocket per open board, fed by Redis. The handler's thread is a socket's only writer."""

import contextlib
import functools
import logging
import queue
import socket
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import redis
from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from taskmanager import services, sessions
from taskmanager.config import Config
from taskmanager.db import boards
from taskmanager.errors import AppError
from taskmanager.events import channel_of

PING_S = 25
# Events a socket may be behind; a reader that lets more gather is cut off, and its browser fetches the board anew.
QUEUE_MAX = 256
RESTART = 1012
# What the kernel holds for a reader who does not read; left alone it grows to 4 MiB before anybody notices.
SEND_BUFFER_BYTES = 128 * 1024
log = logging.getLogger("taskmanager.live")


@dataclass(eq=False)
class Reader:
    """One open socket, the board it looks at, and the events it has not been sent."""

    ws: Server
    board_id: UUID
    events: "queue.Queue[str | None]" = field(default_factory=lambda: queue.Queue(QUEUE_MAX))

    def __post_init__(self) -> None:
        self.ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def offer(self, event: str) -> None:
        """Queue an event, or cut off a reader that stopped reading."""
        try:
            self.events.put_nowait(event)
        except queue.Full:
            self.cut_off()

    def cut_off(self) -> None:
        """End the connection under a writer that may be waiting in it."""
        with contextlib.suppress(OSError):
            self.ws.sock.shutdown(socket.SHUT_RDWR)


class Hub:
    """The open sockets of this process and the one thread that reads Redis for them."""

    def __init__(self, app_services: services.Services) -> None:
        self.services = app_services
        self.readers: dict[str, set[Reader]] = defaultdict(set)
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.stopping = threading.Event()

    def add(self, reader: Reader) -> None:
        """Let a socket take part; the first one starts the thread that reads Redis."""
        with self.lock:
            self.readers[channel_of(reader.board_id)].add(reader)
            if self.thread is None:
                self.thread = threading.Thread(target=self.listen, daemon=True, name="hub")
                self.thread.start()

    def remove(self, reader: Reader) -> None:
        """Forget a socket."""
        with self.lock:
            channel = channel_of(reader.board_id)
            self.readers[channel].discard(reader)
            if not self.readers[channel]:
                del self.readers[channel]

    def listen(self) -> None:
        """Hand every event to the sockets of its board; after a break everybody fetches the board anew."""
        pause = 0.0
        while not self.stopping.wait(pause):
            try:
                pubsub = self.services.redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                pubsub.psubscribe(channel_of("*"))
                self.tell_all(orjson.dumps({"type": "reload"}).decode())
                for message in pubsub.listen():
                    self.tell(message["channel"].decode(), message["data"].decode())
            except redis.TimeoutError:
                pause = 0.0
            except redis.RedisError as error:
                log.warning("Redis does not answer: %s", error)
                pause = min(2.0, pause * 2 or 0.1)

    def tell(self, channel: str, event: str) -> None:
        """Queue an event for the sockets of one board."""
        with self.lock:
            readers = list(self.readers.get(channel, ()))
        for reader in readers:
            reader.offer(event)

    def tell_all(self, event: str) -> None:
        """Queue an event for every socket."""
        with self.lock:
            readers = [reader for group in self.readers.values() for reader in group]
        for reader in readers:
            reader.offer(event)

    def close_all(self) -> None:
        """Tell every browser that the service restarts, so that it connects again."""
        self.stopping.set()
        with self.lock:
            readers = [reader for group in self.readers.values() for reader in group]
        for reader in readers:
            with contextlib.suppress(queue.Full):
                reader.events.put_nowait(None)


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
        serve(hub, Reader(ws, UUID(request.args["board"])))


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


def serve(hub: Hub, reader: Reader) -> None:
    """Send a socket its events until it closes. It takes part before its first number is read, so none is missed."""
    session = sessions.load()
    assert session is not None  # noqa: S101 - check() has seen it
    assert session.user_id is not None  # noqa: S101 - check() has seen it
    hub.add(reader)
    try:
        seq = board_seq(session.user_id, reader.board_id)
        reader.ws.send(orjson.dumps({"type": "hello", "seq": seq}).decode())
        while reader.ws.connected:
            try:
                event = reader.events.get(timeout=PING_S)
            except queue.Empty:
                continue
            if event is None:
                reader.ws.close(RESTART, "restart")
                reader.cut_off()
                return
            reader.ws.send(event)
    except (ConnectionClosed, OSError):
        pass
    finally:
        hub.remove(reader)
