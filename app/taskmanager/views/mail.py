"""The pages that e-mail leads to: a new password, a confirmed address; and what one says about it in one's account."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from taskmanager import passwords, services, sessions, throttle
from taskmanager.accounts import hash_of
from taskmanager.db import logins, mails, users
from taskmanager.errors import AppError
from taskmanager.request_log import client_address
from taskmanager.rules import accounts as rules
from taskmanager.views.accounts import redirect

blueprint = Blueprint("mail", __name__)
# Links of a kind that a person may have at a time; more are not sent.
LINKS_MAX = 3


def check_mail() -> None:
    """Refuse where no e-mail is sent."""
    if not services.current().config.smtp_url:
        raise AppError(404, "No e-mail", "This site sends no e-mail; ask the person who runs it.")


def show(template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - whatever the page shows
    """Render a form; a browser without a session gets one, for the token."""
    response = make_response("", status)
    token = (sessions.load() or sessions.start(response)).csrf_token
    response.set_data(render_template(template, user=None, csrf_token=token, **{"form": {}, "errors": {}} | values))
    return response


def queue(conn: Any, user: users.User, kind: str) -> None:  # noqa: ANN401 - a connection
    """Let a link be sent, unless the person has enough of them."""
    if mails.count(conn, user_id=user.id, kind=kind) < LINKS_MAX:
        mails.queue(conn, user_id=user.id, kind=kind)


@blueprint.get("/forgot")
def forgot_form() -> Response:
    """Ask for the address of the account whose password is lost."""
    check_mail()
    return show("forgot.html", sent=False)


@blueprint.post("/forgot")
def forgot() -> Response:
    """Send a link for a new password; the answer is the same whether there is such an account."""
    check_mail()
    sessions.check_csrf()
    throttle.count_attempt(client_address(), "forgot")
    email = request.form.get("email", "").strip().replace("\x00", "")
    with services.current().pool.connection() as conn:
        user = users.find_user(conn, email=email)
        if user is not None:
            queue(conn, user, "reset")
    return show("forgot.html", sent=True)


@blueprint.get("/reset")
def reset_form() -> Response:
    """Ask for the new password, if the link holds."""
    with services.current().pool.connection() as conn:
        holds = mails.find_link(conn, token_hash=hash_of(request.args.get("token", "")), kind="reset")
    return show("reset.html", 200 if holds else 410, holds=holds is not None, token=request.args.get("token", ""))


@blueprint.post("/reset")
def reset() -> Response:
    """Set the new password and end every session; the address is confirmed by that."""
    sessions.check_csrf()
    token, password = request.form.get("token", ""), request.form.get("password", "")
    faults = rules.faults(email="anybody@example.org", name="anybody", password=password)
    if faults:
        return show("reset.html", 422, holds=True, token=token, errors=faults)
    throttle.count_attempt(client_address(), "reset")
    password_hash = passwords.make_hash(password)
    with services.current().pool.connection() as conn, conn.transaction():
        user_id = mails.find_link(conn, token_hash=hash_of(token), kind="reset")
        if user_id is None:
            return show("reset.html", 410, holds=False, token="")
        users.set_password(conn, user_id=user_id, password_hash=password_hash)
        users.set_verified(conn, user_id=user_id)
        mails.drop_links(conn, user_id=user_id, kind="reset")
        logins.delete_logins(conn, user_id=user_id)
    sessions.revoke(services.current().redis, user_id)
    return redirect("/sign-in")


@blueprint.get("/confirm")
def confirm_form() -> Response:
    """Ask for a press of a button: programs that look at the links in e-mail confirm nothing."""
    with services.current().pool.connection() as conn:
        holds = mails.find_link(conn, token_hash=hash_of(request.args.get("token", "")), kind="confirm")
    return show("confirm.html", 200 if holds else 410, holds=holds is not None, token=request.args.get("token", ""))


@blueprint.post("/confirm")
def confirm() -> Response:
    """Confirm the address."""
    sessions.check_csrf()
    with services.current().pool.connection() as conn, conn.transaction():
        user_id = mails.find_link(conn, token_hash=hash_of(request.form.get("token", "")), kind="confirm")
        if user_id is None:
            return show("confirm.html", 410, holds=False, token="")
        users.set_verified(conn, user_id=user_id)
        mails.drop_links(conn, user_id=user_id, kind="confirm")
    return redirect("/account")


@blueprint.post("/account/mail")
def change_mail() -> Response:
    """Send the link that confirms the address once more, or turn reminders on or off."""
    check_mail()
    sessions.check_csrf()
    session = sessions.load()
    if session is None or session.user_id is None:
        return redirect("/sign-in")
    with services.current().pool.connection() as conn:
        user = users.get_user(conn, user_id=session.user_id)
        if user is not None and request.form.get("do") == "confirm":
            queue(conn, user, "confirm")
        elif user is not None:
            users.set_reminders(conn, user_id=user.id, wanted=request.form.get("do") == "remind")
    return redirect("/account")
