"""Programs that sign in with a password: tokens that expire, rotate and end, and pages of other sites that use them."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import psycopg
import pytest
from flask import Flask
from taskmanager import create_app, signed, throttle
from taskmanager.config import Config
from taskmanager.services import EXTENSION
from werkzeug.test import TestResponse

from tests.people import PASSWORD, Person

BASE = "https://taskmanager.test"
OTHER = "https://other.test"


def post(app: Flask, path: str, **body: object) -> TestResponse:
    """Send a body as a program without a session."""
    return app.test_client().post(f"/api/v1/auth/{path}", json=body, base_url=BASE)


def log_in(app: Flask) -> dict[str, Any]:
    """Return the tokens of a new sign-in of Anna's."""
    response = post(app, "login", email="ANNA@taskmanager.test", password=PASSWORD)
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"
    return response.json  # type: ignore[return-value]


def status(app: Flask, token: str, method: str = "GET", path: str = "/api/v1/me", body: object = None) -> int:
    """Return how a request with a token is answered."""
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, json=body, base_url=BASE, headers=headers).status_code


def test_program_reads_and_writes_with_its_access_token(app: Flask, anna: Person) -> None:
    tokens = log_in(app)
    assert status(app, tokens["access_token"]) == 200
    assert status(app, tokens["access_token"], "POST", "/api/v1/tasks", {"title": "x"}) == 201
    # A token that leaked must not make others that outlive it.
    new = {"name": "x", "scope": "write", "days": 1}
    assert status(app, tokens["access_token"], "POST", "/api/v1/tokens", new) == 403


def test_refresh_token_counts_once_and_one_that_comes_back_ends_the_sign_in(
    app: Flask, anna: Person, conn: psycopg.Connection
) -> None:
    first = log_in(app)
    second = post(app, "refresh", refresh_token=first["refresh_token"]).json
    assert second
    assert second["refresh_token"] != first["refresh_token"]
    # An answer that was lost on its way is no theft.
    assert post(app, "refresh", refresh_token=first["refresh_token"]).status_code == 409
    third = post(app, "refresh", refresh_token=second["refresh_token"]).json
    assert third
    assert status(app, third["access_token"]) == 200
    conn.execute("UPDATE logins SET used_at = now() - interval '1 minute'")
    stolen = post(app, "refresh", refresh_token=second["refresh_token"])
    assert stolen.status_code == 401
    assert 'error="invalid_token"' in stolen.headers["WWW-Authenticate"]
    assert post(app, "refresh", refresh_token=third["refresh_token"]).status_code == 401
    assert status(app, third["access_token"]) == 401


def test_of_eight_that_refresh_at_once_one_gets_tokens(app: Flask, anna: Person) -> None:
    token = log_in(app)["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: post(app, "refresh", refresh_token=token).status_code, range(8)))
    assert sorted(statuses) == [200, *[409] * 7]


def test_ended_sign_in_takes_its_tokens_along(app: Flask, anna: Person) -> None:
    one, two, three = (log_in(app) for _ in range(3))
    assert post(app, "logout", refresh_token=one["refresh_token"]).status_code == 204
    listed = anna.get("/api/v1/auth/logins").json
    assert listed
    assert {row["id"] for row in listed["logins"]} == {two["login_id"], three["login_id"]}
    assert anna.send("DELETE", f"/api/v1/auth/logins/{two['login_id']}").status_code == 204
    assert anna.send("DELETE", f"/api/v1/auth/logins/{two['login_id']}").status_code == 404
    assert [status(app, tokens["access_token"]) for tokens in (one, two, three)] == [401, 401, 200]
    assert anna.send("POST", "/api/v1/sessions/revoke", {}).json == {"ended": 2}
    assert status(app, three["access_token"]) == 401


def test_others_cannot_end_a_sign_in(app: Flask, anna: Person, sign_up: Any) -> None:  # noqa: ANN401
    tokens = log_in(app)
    assert sign_up("bob").send("DELETE", f"/api/v1/auth/logins/{tokens['login_id']}").status_code == 404
    assert status(app, tokens["access_token"]) == 200


def test_forged_expired_or_swapped_token_opens_nothing(
    app: Flask, config: Config, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = log_in(app)
    claims = jwt.decode(good["access_token"], options={"verify_signature": False})
    key = signed.key_of(config)
    forged = [
        good["refresh_token"],
        jwt.encode(claims, "another key of thirty-two characters", algorithm="HS256"),
        jwt.encode(claims, config.secret_key, algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode({**claims, "exp": claims["iat"] - 1}, key, algorithm="HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "exp"}, key, algorithm="HS256"),
        jwt.encode({**claims, "iss": OTHER}, key, algorithm="HS256"),
        jwt.encode({**claims, "sid": "no id"}, key, algorithm="HS256"),
        "a.b.c",
        "..",
    ]
    assert [status(app, token) for token in forged] == [401] * len(forged)
    assert post(app, "refresh", refresh_token=good["access_token"]).status_code == 401
    assert status(app, good["access_token"]) == 200


def test_wrong_password_and_unknown_address_are_the_same_and_are_counted(app: Flask, anna: Person) -> None:
    answers = [post(app, "login", email="anna@taskmanager.test", password="wrong password") for _ in range(throttle.ATTEMPTS)]  # noqa: S106
    unknown = post(app, "login", email="nobody@taskmanager.test", password="wrong password")  # noqa: S106
    assert {answer.status_code for answer in answers} == {401}
    assert unknown.json == answers[0].json
    assert post(app, "login", email="anna@taskmanager.test", password=PASSWORD).status_code == 429


def test_nobody_logs_in_while_redis_is_away(config: Config, anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 0.1)
    lame = create_app(dataclasses.replace(config, redis_url="unix:///nonexistent.sock"))
    assert post(lame, "login", email="anna@taskmanager.test", password=PASSWORD).status_code == 503
    lame.extensions[EXTENSION].close()


@pytest.mark.parametrize(("body", "pointer"), [({"email": "a@b"}, "/password"), ({"email": 1, "password": "x"}, "/email")])
def test_bad_body_names_its_member(app: Flask, body: dict[str, object], pointer: str) -> None:
    response = post(app, "login", **body)
    assert (response.status_code, response.json["errors"][0]["pointer"]) == (422, pointer)  # type: ignore[index]


def test_pages_of_other_sites_ask_where_they_are_allowed_and_never_with_a_cookie(config: Config, anna: Person) -> None:
    app = create_app(dataclasses.replace(config, cors_origins=(OTHER,)))
    client = app.test_client()
    ask = {"Origin": OTHER, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    allowed = client.options("/api/v1/me", base_url=BASE, headers=ask)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (204, OTHER)
    assert "PATCH" in allowed.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    read = client.get("/api/v1/me", base_url=BASE, headers={"Origin": OTHER})
    assert read.status_code == 401
    assert read.headers["Access-Control-Allow-Origin"] == OTHER
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    for response in (allowed, read):
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Origin" in response.headers["Vary"]
    for origin in ("https://evil.test", "null", OTHER + ".evil.test"):
        assert (
            "Access-Control-Allow-Origin"
            not in client.options("/api/v1/me", base_url=BASE, headers=ask | {"Origin": origin}).headers
        )
    assert "Access-Control-Allow-Origin" not in client.get("/sign-in", base_url=BASE, headers={"Origin": OTHER}).headers
    app.extensions[EXTENSION].close()


def test_without_the_setting_no_other_site_is_answered(app: Flask) -> None:
    assert (
        "Access-Control-Allow-Origin" not in app.test_client().get("/api/v1/me", base_url=BASE, headers={"Origin": OTHER}).headers
    )
