#!/usr/bin/env python3
"""Stands in for the app on its two sockets: web says what it was asked, live echoes one WebSocket frame."""

import base64
import hashlib
import json
import platform
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Handler(BaseHTTPRequestHandler):
    """Answers every request with JSON that describes it."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Describe the request, or open a WebSocket."""
        if self.headers.get("Upgrade", "").lower() == "websocket":
            return self.echo()
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = {"host": platform.node(), "socket": self.server.server_address, "path": self.path, "method": self.command}
        body = json.dumps({**said, "bytes": len(asked), "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def echo(self) -> None:
        """Send back what the first (short, masked) frame holds."""
        key = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + GUID).encode(), usedforsecurity=False).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(key).decode())
        self.end_headers()
        size = self.rfile.read(2)[1] & 0x7F
        mask = self.rfile.read(4)
        text = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(size)))
        self.wfile.write(bytes([0x81, size]) + text)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def address_string(self) -> str:
        """A unix socket's peer has no address."""
        return "-"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread per connection."""

    daemon_threads = True


live = Server("/run/taskmanager/live.sock", Handler)
threading.Thread(target=live.serve_forever, daemon=True).start()
Server("/run/taskmanager/web.sock", Handler).serve_forever()
