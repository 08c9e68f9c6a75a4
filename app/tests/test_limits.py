"""How often one may ask, and what works while Redis is away."""

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from taskmanager import create_app, limits
from taskmanager.config import Config
from taskmanager.services import EXTENSION

from tests.people import PASSWORD, Person, SignUp, join, token_of
from tests.servers import redis_server

BASE = "https://taskmanager.test"
FEW, MANY = 5, 12


@pytest.fixture
def app(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Return an app that lets a person ask 5 times and an address 12 times a day, so that no window ends in a test."""
    monkeypatch.setattr(limits, "WINDOW_S", 24 * 3600)
    made = create_app(dataclasses.replace(config, rate_limit_user=FEW, rate_limit_address=MANY))
    yield made
    made.extensions[EXTENSION].close()


@pytest.fixture
def server() -> Iterator[tuple[str, ExitStack]]:
    """Return a Redis of the test's own, and what stops it when it is closed."""
    with tempfile.TemporaryDirectory(prefix="taskmanager-") as name, ExitStack() as stack:
        yield stack.enter_context(redis_server(Path(name))), stack


def token_for(anna: Person) -> str:
    """Return a personal access token of Anna's."""
    made = anna.send("POST", "/api/v1/tokens", {"name": "t", "scope": "write", "days": 1}).json
    assert made
    return str(made["token"])


def test_person_is_refused_after_the_last_request_and_told_when_to_come_back(app: Flask, sign_up: SignUp) -> None:
    anna = sign_up("anna")
    answers = [anna.get("/api/v1/me") for _ in range(FEW)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    allowed = [answer for answer in answers if answer.status_code == 200]
    # Signing up leads to the board, which counts too.
    assert len(allowed) == FEW - 1
    assert refused.mimetype == "application/problem+json"
    assert refused.json
    assert refused.json["title"] == "Too many requests"
    assert int(refused.headers["Retry-After"]) > 0
    window = limits.WINDOW_S
    assert allowed[0].headers["RateLimit-Policy"] == f'"user";q={FEW};w={window}, "address";q={MANY};w={window}'
    assert [answer.headers["RateLimit"].split(";")[1] for answer in allowed] == ["r=3", "r=2", "r=1", "r=0"]


def test_addresses_and_people_have_windows_of_their_own(app: Flask, sign_up: SignUp) -> None:
    anna, client = sign_up("anna"), app.test_client()

    def ask(address: str) -> int:
        return client.get("/api/v1/me", base_url=BASE, headers={"X-Real-IP": address}).status_code

    first = [ask("192.0.2.1") for _ in range(MANY + 1)]
    assert first == [401] * MANY + [429]
    assert ask("192.0.2.2") == 401
    # One customer has a whole /64.
    assert [ask(f"2001:db8::{number:x}") for number in range(MANY + 1)][-1] == 429
    assert ask("2001:db8:0:1::1") == 401
    assert anna.get("/api/v1/me").status_code == 200


def test_token_counts_for_its_person_and_an_unknown_one_for_the_address(app: Flask, sign_up: SignUp) -> None:
    client = app.test_client()
    anna = sign_up("anna")
    token = token_for(anna)

    def ask(bearer: str) -> int:
        headers = {"Authorization": f"Bearer {bearer}", "X-Real-IP": "192.0.2.9"}
        return client.get("/api/v1/me", base_url=BASE, headers=headers).status_code

    assert [ask("tmk_guess") for _ in range(MANY + 1)] == [401] * MANY + [429]
    assert ask(token) == 429
    other = client.get("/api/v1/me", base_url=BASE, headers={"Authorization": f"Bearer {token}", "X-Real-IP": "192.0.2.8"})
    assert other.status_code == 200
    assert anna.get("/api/v1/me").headers["RateLimit"].startswith('"user";r=')


def test_window_slides(config: Config, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = limits.Policy("test", "limit:test", 10, 1000)
    client = app.extensions[EXTENSION].redis
    with app.app_context():
        _, [state] = limits.ask([policy])
        share = state.reset / 1000
        slot = int(client.hget(policy.key, "slot"))
        # All ten in the window before: of them the share counts that still lies in the window that slides.
        client.hset(policy.key, mapping={"slot": slot - 1, "here": 10, "before": 0})
        _, [state] = limits.ask([policy])
        assert abs(state.left - (9 - 10 * share)) <= 1.01
        client.hset(policy.key, mapping={"slot": slot - 2, "here": 10, "before": 10})
        _, [state] = limits.ask([policy])
        assert state.left == 9


def test_probes_are_never_refused(app: Flask) -> None:
    client = app.test_client()
    answers = [client.get("/health", base_url=BASE, headers={"X-Real-IP": "192.0.2.1"}) for _ in range(MANY + 3)]
    assert {answer.status_code for answer in answers} == {200}


def test_without_redis_a_token_works_and_nobody_signs_in(
    config: Config, server: tuple[str, ExitStack], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 0.2)
    url, stack = server
    app = create_app(dataclasses.replace(config, redis_url=url, rate_limit_address=MANY))
    client = app.test_client()
    bearer = {"Authorization": f"Bearer {token_for(join(client, 'anna'))}"}
    waiting = app.test_client()
    token = token_of(waiting.get("/sign-in", base_url=BASE).text)
    assert client.get("/ready", base_url=BASE).json["status"] == "ready"  # type: ignore[index]
    stack.close()
    stranger = app.test_client()
    reads = [
        stranger.get("/api/v1/board", base_url=BASE, headers={**bearer, "X-Real-IP": "192.0.2.1"}).status_code
        for _ in range(MANY + 5)
    ]
    assert set(reads) == {200}
    made = stranger.post("/api/v1/tasks", json={"title": "written"}, base_url=BASE, headers=bearer)
    assert made.status_code == 201
    ready = stranger.get("/ready", base_url=BASE)
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")  # type: ignore[index]
    fields = {"csrf_token": token, "email": "anna@taskmanager.test", "password": PASSWORD}
    refused = waiting.post("/sign-in", data=fields, base_url=BASE)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert client.get("/board", base_url=BASE).status_code == 503
    app.extensions[EXTENSION].close()


def test_sign_in_is_not_counted_away_without_redis(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 0.1)
    from taskmanager import throttle

    lame = create_app(dataclasses.replace(config, redis_url="unix:///nonexistent.sock"))
    with lame.app_context(), pytest.raises(Exception, match="onnect"):
        throttle.count_attempt("192.0.2.1", "anna@taskmanager.test")
    lame.extensions[EXTENSION].close()
