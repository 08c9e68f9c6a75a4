#!/usr/bin/python3
"""Sends this host's journals, its own and the received ones, to Elasticsearch or OpenSearch: nothing lost, nothing doubled.

Every journal file is read on its own, each with its saved place. One reader over all of them would go by time, and skip
what a host sends late after an outage. A place is saved only after the server has taken, or for good refused, everything
before it. Each document's id comes from the entry itself, so sending it again creates nothing.
"""

import base64
import contextlib
import dataclasses
import hashlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path("/var/log/journal")
BATCH_ENTRIES, BATCH_BYTES = 1000, 4 * 1024 * 1024
POLL_SECONDS, TIMEOUT_SECONDS = 1.0, 30
BACKOFF_SECONDS = (0.5, 1, 2, 4, 8, 15, 30)
LEVELS = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")
FIELDS = ("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "REQUEST_ID", "_HOSTNAME", "_MACHINE_ID", "_PID", "_SYSTEMD_UNIT")

Entry = dict[str, Any]
Document = tuple[str, bytes]


def text(value: Any) -> str:  # noqa: ANN401 - journalctl gives a string, a list of bytes, or a list of these
    """Return a field's value as text."""
    if isinstance(value, list):
        if value and all(isinstance(item, int) for item in value):
            return bytes(value).decode(errors="replace")
        return "\n".join(text(item) for item in value)
    return "" if value is None else str(value)


def document(entry: Entry) -> Document:
    """Return the id and the JSON of an entry, with the names of the Elastic Common Schema."""
    parts = dict(part.split("=", 1) for part in entry["__CURSOR"].split(";"))
    # Not s and i: a received entry gets new ones when it is received twice.
    origin = ";".join([text(entry.get("_MACHINE_ID")), *(parts.get(name, "") for name in "bmtx")])
    when = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, tz=UTC)
    priority = text(entry.get("PRIORITY"))
    body: dict[str, Any] = {
        "@timestamp": when.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "message": text(entry.get("MESSAGE")),
        "host": {"name": text(entry.get("_HOSTNAME"))},
        "log": {"level": LEVELS[int(priority)] if priority in set("01234567") else "info"},
        "service": {"name": text(entry.get("_SYSTEMD_UNIT")) or text(entry.get("SYSLOG_IDENTIFIER"))},
        "process": {"name": text(entry.get("SYSLOG_IDENTIFIER")), "pid": int(text(entry.get("_PID")) or 0)},
    }
    if "REQUEST_ID" in entry:
        body["http"] = {"request": {"id": text(entry["REQUEST_ID"])}}
    return hashlib.sha256(origin.encode()).hexdigest()[:40], json.dumps(body).encode()


def say(message: str) -> None:
    """Tell the journal."""
    print(message, file=sys.stderr, flush=True)


