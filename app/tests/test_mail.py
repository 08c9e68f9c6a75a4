"""E-mail through a real SMTP server: confirmed addresses, new passwords, reminders, and what happens when the server is away."""

import dataclasses
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from flask import Flask
from flask.testing import FlaskClient
from taskmanager import create_app, jobs, mailer
from taskmanager.config import Config
from taskmanager.services import EXTENSION
from werkzeug.test import TestResponse

from tests.people import PASSWORD, Person, SignUp, token_of

BASE = "https://taskmanager.test"


class Postman:
    """Keeps what the server takes, and refuses what it is told to."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 OK"
        self.address = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]) -> str:
        """Take an address, or refuse it."""
        if self.address.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.address

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message."""
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        return self.answer

    def last(self) -> str:
        """Return the text of the newest message."""
        payload = self.mails[-1].get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()

    def link(self) -> str:
        """Return the path of the link in the newest message."""
        found = re.search(rf"{BASE}(/\S+)", self.last())
        assert found
        return found[1]


@pytest.fixture
def postman() -> Postman:
    """Return who takes the messages."""
    return Postman()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def server(postman: Postman) -> Iterator[int]:
    """Run an SMTP server and return its port."""
    controller = Controller(postman, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def mail_config(config: Config, server: int) -> Config:
    """Return the configuration of a site that sends e-mail."""
    url = f"smtp+plain://127.0.0.1:{server}"
    return dataclasses.replace(config, smtp_url=url, mail_from="Task Manager <tasks@taskmanager.test>")


@pytest.fixture
def app(mail_config: Config) -> Iterator[Flask]:
    """Return the app of that site."""
    made = create_app(mail_config)
    yield made
    made.extensions[EXTENSION].close()


def post(client: FlaskClient, page: str, path: str, **fields: str) -> TestResponse:
    """Fill in the form of a page."""
    token = token_of(client.get(page, base_url=BASE).text)
    return client.post(path, data={"csrf_token": token, **fields}, base_url=BASE)


def sign_in(app: Flask, password: str) -> int:
    """Return how a sign-in of Anna's is answered."""
    return post(app.test_client(), "/sign-in", "/sign-in", email="anna@taskmanager.test", password=password).status_code


def test_new_account_confirms_its_address_by_a_link_that_counts_once(
    app: Flask, anna: Person, conn: psycopg.Connection, mail_config: Config, postman: Postman
) -> None:
    assert "not confirmed" in anna.get("/account").text
    assert mailer.send_waiting(conn, mail_config) == 1
    assert mailer.send_waiting(conn, mail_config) == 0
    mail = postman.mails[0]
    assert (mail["To"], mail["From"]) == ("anna@taskmanager.test", mail_config.mail_from)
    link = postman.link()
    # A program that looks at the link confirms nothing.
    assert app.test_client().get(link, base_url=BASE).status_code == 200
    assert conn.execute("SELECT verified_at FROM users").fetchone() == (None,)
    token = link.partition("=")[2]
    assert post(app.test_client(), link, "/confirm", token=token).location == "/account"
    assert "when your tasks are due" in anna.get("/account").text
    assert app.test_client().get(link, base_url=BASE).status_code == 410
    stored = conn.execute("SELECT string_agg(m::text, ' ') FROM mail_links m").fetchone()
    assert stored == (None,)


def test_lost_password_is_set_by_a_link_that_counts_once_and_ends_sessions(
    app: Flask, anna: Person, conn: psycopg.Connection, mail_config: Config, postman: Postman
) -> None:
    mailer.send_waiting(conn, mail_config)
    known = post(app.test_client(), "/forgot", "/forgot", email=" ANNA@taskmanager.test ")
    unknown = post(app.test_client(), "/forgot", "/forgot", email="nobody@taskmanager.test")
    assert known.status_code == unknown.status_code == 200
    # But for the tokens of the forms.
    assert re.sub(r'"[\w-]{43}"', "", known.text) == re.sub(r'"[\w-]{43}"', "", unknown.text)
    assert mailer.send_waiting(conn, mail_config) == 1
    link = postman.link()
    token = link.partition("=")[2]
    assert token not in str(conn.execute("SELECT string_agg(m::text, ' ') FROM mail_links m").fetchone())
    browser = app.test_client()
    weak = post(browser, link, "/reset", token=token, password="short")  # noqa: S106
    assert (weak.status_code, 'id="password-error"' in weak.text) == (422, True)
    assert post(browser, link, "/reset", token=token, password="a whole new password").location == "/sign-in"  # noqa: S106
    assert anna.get("/board").location == "/sign-in"
    assert (sign_in(app, PASSWORD), sign_in(app, "a whole new password")) == (401, 303)
    again = browser.get(link, base_url=BASE)
    assert (again.status_code, "was used or has expired" in again.text) == (410, True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE mail_links SET expires_at = now()",
        "UPDATE users SET email = 'other@taskmanager.test'",
        "UPDATE mail_links SET kind = 'confirm'",
    ],
)
def test_link_that_is_old_or_of_another_address_sets_nothing(
    app: Flask, anna: Person, conn: psycopg.Connection, mail_config: Config, postman: Postman, change: str
) -> None:
    post(app.test_client(), "/forgot", "/forgot", email="anna@taskmanager.test")
    mailer.send_waiting(conn, mail_config)
    token = postman.link().partition("=")[2]
    conn.execute(change)
    before = conn.execute("SELECT password_hash FROM users").fetchone()
    answer = post(app.test_client(), "/sign-in", "/reset", token=token, password="a whole new password")  # noqa: S106
    assert answer.status_code == 410
    assert conn.execute("SELECT password_hash FROM users").fetchone() == before


