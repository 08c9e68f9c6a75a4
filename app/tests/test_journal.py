"""What the journal gets of a log record."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from taskmanager.journal import JournalHandler


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a socket that takes entries as systemd's journal does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.settimeout(5)
        yield listener


@contextmanager
def logger(address: str) -> Iterator[logging.Logger]:
    """Give a logger that writes to the journal at the address."""
    handler = JournalHandler(address)
    made = logging.Logger("app", logging.INFO)
    made.addHandler(handler)
    yield made
    handler.close()


def fields(entry: bytes) -> dict[str, str]:
    """Return the fields of an entry in the native protocol."""
    found = {}
    while entry:
        name, rest = entry.split(b"\n", 1)
        size = int.from_bytes(rest[:8], "little")
        found[name.decode()] = rest[8 : 8 + size].decode()
        entry = rest[8 + size + 1 :]
    return found


def test_request_id_is_a_field_of_its_own(journal: socket.socket) -> None:
    with logger(journal.getsockname()) as log:
        log.info("request", extra={"fields": {"request_id": "0123456789abcdef"}})
    assert fields(journal.recv(65536)) == {
        "MESSAGE": "request",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "taskmanager",
        "REQUEST_ID": "0123456789abcdef",
    }


def test_line_breaks_cannot_forge_a_field(journal: socket.socket) -> None:
    with logger(journal.getsockname()) as log:
        log.error("first\nREQUEST_ID=forged\n")
    found = fields(journal.recv(65536))
    assert "REQUEST_ID" not in found
    assert found["MESSAGE"] == "first\nREQUEST_ID=forged\n"
    assert found["PRIORITY"] == "3"


def test_record_goes_to_standard_error_where_there_is_no_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with logger(str(tmp_path / "nothing")) as log:
        log.warning("the disk is full")
    assert capsys.readouterr().err == "the disk is full\n"
