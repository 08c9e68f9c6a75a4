"""A client of the scenario's servers and Sentinels on the controller, which verifies names (redis-cli does not)."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from testinfra.host import Host

Talk = Callable[..., list[str]]

ADDRESSES = {
    "one": "10.89.122.11",
    "two": "10.89.122.12",
    "three": "10.89.122.13",
    "debian12": "10.89.122.21",
    "valkey": "10.89.122.22",
}
SHOP = "Uphill-Gardens-41"


def reply(stream: BinaryIO) -> str:
    """Return one answer of the server: its text, an error with its minus sign, "nil", or a list's texts with spaces between."""
    line = stream.readline().decode().rstrip("\r\n")
    if line.startswith("*"):
        return " ".join(reply(stream) for _ in range(int(line[1:])))
    if line.startswith("$"):
        return "nil" if line == "$-1" else stream.read(int(line[1:]) + 2).decode()[:-2]
    return line.lstrip("+:")


def converse(
    name: str, context: ssl.SSLContext, commands: list[tuple[str, ...]], *, port: int = 6379, server_name: str = ""
) -> list[str]:
    """Send commands to a host's server (or Sentinel) over verified TLS and return the answers."""
    with (
        socket.create_connection((ADDRESSES[name], port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=server_name or name) as secure,
        secure.makefile("rb") as stream,
    ):
        answers = []
        for command in commands:
            words = [f"${len(word.encode())}\r\n{word}\r\n" for word in command]
            secure.sendall(f"*{len(words)}\r\n{''.join(words)}".encode())
            answers.append(reply(stream))
    return answers


def master_of(name: str, context: ssl.SSLContext) -> str:
    """Return the master as a host's Sentinel names it to a client."""
    ask = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "taskmanager")
    address = converse(name, context, [("AUTH", "shop", SHOP), ask], port=26379)[1].split()[0]
    return {value: key for key, value in ADDRESSES.items()}[address]


@pytest.fixture
def name(host: Host) -> str:
    return str(host.backend.get_hostname())


@pytest.fixture
def context(state: Path) -> ssl.SSLContext:
    """Return TLS settings that trust the scenario's authority only."""
    return ssl.create_default_context(cafile=str(state / "pki" / "ca.crt"))


@pytest.fixture
def talk(name: str, context: ssl.SSLContext) -> Talk:
    """Return a function that signs in (unless the user is empty) at the master, sends commands and returns the answers."""

    def send(
        user: str, password: str, *commands: tuple[str, ...], at: str = "", port: int = 6379, server_name: str = ""
    ) -> list[str]:
        sign_in = [("AUTH", user, password)] if user else []
        return converse(at or master_of(name, context), context, [*sign_in, *commands], port=port, server_name=server_name)

    return send


@pytest.fixture
def wait(host: Host, product: str) -> Callable[[], None]:
    """Return a function that returns once the server runs again, and fails with its journal after 20 seconds."""

    def until_ready() -> None:
        ready = host.run("timeout 20 sh -c 'until ss -Hltn \"sport = 6379\" | grep -q . ; do sleep 0.1; done'")
        assert ready.rc == 0, host.run(f"journalctl -n 40 -u {product}-server").stdout

    return until_ready


@pytest.fixture
def product(host: Host) -> str:
    """Return what the host's package, account, units and folders are called after."""
    return "valkey" if host.file("/etc/valkey").exists else "redis"