def test_nobody_is_flooded_with_links(app: Flask, anna: Person, conn: psycopg.Connection, mail_config: Config) -> None:
    for _ in range(6):
        post(app.test_client(), "/forgot", "/forgot", email="anna@taskmanager.test")
    assert conn.execute("SELECT count(*) FROM mails WHERE kind = 'reset'").fetchone() == (3,)


def test_mail_waits_while_the_server_is_away_and_is_sent_once_by_many_hosts(
    anna: Person, conn: psycopg.Connection, mail_config: Config, postman: Postman
) -> None:
    away = dataclasses.replace(mail_config, smtp_url="smtp+plain://127.0.0.1:1")
    assert mailer.send_waiting(conn, away) == 0
    assert conn.execute("SELECT attempts, next_at > now() FROM mails").fetchone() == (1, True)
    postman.answer = "451 try again"
    conn.execute("UPDATE mails SET next_at = now()")
    assert mailer.send_waiting(conn, mail_config) == 0
    postman.answer = "250 OK"
    conn.execute("UPDATE mails SET next_at = now()")

    def host(_: int) -> int:
        with psycopg.connect(mail_config.database_dsn, autocommit=True) as own:
            return mailer.send_waiting(own, mail_config)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(host, range(4))) == 1
    assert len(postman.mails) == 1
    conn.execute("INSERT INTO mails (user_id, kind, created_at) SELECT id, 'confirm', now() - interval '25 hours' FROM users")
    assert mailer.send_waiting(conn, mail_config) == 0
    assert conn.execute("SELECT count(*) FROM mails").fetchone() == (0,)


@pytest.mark.parametrize(("answer", "left"), [("550 no such mailbox", 0), ("450 greylisted", 1)])
def test_address_that_does_not_exist_is_given_up_and_one_that_has_to_wait_is_not(
    anna: Person, conn: psycopg.Connection, mail_config: Config, postman: Postman, answer: str, left: int
) -> None:
    postman.address = answer
    assert mailer.send_waiting(conn, mail_config) == 0
    assert conn.execute("SELECT count(*) FROM mails").fetchone() == (left,)


