#!/usr/bin/python3
"""Puts the lines of JSON files into the journal, the request id as a field of its own; goes on where it stopped."""

import contextlib
import json
import os
import select
import socket
import sys
import time
from pathlib import Path
from typing import Any

JOURNAL = "/run/systemd/journal/socket"
POLL_SECONDS = 0.5
# A line this long without an end is no log line; journald takes a datagram of this size.
LINE_MAX = 64 * 1024
# After a rotation some of the writer's processes go on with the old file for a moment.
SETTLE_SECONDS = 5


def field(name: str, value: bytes) -> bytes:
    """Return a field in the journal's native protocol; the length in front lets the value hold anything."""
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def entry(line: bytes, identifier: str, request_id: str) -> bytes:
    """Return a line as an entry for the journal."""
    found: Any = None
    with contextlib.suppress(ValueError):
        parsed = json.loads(line)
        found = parsed.get(request_id) if isinstance(parsed, dict) else None
    fields = field("MESSAGE", line) + field("PRIORITY", b"6") + field("SYSLOG_IDENTIFIER", identifier.encode())
    return fields + (field("REQUEST_ID", str(found).encode()) if found else b"")


class Follower:
    """Reads one file from where the last run stopped, and over its rotation."""

    def __init__(self, setting: dict[str, str], state: Path) -> None:
        """Take up the saved place: the file's inode and the offset in it."""
        self.path = Path(setting["path"])
        self.setting = setting
        self.place = state / (setting["identifier"] + ".json")
        self.inode, self.offset = 0, 0
        with contextlib.suppress(OSError, ValueError):
            self.inode, self.offset = json.loads(self.place.read_text())

    def lines(self) -> list[bytes]:
        """Return the whole lines that are new, at most a chunk of them: after a kill so many may come twice."""
        for path in (self.current(), self.path):
            with contextlib.suppress(OSError), path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self.inode or status.st_size < self.offset:
                    self.inode, self.offset = status.st_ino, 0
                file.seek(self.offset)
                read = file.read(LINE_MAX)
                end = read.rfind(b"\n") + 1
                if not end and len(read) == LINE_MAX:
                    end = len(read)
                if end:
                    self.offset += end
                    return read[:end].splitlines()
                if time.time() - status.st_mtime < SETTLE_SECONDS:
                    return []
        return []

    def current(self) -> Path:
        """Return the name under which the file goes on that was being read: its own, or after a rotation its old one."""
        for path in [self.path, *sorted(self.path.parent.glob(self.path.name + "?*"))]:
            with contextlib.suppress(OSError):
                if path.stat().st_ino == self.inode:
                    return path
        return self.path

    def save(self) -> None:
        """Write the place down, so that it is there even after a power cut."""
        part = self.place.with_suffix(".part")
        with part.open("w") as file:
            json.dump([self.inode, self.offset], file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.place)

    def step(self, journal: socket.socket) -> bool:
        """Move what is new into the journal; return whether there was anything."""
        lines = self.lines()
        for line in lines:
            if line:
                journal.sendto(entry(line[:LINE_MAX], self.setting["identifier"], self.setting["request_id"]), JOURNAL)
        if lines:
            self.save()
        return bool(lines)


def main() -> None:
    """Follow the files for ever."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    followers = [Follower(setting, Path(os.environ["STATE_DIRECTORY"])) for setting in settings]
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * LINE_MAX)
    while True:
        moved = [follower.step(journal) for follower in followers]
        if not any(moved):
            select.select([], [], [], POLL_SECONDS)


if __name__ == "__main__":
    main()
