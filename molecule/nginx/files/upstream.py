"""Answers on the app's unix sockets: web.sock echoes a request as JSON, live.sock accepts an upgrade and echoes what it reads."""

import json
import os
import shutil
import socketserver
import threading
from http.server import BaseHTTPRequestHandler


class Echo(BaseHTTPRequestHandler):
    """Tells what reached it; upgrades when asked to."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            self.wfile.write(json.dumps(dict(self.headers)).encode())
            self.close_connection = True
            return
        answer = json.dumps({"path": self.path, "headers": dict(self.headers), "length": len(body)}).encode()
        self.send_response(502 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PATCH = do_GET

    def address_string(self) -> str:
        """Return a name for the log; a unix socket has no address."""
        return "unix"


class Server(socketserver.ThreadingUnixStreamServer):
    """A unix socket with a thread per connection."""

    daemon_threads = True


os.makedirs("/run/taskmanager", exist_ok=True)
servers = []
for name in ("web", "live"):
    path = f"/run/taskmanager/{name}.sock"
    if os.path.exists(path):
        os.unlink(path)
    servers.append(Server(path, Echo))
    shutil.chown(path, "root", "www-data")
    os.chmod(path, 0o660)
threads = [threading.Thread(target=server.serve_forever) for server in servers]
for thread in threads:
    thread.start()
