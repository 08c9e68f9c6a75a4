"""The open sockets of the live service, and the one thread that reads Redis for them."""

import contextlib
import logging
import queue
import socket
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import psycopg
import redis
from psycopg import Connection
from psycopg_pool import PoolTimeout
from simple_websocket import Server

from taskmanager import metrics, services
from taskmanager.db import records
from taskmanager.events import channel_of

# Events a socket may be behind; a reader that lets more gather is cut off, and its browser fetches the board anew.
QUEUE_MAX = 256
# Events a browser gets one by one when it comes back; with more behind it a whole board is cheaper.
REPLAY_MAX = 200
RELOAD = orjson.dumps({"type": "reload"}).decode()
# What the kernel holds for a reader who does not read; left alone it grows to 4 MiB before anybody notices.
SEND_BUFFER_BYTES = 128 * 1024
log = logging.getLogger("taskmanager.live")


def events_behind(conn: Connection, board_id: UUID, seq: int) -> list[tuple[int, str]] | None:
    """Return the events of a board behind a number, in order; None when they are too many, or not kept that long."""
    bodies = records.events_since(conn, board_id=board_id, since=seq, limit=REPLAY_MAX + 1)
    found = [(int(orjson.loads(body)["seq"]), body) for body in bodies]
    if len(found) > REPLAY_MAX or [number for number, _ in found] != list(range(seq + 1, seq + 1 + len(found))):
        return None
    return found


@dataclass(eq=False)
class Reader:
    """One open socket, the board it looks at, and the events it has not been sent."""

    ws: Server
    board_id: UUID
    user_id: UUID
    since: int | None = None
    events: "queue.Queue[tuple[int, str] | None]" = field(default_factory=lambda: queue.Queue(QUEUE_MAX))

    def __post_init__(self) -> None:
        self.ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def offer(self, seq: int, event: str) -> None:
        """Queue an event by its number, or cut off a reader that stopped reading; zero stands for one without a number."""
        try:
            self.events.put_nowait((seq, event))
        except queue.Full:
            metrics.CUT_OFF.inc()
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
        self.last: dict[str, int] = {}

    def add(self, reader: Reader) -> None:
        """Let a socket take part; the first one starts the thread that reads Redis."""
        metrics.SOCKETS.inc()
        with self.lock:
            self.readers[channel_of(reader.board_id)].add(reader)
            if self.thread is None:
                self.thread = threading.Thread(target=self.listen, daemon=True, name="hub")
                self.thread.start()

    def remove(self, reader: Reader) -> None:
        """Forget a socket."""
        metrics.SOCKETS.dec()
        with self.lock:
            channel = channel_of(reader.board_id)
            self.readers[channel].discard(reader)
            if not self.readers[channel]:
                del self.readers[channel]
                self.last.pop(channel, None)

    def listen(self) -> None:
        """Hand every event to the sockets of its board; after a break, what was missed comes from the database."""
        pause = 0.0
        while not self.stopping.wait(pause):
            try:
                pubsub = self.services.redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                pubsub.psubscribe(channel_of("*"))
                self.catch_up()
                for message in pubsub.listen():
                    self.tell(message["channel"].decode(), message["data"].decode())
            except redis.TimeoutError:
                pause = 0.0
            except redis.RedisError as error:
                log.warning("Redis does not answer: %s", error)
                pause = min(2.0, pause * 2 or 0.1)

    def tell(self, channel: str, event: str) -> None:
        """Queue an event for the sockets of one board, and before it what lies between it and the one before."""
        with self.lock:
            readers = list(self.readers.get(channel, ()))
            last = self.last.get(channel)
        if not readers:
            return
        metrics.EVENTS.inc()
        seq = int(orjson.loads(event)["seq"])
        missed = self.missed(channel, last, seq) if last is not None and seq > last + 1 else []
        for number, body in [*missed, (seq, event)]:
            for reader in readers:
                reader.offer(number, body)
        with self.lock:
            if channel in self.readers:
                self.last[channel] = max(seq, last or 0)

    def missed(self, channel: str, last: int, upto: int | None = None) -> list[tuple[int, str]]:
        """Return the events behind a number, as the database has them; a reload in their place when there are too many."""
        try:
            with self.services.pool.connection() as conn:
                found = events_behind(conn, UUID(channel.partition(":")[2]), last)
        except (psycopg.OperationalError, PoolTimeout):
            found = None
        if found is None:
            return [(0, RELOAD)]
        return [(seq, body) for seq, body in found if upto is None or seq < upto]

    def catch_up(self) -> None:
        """Queue what was published while nobody listened to Redis."""
        with self.lock:
            known = dict(self.last)
            strangers = [reader for channel, group in self.readers.items() if channel not in known for reader in group]
        for reader in strangers:
            reader.offer(0, RELOAD)
        for channel, last in known.items():
            for seq, body in self.missed(channel, last):
                with self.lock:
                    readers = list(self.readers.get(channel, ()))
                    self.last[channel] = max(seq, self.last.get(channel, 0))
                for reader in readers:
                    reader.offer(seq, body)

    def close_all(self) -> None:
        """Tell every browser that the service restarts, so that it connects again."""
        self.stopping.set()
        with self.lock:
            readers = [reader for group in self.readers.values() for reader in group]
        for reader in readers:
            with contextlib.suppress(queue.Full):
                reader.events.put_nowait(None)
