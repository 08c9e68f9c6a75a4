"""A client of the scenario's Redis servers on the controller, which verifies the certificate's name (redis-cli does not)."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from testinfra.host import Host

Talk = Callable[..., list[str]]

ADDRESSES = {"debian13": "10.89.122.13", "debian12": "10.89.122.12"}


def reply(stream: BinaryIO) -> str:
    """Return one answer of the server: its text, an error with its minus sign, or "nil"."""
    line = stream.readline().decode().rstrip("\r\n")
    if line.startswith("$"):
        return "nil" if line == "$-1" else stream.read(int(line[1:]) + 2).decode()[:-2]
    return line.lstrip("+:")


@pytest.fixture
def name(host: Host) -> str:
    return str(host.backend.get_hostname())


@pytest.fixture
def context(state: Path) -> ssl.SSLContext:
    """Return TLS settings that trust the scenario's authority only."""
    return ssl.create_default_context(cafile=str(state / "pki" / "ca.crt"))


@pytest.fixture
def talk(name: str, context: ssl.SSLContext) -> Talk:
    """Return a function that signs in (unless the user is empty), sends commands and returns the answers to them."""

    def send(user: str, password: str, *commands: tuple[str, ...], server_name: str = name) -> list[str]:
        sign_in = [("AUTH", user, password)] if user else []
        with (
            socket.create_connection((ADDRESSES[name], 6379), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=server_name) as secure,
            secure.makefile("rb") as stream,
        ):
            answers = []
            for command in [*sign_in, *commands]:
                words = [f"${len(word.encode())}\r\n{word}\r\n" for word in command]
                secure.sendall(f"*{len(words)}\r\n{''.join(words)}".encode())
                answers.append(reply(stream))
        return answers

    return send


@pytest.fixture
def wait(host: Host) -> Callable[[], None]:
    """Return a function that returns once the server runs again, and fails with its journal after 20 seconds."""

    def until_ready() -> None:
        ready = host.run("timeout 20 sh -c 'until ss -Hltn \"sport = 6379\" | grep -q . ; do sleep 0.1; done'")
        assert ready.rc == 0, host.run("journalctl -n 40 -u redis-server").stdout

    return until_ready
