"""Sending e-mail: what waits in the database is written and handed to the SMTP server, by one host at a time per mail."""

import logging
import secrets
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from psycopg import Connection

from taskmanager import metrics, texts
from taskmanager.accounts import hash_of
from taskmanager.config import Config
from taskmanager.db import mails

TIMEOUT_S = 10
PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
LINK_MINUTES = {"confirm": 3 * 24 * 60, "reset": 60}
log = logging.getLogger("taskmanager.mailer")
t = texts.translator(texts.DEFAULT)


def send_waiting(conn: Connection, config: Config, *, most: int = 50) -> int:
    """Send what is due; return how much. One that cannot be sent now waits, one older than a day is given up."""
    sent = 0
    for _ in range(most):
        with conn.transaction():
            mail = mails.take(conn)
            if mail is None:
                break
            result = attempt(conn, config, mail)
            if result == "later":
                mails.later(conn, mail_id=mail["id"])
            else:
                mails.done(conn, mail_id=mail["id"])
        metrics.MAILS.labels(mail["kind"], result).inc()
        sent += result == "sent"
    return sent


def attempt(conn: Connection, config: Config, mail: mails.Row) -> str:
    """Write and send one e-mail; return sent, later or dropped."""
    if mail["is_old"]:
        log.error("e-mail given up after a day", extra={"fields": {"kind": mail["kind"], "attempts": mail["attempts"]}})
        return "dropped"
    try:
        message = write(conn, config, mail)
        if message is None:
            return "dropped"
        deliver(config, message)
    # A certificate that does not verify is an OSError and a ValueError, so the order counts.
    except OSError as error:
        result = "dropped" if is_final(error) else "later"
        log.warning("e-mail %s: %s", result, error, extra={"fields": {"kind": mail["kind"]}})
        return result
    except ValueError as error:
        log.warning("e-mail dropped: %s", error, extra={"fields": {"kind": mail["kind"]}})
        return "dropped"
    return "sent"


def is_final(error: OSError) -> bool:
    """Return whether it is the address that does not work, and will not tomorrow."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(code >= 500 for code, _ in error.recipients.values())


def write(conn: Connection, config: Config, mail: mails.Row) -> EmailMessage | None:
    """Return the message; None when what it should tell is not so any more."""
    if mail["kind"] == "reminder":
        tasks = mails.tasks_of(conn, user_id=mail["user_id"], ids=mail["task_ids"])
        if not tasks:
            return None
        lines = [
            f"{task['due_on']}  {task['title']} ({task['board']})\n  {config.public_url}/tasks/{task['id']}" for task in tasks
        ]
        subject = t("{n} tasks are due", n=len(tasks))
        end = t(
            "You get this because these tasks are assigned to you. Turn it off at {link}", link=f"{config.public_url}/account"
        )
        return message_of(config, mail["email"], subject, [*lines, end])
    token = secrets.token_urlsafe(32)
    values = {"user_id": mail["user_id"], "kind": mail["kind"], "email": mail["email"], "minutes": LINK_MINUTES[mail["kind"]]}
    mails.add_link(conn, token_hash=hash_of(token), **values)
    link = f"{config.public_url}/{mail['kind']}?token={token}"
    if mail["kind"] == "reset":
        words = [t("Somebody, you we hope, asked for a new password. Choose it here within an hour:"), link]
        return message_of(config, mail["email"], t("A new password"), [*words, t("If it was not you, do nothing.")])
    words = [t("Confirm that this is your address:"), link, t("If you did not make an account, do nothing.")]
    return message_of(config, mail["email"], t("Confirm your address"), words)


def message_of(config: Config, to: str, subject: str, paragraphs: list[str]) -> EmailMessage:
    """Return a message of plain text."""
    message = EmailMessage()
    message["From"] = config.mail_from
    message["To"] = to
    message["Subject"] = f"{subject} · Task Manager"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=urlsplit(config.public_url).hostname)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(paragraphs) + "\n")
    return message


def deliver(config: Config, message: EmailMessage) -> None:
    """Hand a message to the server: smtps is TLS from the start, smtp is STARTTLS, smtp+plain is neither."""
    url = urlsplit(config.smtp_url)
    context = ssl.create_default_context()
    if config.tls_ca_file:
        context.load_verify_locations(config.tls_ca_file)
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    tls = url.scheme == "smtps"
    with (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        if tls
        else smtplib.SMTP(host, port, timeout=TIMEOUT_S) as server
    ):
        if url.scheme == "smtp":
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), config.smtp_password)
        server.send_message(message)
