"""Clients of the scenario's log servers on the controller, with certificates good and bad, and a look at what was exported."""

import datetime
import json
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from testinfra.host import Host

ADDRESSES = {"debian13": "10.89.135.13", "debian12": "10.89.135.12"}
OTHER = {"debian13": "debian12", "debian12": "debian13"}
PASSPHRASE = b"molecule-test-passphrase"


@pytest.fixture
def name(host: Host) -> str:
    return str(host.backend.get_hostname())


@pytest.fixture
def mark(name: str) -> str:
    """Return a request id that no other test and no earlier run has used."""
    return f"{name}-{time.time_ns():x}"


@pytest.fixture
def other(name: str) -> str:
    """Return the host that is this one's log server, and sends to it."""
    return OTHER[name]


@pytest.fixture
def certificate(state: Path, tmp_path: Path) -> Callable[[str, bool], Path]:
    """Return a function that makes a certificate with a name, signed by the scenario's authority or by itself, with its key."""

    def make(common_name: str, signed: bool) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer, issuer_key = subject, key
        if signed:
            issuer = x509.load_pem_x509_certificate((state / "pki" / "ca.crt").read_bytes()).subject
            loaded = serialization.load_pem_private_key((state / "pki" / "ca.key").read_bytes(), PASSPHRASE)
            assert isinstance(loaded, ec.EllipticCurvePrivateKey)
            issuer_key = loaded
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
        file = tmp_path / "client.pem"
        file.write_bytes(
            builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return file

    return make


@pytest.fixture
def upload(name: str) -> Callable[[Path | None, str], str]:
    """Return a function that sends an entry to the host, a log server, and returns the answer's first line or the error."""

    def send(client: Path | None, message: str) -> str:
        # Whom the server takes for whom is what is tested, so the server itself need not prove anything.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if client:
            context.load_cert_chain(client)
        stamp = time.time_ns() // 1000
        entry = f"__REALTIME_TIMESTAMP={stamp}\n__MONOTONIC_TIMESTAMP={stamp}\n_BOOT_ID={'0' * 31}1\n"
        entry += f"_HOSTNAME=visitor\nMESSAGE={message}\n\n"
        head = "POST /upload HTTP/1.1\r\nHost: log\r\nContent-Type: application/vnd.fdo.journal\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n"
        request = f"{head}{len(entry):x}\r\n{entry}\r\n0\r\n\r\n"
        try:
            with (
                socket.create_connection((ADDRESSES[name], 19532), timeout=10) as plain,
                context.wrap_socket(plain) as secure,
            ):
                secure.sendall(request.encode())
                return secure.recv(1000).decode().split("\r\n", 1)[0]
        except OSError as error:
            return type(error).__name__

    return send


class Elastic:
    """The stand-in for Elasticsearch on the host."""

    def __init__(self, name: str, authority: Path) -> None:
        self.url = f"https://{ADDRESSES[name]}:9200"
        self.context = ssl.create_default_context(cafile=str(authority))
        self.context.check_hostname = False

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON is anything
        """Ask it something."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode() if body else None)  # noqa: S310 - always https
        with urllib.request.urlopen(request, timeout=30, context=self.context) as answer:  # noqa: S310 - as above
            return json.load(answer)

    def fail(self, kind: str, times: int) -> None:
        """Make it fail."""
        self.call("/_fault", {"kind": kind, "times": times})

    def documents(self) -> list[dict[str, Any]]:
        """Return all documents."""
        return list(self.call("/")["documents"])


@pytest.fixture
def elastic(name: str, state: Path) -> Elastic:
    return Elastic(name, state / "pki" / "ca.crt")


@pytest.fixture
def wait() -> Callable[[Callable[[], bool], str], None]:
    """Return a function that waits until something is true, at most a minute, and otherwise fails with a text."""

    def until(true: Callable[[], bool], text: str) -> None:
        end = time.monotonic() + 60
        while not true():
            assert time.monotonic() < end, text
            time.sleep(0.3)

    return until