def test_reminder_names_the_tasks_once_and_only_those_one_may_see(
    anna: Person, sign_up: SignUp, conn: psycopg.Connection, mail_config: Config, postman: Postman
) -> None:
    bob = sign_up("bob")
    board: dict[str, Any] = anna.board()
    members = f"/api/v1/workspaces/{board['workspace_id']}/members"
    anna.send("POST", members, {"email": "bob@taskmanager.test", "role": "member"})
    conn.execute("UPDATE users SET verified_at = now()")
    conn.execute("DELETE FROM mails")
    me, him = (person.get("/api/v1/me").json["id"] for person in (anna, bob))  # type: ignore[index]
    today = date.today()
    soon = anna.add("Due tomorrow", due_on=str(today + timedelta(days=1)), assignees=[me, him])
    anna.add("Due later", due_on=str(today + timedelta(days=9)), assignees=[me])
    anna.add("Done already", due_on=str(today), assignees=[me], column_id=anna.columns()["Done"])
    assert jobs.remind(conn) == 2
    assert jobs.remind(conn) == 0
    # Bob has lost access by the time the mail goes out.
    anna.send("DELETE", f"{members}/{him}")
    assert mailer.send_waiting(conn, mail_config) == 1
    assert postman.mails[0]["To"] == "anna@taskmanager.test"
    text = postman.last()
    assert f"{BASE}/tasks/{soon['id']}" in text
    assert "Due tomorrow" in text
    assert "Due later" not in text
    assert "Done already" not in text
    # Another day is another reminder; who turned them off, or has no confirmed address, gets none.
    anna.send("PATCH", f"/api/v1/tasks/{soon['id']}", {"due_on": str(today)})
    anna.client.post("/account/mail", data={"csrf_token": anna.csrf_token, "do": "silence"}, base_url=BASE)
    assert jobs.remind(conn) == 0
    anna.client.post("/account/mail", data={"csrf_token": anna.csrf_token, "do": "remind"}, base_url=BASE)
    conn.execute("UPDATE users SET verified_at = NULL")
    assert jobs.remind(conn) == 0
    conn.execute("UPDATE users SET verified_at = now()")
    assert jobs.remind(conn) == 1


def test_reminders_are_left_to_the_host_that_is_at_it(conn: psycopg.Connection, config: Config) -> None:
    with psycopg.connect(config.database_dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [jobs.REMINDERS_LOCK])
        assert jobs.remind(conn) is None


def test_password_goes_over_tls_only_and_the_certificate_is_checked(
    anna: Person, conn: psycopg.Connection, config: Config, postman: Postman, tmp_path: Path
) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", tmp_path / "key", "-out", tmp_path / "cert"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    seen: list[bytes] = []

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
        seen.append(data.password)
        return AuthResult(success=data.password == b"secret of the relay")

    options: dict[str, Any] = {"tls_context": context, "authenticator": check, "auth_required": True, "require_starttls": True}
    controller = Controller(postman, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        url = f"smtp://relay@localhost:{controller.port}"
        secure = dataclasses.replace(config, smtp_url=url, smtp_password="secret of the relay", mail_from="a@b.test")  # noqa: S106
        mail = {"id": None, "user_id": None, "kind": "confirm", "email": "x@y.test", "is_old": False, "attempts": 0}
        row = conn.execute("SELECT id FROM users").fetchone()
        assert row
        mail["user_id"] = row[0]
        assert mailer.attempt(conn, secure, mail) == "later"
        assert seen == []
        trusted = dataclasses.replace(secure, tls_ca_file=str(tmp_path / "cert"))
        assert mailer.attempt(conn, trusted, mail) == "sent"
        assert mailer.attempt(conn, dataclasses.replace(trusted, smtp_password="wrong"), mail) == "later"  # noqa: S106
    finally:
        controller.stop()
    assert len(postman.mails) == 1


def test_site_without_e_mail_offers_none(config: Config) -> None:
    made = create_app(config)
    client = made.test_client()
    assert "/forgot" not in client.get("/sign-in", base_url=BASE).text
    assert client.get("/forgot", base_url=BASE).status_code == 404
    made.extensions[EXTENSION].close()
