"""The live service, run by gunicorn as on a host, with real WebSockets."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from simple_websocket import Client, ConnectionClosed
from taskmanager.config import Config

from tests.people import Person, SignUp, environment_of
from tests.servers import wait_until


@dataclass
class Live:
    """The running service: its address and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def connect(self, person: Person, board_id: object, query: str = "", origin: str = "https://taskmanager.test") -> Client:
        """Open a socket as the person's browser."""
        cookie = person.client.get_cookie("__Host-session", "taskmanager.test")
        assert cookie
        headers = {"Cookie": f"__Host-session={cookie.value}", "Origin": origin}
        # Byte by byte until the handshake is over: the library forgets an event that comes in one read with it.
        client = Client(f"{self.url}/live?board={board_id}{query}", headers=headers, receive_bytes=1)
        client.receive_bytes = 65_536
        return client


@pytest.fixture
def live(config: Config, tmp_path: Path) -> Iterator[Live]:
    """Run the live service on a free port."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:taskmanager.gunicorn_live",
        "-b",
        "127.0.0.1:0",
        "taskmanager.wsgi:live",
    ]
    environment = os.environ | environment_of(config) | {"TASKMANAGER_LIVE_THREADS": "16"}
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)

    def port() -> str:
        return log.read_text().split("Listening at: http://127.0.0.1:")[1].split()[0]

    def booted() -> None:
        log.read_text().split("Booting worker")[1]

    wait_until(port, IndexError)
    wait_until(booted, IndexError)
    yield Live(f"ws://127.0.0.1:{port()}", process)
    process.terminate()
    process.wait(timeout=20)


def receive(socket: Client, kind: str) -> dict[str, object]:
    """Return the next event of a kind."""
    while True:
        text = socket.receive(timeout=10)
        assert text is not None, f"no {kind} came"
        event: dict[str, object] = json.loads(text)
        if event["type"] == kind:
            return event


def test_change_reaches_another_browser_with_the_next_number(live: Live, anna: Person) -> None:
    board = anna.board()
    socket = live.connect(anna, board["id"])
    assert receive(socket, "hello")["seq"] == board["seq"]
    task = anna.add("Live")
    event = receive(socket, "task.created")
    assert event["task"] == task
    assert event["seq"] == anna.board()["seq"]
    anna.send("DELETE", f"/api/v1/tasks/{task['id']}")
    assert receive(socket, "task.deleted")["task"] == {"id": task["id"]}
    socket.close()


def handshake(
    live: Live, person: Person, board_id: object, origin: str = "https://taskmanager.test"
) -> tuple[socket.socket, str]:
    """Ask for a socket as a browser does and return it with the head of the answer; nothing reads it from then on."""
    cookie = person.client.get_cookie("__Host-session", "taskmanager.test")
    assert cookie
    headers = {"Host": "taskmanager.test", "Cookie": f"__Host-session={cookie.value}", "Origin": origin}
    headers |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Extensions": "permessage-deflate"}
    sock = socket.create_connection(("127.0.0.1", int(live.url.rpartition(":")[2])), timeout=10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    lines = [f"GET /live?board={board_id} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += sock.recv(1)
    return sock, head.decode()


def status_of(live: Live, person: Person, board_id: object, origin: str = "https://taskmanager.test") -> int:
    """Return the status that answers a handshake."""
    sock, head = handshake(live, person, board_id, origin)
    sock.close()
    return int(head.split()[1])


def test_boards_of_others_and_other_sites_are_refused(live: Live, anna: Person, sign_up: SignUp) -> None:
    board_id = anna.board()["id"]
    assert status_of(live, sign_up("bob"), board_id) == 404
    assert status_of(live, anna, board_id, "https://evil.test") == 403
    assert status_of(live, anna, "nonsense") == 400
    assert status_of(live, anna, board_id) == 101


def test_offered_compression_is_declined(live: Live, anna: Person) -> None:
    sock, head = handshake(live, anna, anna.board()["id"])
    sock.close()
    assert head.startswith("HTTP/1.1 101")
    assert "Sec-WebSocket-Extensions".lower() not in head.lower()


def test_stop_tells_browsers_to_come_back(live: Live, anna: Person) -> None:
    socket = live.connect(anna, anna.board()["id"])
    receive(socket, "hello")
    live.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionClosed) as closed:
        receive(socket, "nothing more but the end")
    assert closed.value.reason == 1012


def test_browser_that_comes_back_gets_what_it_missed_in_order(live: Live, anna: Person) -> None:
    task = anna.add("first")
    board = anna.board()
    for number in range(5):
        anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": f"change {number}"})
    socket = live.connect(anna, board["id"], f"&seq={board['seq']}")
    assert receive(socket, "hello")["replay"] is True
    titles = [receive(socket, "task.updated")["task"]["title"] for _ in range(5)]  # type: ignore[index]
    assert titles == [f"change {number}" for number in range(5)]
    socket.close()


def test_browser_that_missed_what_is_no_more_kept_is_told_to_reload(live: Live, anna: Person, conn: psycopg.Connection) -> None:
    anna.add("first")
    conn.execute("DELETE FROM events")
    socket = live.connect(anna, anna.board()["id"], "&seq=0")
    assert receive(socket, "hello")["replay"] is False
    assert receive(socket, "reload")
    socket.close()


def test_event_that_redis_lost_is_sent_before_the_next(live: Live, anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    task = anna.add("first")
    socket = live.connect(anna, anna.board()["id"])
    receive(socket, "hello")
    anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": "seen"})
    receive(socket, "task.updated")
    with monkeypatch.context() as patch:
        patch.setattr("taskmanager.events.publish", lambda *_: None)
        anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": "lost"})
    anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": "last"})
    titles = [receive(socket, "task.updated")["task"]["title"] for _ in range(2)]  # type: ignore[index]
    assert titles == ["lost", "last"]
    socket.close()


def test_reader_who_stopped_reading_is_cut_off_and_delays_nobody(live: Live, anna: Person) -> None:
    board_id = anna.board()["id"]
    healthy = live.connect(anna, board_id)
    # A client of the library has a thread that reads; this is a socket that nobody reads, so the kernel's buffers fill.
    lazy, _ = handshake(live, anna, board_id)
    receive(healthy, "hello")
    task = anna.add("Long", description="x" * 20_000)
    for number in range(320):
        anna.send("PATCH", f"/api/v1/tasks/{task['id']}", {"title": f"change {number}"})
        event = receive(healthy, "task.updated")
        assert event["task"]["title"] == f"change {number}"  # type: ignore[index]
    healthy.close()
    # What was under way still comes, then the end.
    while lazy.recv(1 << 20):
        pass
    lazy.close()
