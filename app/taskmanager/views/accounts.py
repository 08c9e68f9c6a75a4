"""Signing up, in and out."""

from flask import Blueprint, Response, make_response, render_template, request
from flask import redirect as flask_redirect

from taskmanager import passwords, services, sessions, throttle
from taskmanager.accounts import create_account, hash_of
from taskmanager.db import mails, users, workspaces
from taskmanager.errors import AppError
from taskmanager.request_log import client_address
from taskmanager.rules import accounts as rules

blueprint = Blueprint("accounts", __name__)


def form_fields() -> dict[str, str]:
    """Return the fields of the forms; text around an address or name is no part of it."""
    form = request.form
    return {
        "email": form.get("email", "").strip(),
        "name": " ".join(form.get("name", "").split()),
        "password": form.get("password", ""),
    }


def redirect(path: str) -> Response:
    """Lead to a page of ours after a form, with GET."""
    return make_response(flask_redirect(path, 303))


def sign_up_open() -> bool:
    """Return whether anybody may make an account."""
    return services.current().config.sign_up == "open"


def check_sign_up(invitation: str, status: int) -> None:
    """Refuse a stranger where sign-up is not open; an invitation that holds lets in unless it is closed."""
    policy = services.current().config.sign_up
    if policy == "open":
        return
    if policy == "invitation" and invitation:
        with services.current().pool.connection() as conn:
            if workspaces.find_invitation(conn, token_hash=hash_of(invitation)):
                return
    raise AppError(status, "Sign-up is closed", "Ask the person who runs this site for an account or an invitation.")


def show(
    template: str, fields: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """Render a form; a browser without a session gets one, for the token."""
    if (session := sessions.load()) and session.user_id and not errors:
        return redirect("/board")
    response = make_response("", status)
    token = (session or sessions.start(response)).csrf_token
    response.set_data(
        render_template(
            template,
            user=None,
            csrf_token=token,
            form=fields or {},
            errors=errors or {},
            sign_up_open=sign_up_open(),
            mail_enabled=bool(services.current().config.smtp_url),
        )
    )
    return response


@blueprint.get("/sign-in")
def sign_in_form() -> Response:
    """Show the sign-in form."""
    return show("sign_in.html")


@blueprint.post("/sign-in")
def sign_in() -> Response:
    """Sign a person in, or say that address and password do not belong together."""
    sessions.check_csrf()
    fields = form_fields()
    throttle.count_attempt(client_address(), fields["email"])
    with services.current().pool.connection() as conn:
        user = users.find_user(conn, email=fields["email"].replace("\x00", ""))
    right = len(fields["password"]) <= rules.PASSWORD_MAX and passwords.is_right(
        fields["password"], user.password_hash if user else None
    )
    if user is None or not right:
        return show("sign_in.html", fields, {"form": "E-mail address and password do not belong together."}, 401)
    throttle.forget(client_address(), fields["email"])
    response = redirect("/board")
    sessions.start(response, user_id=user.id, name=user.name, email=user.email)
    return response


@blueprint.get("/sign-up")
def sign_up_form() -> Response:
    """Show the sign-up form."""
    check_sign_up(request.args.get("invitation", ""), 404)
    return show("sign_up.html")


@blueprint.post("/sign-up")
def sign_up() -> Response:
    """Make an account and sign it in."""
    invitation = request.form.get("invitation", "")
    check_sign_up(invitation, 403)
    sessions.check_csrf()
    fields = form_fields()
    errors = rules.faults(**fields)
    if errors:
        return show("sign_up.html", fields, errors, 422)
    throttle.count_attempt(client_address(), "sign-up")
    with services.current().pool.connection() as conn:
        user = create_account(conn, **fields, invitation=invitation)
        if user is not None and services.current().config.smtp_url:
            mails.queue(conn, user_id=user.id, kind="confirm")
    if user is None:
        return show("sign_up.html", fields, {"email": "There is an account with this address already; sign in instead."}, 409)
    response = redirect("/board")
    sessions.start(response, user_id=user.id, name=user.name, email=user.email)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    sessions.check_csrf()
    response = redirect("/sign-in")
    sessions.end(response)
    return response
