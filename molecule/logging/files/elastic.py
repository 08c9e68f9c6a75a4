#!/usr/bin/env python3
"""Speaks the bulk API of Elasticsearch over TLS as far as a shipper meets it, and fails as it is told to.

POST /_fault {"kind": K, "times": N} makes the next N bulk requests fail; GET / gives what is stored.
"""

import base64
import json
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution of bulk"}


class Server(ThreadingHTTPServer):
    """Holds the documents of one data stream."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], certificate: str, key: str, login: str) -> None:
        super().__init__(address, Handler)
        self.login = "Basic " + base64.b64encode(login.encode()).decode()
        self.stored: dict[str, Any] = {}
        self.fault, self.times = "none", 0
        self.lock = threading.Lock()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own
        """Make TLS in the request's thread."""
        with self.tls.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own
        """A client that goes away is no news."""

    def next_fault(self) -> str:
        """Return how this request is to fail."""
        with self.lock:
            if self.times == 0:
                return "none"
            self.times -= 1
            return self.fault

    def create(self, action: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        """Store a document as a data stream does, and return the item of the answer."""
        [(operation, given)] = action.items()
        name = given["_id"]
        if operation != "create" or "@timestamp" not in document:
            return {operation: {"_id": name, "status": 400, "error": {"type": "illegal_argument_exception"}}}
        if document["message"] == "poison":
            return {operation: {"_id": name, "status": 400, "error": {"type": "document_parsing_exception"}}}
        with self.lock:
            if name in self.stored:
                return {operation: {"_id": name, "status": 409, "error": {"type": "version_conflict_engine_exception"}}}
            self.stored[name] = document
        return {operation: {"_id": name, "status": 201}}


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give the documents."""
        with self.server.lock:
            self.reply(200, {"documents": list(self.server.stored.values()), "left": self.server.times})

    def do_POST(self) -> None:
        """Take a fault, or documents."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/_fault":
            wanted = json.loads(body)
            with self.server.lock:
                self.server.fault, self.server.times = wanted["kind"], wanted["times"]
            return self.reply(200, {})
        if self.headers["Authorization"] != self.server.login:
            return self.reply(401, {"error": {"type": "security_exception"}})
        if not self.path.endswith("/_bulk") or not body.endswith(b"\n"):
            return self.reply(400, {"error": {"type": "illegal_argument_exception"}})
        return self.bulk(body)

    def bulk(self, body: bytes) -> None:
        """Take a bulk request, or fail as told."""
        fault = self.server.next_fault()
        if fault in {"429", "503"}:
            return self.reply(int(fault), {"error": BUSY})
        if fault == "hang":
            time.sleep(60)
        if fault == "reset":
            return self.hang_up()
        if fault == "large" and body.count(b"\n") > 2:
            return self.reply(413, {})
        lines = [json.loads(line) for line in body.split(b"\n") if line]
        items = []
        for at, (action, document) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
            if fault == "items" and at % 2:
                items.append({"create": {"_id": action["create"]["_id"], "status": 429, "error": BUSY}})
            else:
                items.append(self.server.create(action, document))
        if fault == "lost":
            return self.hang_up()
        return self.reply(200, {"took": 1, "errors": any(item["create"]["status"] > 299 for item in items), "items": items})

    def hang_up(self) -> None:
        """Break the connection without an answer."""
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def reply(self, status: int, body: dict[str, Any]) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing: what it said would be sent to it again."""


if __name__ == "__main__":
    Server(("", 9200), *sys.argv[1:4]).serve_forever()
