"""Hands log records to systemd's journal in its native protocol, so that the request id is a field one can ask for."""

import logging
import socket
import sys

ADDRESS = "/run/systemd/journal/socket"
# What syslog calls the levels of Python.
PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))


class JournalHandler(logging.Handler):
    """Sends each record as one entry; what the journal does not take goes to standard error."""

    def __init__(self, address: str = ADDRESS) -> None:
        super().__init__()
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def emit(self, record: logging.LogRecord) -> None:
        """Send the record."""
        try:
            line = self.format(record)
            try:
                self.socket.sendto(entry(record, line), self.address)
            except OSError:
                print(line, file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
        super().close()


def entry(record: logging.LogRecord, line: str) -> bytes:
    """Return the record as an entry of the journal."""
    priority = next(priority for level, priority in PRIORITIES if record.levelno >= level)
    fields = {"MESSAGE": line, "PRIORITY": str(priority), "SYSLOG_IDENTIFIER": "taskmanager"}
    request_id = getattr(record, "fields", {}).get("request_id")
    if request_id:
        fields["REQUEST_ID"] = request_id
    return b"".join(field(name, value.encode()) for name, value in fields.items())


def field(name: str, value: bytes) -> bytes:
    """Return a field; the length in front lets the value hold anything, line breaks too."""
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
