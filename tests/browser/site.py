"""The app as a release serves it, on loopback: gunicorn for pages and sockets, hashed files, nginx with TLS in front."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers import postgres, redis_server, running, wait_until

ROOT = Path(__file__).parents[2]
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
worker_processes 1;
events {{}}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  client_max_body_size 11m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  gzip on;
  gzip_comp_level 1;
  gzip_proxied any;
  gzip_types application/json application/problem+json text/css text/javascript application/javascript image/svg+xml;
  map $http_upgrade $connection_upgrade {{
    default upgrade;
    "" close;
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    location / {{
      proxy_pass http://unix:{folder}/web.sock;
    }}
    location = /live {{
      proxy_read_timeout 90s;
      proxy_pass http://unix:{folder}/live.sock;
    }}
    location /static/ {{
      alias {folder}/static/;
      gzip_static on;
      add_header Cache-Control "public, max-age=31536000, immutable";
    }}
  }}
}}
"""


@dataclass
class Site:
    """A running app: its address, its database, and what starts its live service."""

    url: str
    dsn: str
    folder: Path
    environment: dict[str, str]

    live: "subprocess.Popen[bytes] | None" = None

    def start_live(self) -> None:
        """Start the live service."""
        self.live = self.gunicorn("live", "LIVE_THREADS", "32")

    def stop_live(self) -> None:
        """Stop the live service."""
        if self.live:
            stop(self.live)
        self.live = None

    def gunicorn(self, name: str, setting: str, value: str) -> "subprocess.Popen[bytes]":
        """Start one of the two services and wait until it listens."""
        path = self.folder / f"{name}.sock"
        path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "gunicorn", "-c", f"python:taskmanager.gunicorn_{name}"]
        command += ["-b", f"unix:{path}", f"taskmanager.wsgi:{name}"]
        environment = self.environment | {f"TASKMANAGER_{setting}": value}
        with (self.folder / f"{name}.log").open("a") as log:
            process = subprocess.Popen(command, env=environment, cwd=ROOT / "app", stdout=log, stderr=log)
        wait_until(lambda: connected(path), OSError)
        return process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a process and wait for its end."""
    process.terminate()
    process.wait(timeout=30)


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Run the whole app and give its address."""
    (folder / "postgres").mkdir()
    port = free_port()
    url = f"https://taskmanager.localhost:{port}"
    with postgres(folder / "postgres") as dsn, redis_server(folder) as redis_url:
        made = Site(url, dsn, folder, environment_for(url, dsn, redis_url, folder))
        for command in (["migrate"], ["static", str(folder / "static")]):
            run = [sys.executable, "-m", "taskmanager", *command]
            subprocess.run(run, env=made.environment, cwd=ROOT / "app", check=True, capture_output=True)
        certificate(folder)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
        command = [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log")]
        web = made.gunicorn("web", "WEB_WORKERS", "2")
        try:
            with (folder / "log").open("w") as log, running(command, folder, log.fileno()):
                wait_until(lambda: answered(port), urllib.error.URLError)
                made.start_live()
                yield made
        finally:
            made.stop_live()
            stop(web)


def environment_for(url: str, dsn: str, redis_url: str, folder: Path) -> dict[str, str]:
    """Return the environment of the app's processes."""
    settings = {"PUBLIC_URL": url, "DATABASE_DSN": dsn, "REDIS_URL": redis_url, "STATIC_DIR": str(folder / "static")}
    settings |= {"DATABASE_PASSWORD": "not-asked-for", "REDIS_PASSWORD": "not-asked-for", "SECRET_KEY": "k" * 32}
    # All browsers of the stories have one address, and ask faster than people.
    settings |= {"RATE_LIMIT_USER": "0", "RATE_LIMIT_ADDRESS": "0"}
    # Pages that need e-mail are there; nobody takes it.
    settings |= {"SMTP_URL": "smtp+plain://127.0.0.1:1", "MAIL_FROM": "tasks@taskmanager.test"}
    static_first = os.environ | {"PYTHONPATH": str(ROOT / "app")}
    return static_first | {f"TASKMANAGER_{name}": value for name, value in settings.items()}


def connected(path: Path) -> None:
    """Connect to a unix socket and leave again."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def certificate(folder: Path) -> None:
    """Make a certificate that lives as long as the folder."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=taskmanager.localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)


def answered(port: int) -> None:
    """Ask the site for its health, as curl -k would."""
    context = ssl._create_unverified_context()  # noqa: S323 - our own certificate of a minute ago
    urllib.request.urlopen(f"https://127.0.0.1:{port}/health", context=context, timeout=5).close()