@dataclasses.dataclass
class Server:
    """The bulk API of Elasticsearch or OpenSearch."""

    url: str
    index: str
    authorization: str
    tls: ssl.SSLContext
    dead_letters: Path
    timeout: float = TIMEOUT_SECONDS
    backoff: Sequence[float] = BACKOFF_SECONDS

    def deliver(self, documents: Sequence[Document]) -> None:
        """Return when each document is stored, or refused for good and kept as a dead letter; until then try again for ever."""
        tries = 0
        pending = list(documents)
        while pending:
            answer = self.post(pending)
            if isinstance(answer, str):
                left, reason = pending, answer
            elif answer is None:
                return self.halve(pending)
            else:
                left, reason = answer, "it is too busy for some of the documents"
            if len(left) < len(pending):
                tries = 0
            pending = left
            if pending:
                if tries % 20 == 0:
                    say(f"{self.url} does not take {len(pending)} documents, trying again: {reason}")
                time.sleep(self.backoff[min(tries, len(self.backoff) - 1)])
                tries += 1
        return None

    def halve(self, documents: Sequence[Document]) -> None:
        """Send a request that was refused as a whole in smaller parts, down to the one document that is to blame."""
        if len(documents) == 1:
            self.bury(documents[0], "the server refuses it as a request")
            return
        middle = len(documents) // 2
        self.deliver(documents[:middle])
        self.deliver(documents[middle:])

    def post(self, documents: Sequence[Document]) -> list[Document] | str | None:
        """Send the documents once; return which are not done, or why none is, or None when the request itself is refused."""
        lines = [b'{"create":{"_id":"%s"}}\n%s\n' % (name.encode(), body) for name, body in documents]
        try:
            status, answer = self.exchange(b"".join(lines))
            if status in {400, 413}:
                return None
            if status != http.HTTPStatus.OK:
                return f"status {status}"
            items = [next(iter(item.values())) for item in json.loads(answer)["items"]]
            if len(items) != len(documents):
                return f"{len(items)} answers to {len(documents)} documents"
            return self.unfinished(documents, items)
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"

    def exchange(self, body: bytes) -> tuple[int, bytes]:
        """Make the request on a connection of its own."""
        place = urllib.parse.urlsplit(self.url).netloc
        connection = http.client.HTTPSConnection(place, timeout=self.timeout, context=self.tls)
        headers = {"Content-Type": "application/x-ndjson", "Authorization": self.authorization}
        with contextlib.closing(connection):
            connection.request("POST", f"/{self.index}/_bulk", body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def unfinished(self, documents: Sequence[Document], items: Sequence[Entry]) -> list[Document]:
        """Return the documents the server was too busy for; 409 says that it has the document already."""
        left = []
        for one, item in zip(documents, items, strict=True):
            status = int(item["status"])
            if status == http.HTTPStatus.TOO_MANY_REQUESTS or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                left.append(one)
            elif status not in {200, 201, 409}:
                self.bury(one, json.dumps(item.get("error")))
        return left

    def bury(self, one: Document, reason: str) -> None:
        """Keep a document that can never be stored where somebody can look at it."""
        say(f"{self.url} refuses document {one[0]}, which is kept in {self.dead_letters}: {reason[:300]}")
        with self.dead_letters.open("ab") as file:
            file.write(one[1] + b"\n")
            file.flush()
            os.fsync(file.fileno())


@dataclasses.dataclass
class Journals:
    """The journal files below a folder, and how far each has been read."""

    root: Path
    state: Path
    places: dict[str, list[Any]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take up the saved places: of each file its last cursor, and its time of change when it was read to the end."""
        with contextlib.suppress(FileNotFoundError):
            self.places = json.loads(self.state.read_text())

    def changed(self) -> Iterator[tuple[str, Path, int]]:
        """Yield the files that may hold something new, oldest first; a file keeps its own id when it is renamed."""
        found = []
        for path in self.root.glob("*/*.journal*"):
            with contextlib.suppress(OSError), path.open("rb") as file:
                header = file.read(40)
                found.append((os.fstat(file.fileno()).st_mtime_ns, header[24:40].hex(), path))
        for time_of_change, name, path in sorted(found):
            if self.places.get(name, [None, None])[1] != time_of_change:
                yield name, path, time_of_change
        for name in set(self.places) - {name for _, name, _ in found}:
            del self.places[name]

    def batches(self) -> Iterator[list[Document]]:
        """Yield what is new; a place moves on only when its batch has been dealt with."""
        for name, path, time_of_change in self.changed():
            cursor = self.places.get(name, [None, None])[0]
            for entries in read(path, cursor):
                yield [document(entry) for entry in entries]
                cursor = entries[-1]["__CURSOR"]
                self.save(name, [cursor, None])
            self.save(name, [cursor, time_of_change])

    def save(self, name: str, place: list[Any]) -> None:
        """Write the places down, so that they are there even after a power cut."""
        self.places[name] = place
        part = self.state.with_suffix(".part")
        with part.open("w") as file:
            json.dump(self.places, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.state)


def read(path: Path, cursor: str | None) -> Iterator[list[Entry]]:
    """Yield the entries of one journal file after a cursor, in batches."""
    after = [f"--after-cursor={cursor}"] if cursor else []
    command = ["journalctl", "--quiet", "--no-pager", "--all", "--output=json", f"--output-fields={','.join(FIELDS)}"]
    with subprocess.Popen([*command, f"--file={path}", *after], stdout=subprocess.PIPE) as reader:
        entries: list[Entry] = []
        size = 0
        for line in reader.stdout or ():
            entries.append(json.loads(line))
            size += len(line)
            if len(entries) == BATCH_ENTRIES or size > BATCH_BYTES:
                yield entries
                entries, size = [], 0
        if entries:
            yield entries
    if reader.returncode:
        say(f"{path} cannot be read to its end; what could be read has been sent")


def main() -> None:
    """Send what is there and what comes, for ever."""
    state = Path(os.environ["STATE_DIRECTORY"])
    secret = (Path(os.environ["CREDENTIALS_DIRECTORY"]) / "secret").read_text()
    user = os.environ.get("EXPORT_USER")
    basic = base64.b64encode(f"{user}:{secret}".encode()).decode()
    server = Server(
        url=os.environ["EXPORT_URL"],
        index=os.environ["EXPORT_INDEX"],
        authorization=f"Basic {basic}" if user else f"ApiKey {secret}",
        tls=ssl.create_default_context(cafile=os.environ["EXPORT_CA_FILE"]),
        dead_letters=state / "refused.ndjson",
    )
    journals = Journals(ROOT, state / "places.json")
    while True:
        sent = 0
        for batch in journals.batches():
            server.deliver(batch)
            sent += len(batch)
        if not sent:
            time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
