"""Signing up, in and out."""

import psycopg
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from taskmanager import throttle
from taskmanager.config import Config
from werkzeug.test import TestResponse

from tests.people import PASSWORD, Person, SignUp, token_of

BASE = "https://taskmanager.test"


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Fill in a form as a browser does, with the token of the page."""
    token = token_of(client.get(path, base_url=BASE).text)
    return client.post(path, data={"csrf_token": token, **fields}, base_url=BASE)


def cookie_of(client: FlaskClient) -> str:
    """Return the session's id in the browser."""
    cookie = client.get_cookie("__Host-session", "taskmanager.test")
    assert cookie
    return cookie.value


def test_person_who_signed_up_can_sign_in_elsewhere(app: Flask, anna: Person) -> None:
    client = app.test_client()
    response = post(client, "/sign-in", email="ANNA@taskmanager.test", password=PASSWORD)
    assert (response.status_code, response.location) == (303, "/board")
    assert client.get("/board", base_url=BASE).status_code == 200


def test_wrong_password_and_unknown_address_get_the_same_answer(app: Flask, anna: Person) -> None:
    client = app.test_client()
    wrong = post(client, "/sign-in", email="anna@taskmanager.test", password="wrong password")  # noqa: S106
    unknown = post(client, "/sign-in", email="nobody@taskmanager.test", password="wrong password")  # noqa: S106
    assert wrong.status_code == unknown.status_code == 401
    assert "do not belong together" in wrong.text
    assert wrong.text.replace("anna@", "x@") == unknown.text.replace("nobody@", "x@")


def test_session_id_from_before_sign_in_is_worth_nothing_after_it(app: Flask, anna: Person) -> None:
    client = app.test_client()
    client.get("/sign-in", base_url=BASE)
    before = cookie_of(client)
    post(client, "/sign-in", email="anna@taskmanager.test", password=PASSWORD)
    assert cookie_of(client) != before
    thief = app.test_client()
    thief.set_cookie("__Host-session", before, domain="taskmanager.test", secure=True)
    assert thief.get("/board", base_url=BASE).location == "/sign-in"


def test_signed_out_session_is_gone_on_the_server_too(app: Flask, anna: Person) -> None:
    kept = cookie_of(anna.client)
    anna.client.post("/sign-out", data={"csrf_token": anna.csrf_token}, base_url=BASE)
    thief = app.test_client()
    thief.set_cookie("__Host-session", kept, domain="taskmanager.test", secure=True)
    assert thief.get("/board", base_url=BASE).location == "/sign-in"


def test_sessions_are_listed_and_end_when_they_are_revoked(app: Flask, anna: Person) -> None:
    other = app.test_client()
    post(other, "/sign-in", email="anna@taskmanager.test", password=PASSWORD)
    listed = anna.get("/api/v1/sessions").json
    assert listed
    assert sorted(row["current"] for row in listed["sessions"]) == [False, True]
    key = next(row["id"] for row in listed["sessions"] if not row["current"])
    assert anna.send("POST", "/api/v1/sessions/revoke", {"id": key}).json == {"ended": 1}
    assert other.get("/board", base_url=BASE).location == "/sign-in"
    assert anna.get("/board").status_code == 200
    assert anna.send("POST", "/api/v1/sessions/revoke", {"id": key}).status_code == 404


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    header = app.test_client().get("/sign-in", base_url=BASE).headers["Set-Cookie"]
    for word in ("__Host-session=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in header


def test_redis_holds_no_session_id(config: Config, anna: Person) -> None:
    client: redis.Redis = redis.Redis.from_url(config.redis_url)
    stored = b" ".join(client.scan_iter())
    client.close()
    assert cookie_of(anna.client).encode() not in stored


def test_tenth_failure_is_told_and_the_eleventh_has_to_wait(app: Flask, anna: Person) -> None:
    client = app.test_client()
    for _ in range(throttle.ATTEMPTS):
        assert post(client, "/sign-in", email="anna@taskmanager.test", password="wrong password").status_code == 401  # noqa: S106
    response = post(client, "/sign-in", email="anna@taskmanager.test", password=PASSWORD)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 2 * throttle.WINDOW_S


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("email", "no address", "e-mail"),
        ("name", "", "name"),
        ("password", "short", "at least 10"),
        ("password", "x" * 201, "at most 200"),
    ],
)
def test_bad_field_of_a_new_account_is_told_beside_it(
    app: Flask, conn: psycopg.Connection, field: str, value: str, word: str
) -> None:
    fields = {"name": "Anna", "email": "anna@taskmanager.test", "password": PASSWORD, field: value}
    response = post(app.test_client(), "/sign-up", **fields)
    assert response.status_code == 422
    assert word in response.text
    assert f'id="{field}-error"' in response.text
    assert conn.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_taken_address_is_refused_whatever_its_case(app: Flask, anna: Person, conn: psycopg.Connection) -> None:
    response = post(app.test_client(), "/sign-up", name="Anna", email="Anna@Taskmanager.test", password=PASSWORD)
    assert response.status_code == 409
    assert conn.execute("SELECT count(*) FROM users").fetchone() == (1,)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/sign-out"])
def test_form_without_a_token_is_refused(app: Flask, path: str, conn: psycopg.Connection) -> None:
    response = app.test_client().post(path, data={"email": "a@b", "name": "A", "password": PASSWORD}, base_url=BASE)
    assert response.status_code == 403
    assert "reload the page" in response.text
    assert conn.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_page_may_load_nothing_but_our_own_files(anna: Person) -> None:
    page = anna.get("/board")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text
    assert " style=" not in page.text


def test_title_with_markup_is_text_on_the_page(anna: Person) -> None:
    anna.add("</script><img src=x onerror=alert(1)>")
    page = anna.get("/board").text
    assert "<img src=x" not in page
    assert page.count("</script>") == 3


def test_board_with_an_open_task_has_its_own_address(anna: Person, sign_up: SignUp) -> None:
    task = anna.add("Open me")
    assert f'data-open="{task["id"]}"' in anna.get(f"/tasks/{task['id']}").text
    assert sign_up("bob").get(f"/tasks/{task['id']}").status_code == 404
