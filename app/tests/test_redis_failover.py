"""The app follows the Redis master through Sentinel, and waits for an outage no longer than one should."""

import dataclasses
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from flask import Flask
from taskmanager import create_app
from taskmanager.config import Config
from taskmanager.redis_client import Patience, open_redis
from taskmanager.services import EXTENSION

from tests.clusters import Sentinels, redis_sentinels
from tests.people import PASSWORD, token_of

BASE = "https://taskmanager.test"


@pytest.fixture
def cluster() -> Iterator[Sentinels]:
    """Return three servers with Sentinels."""
    with tempfile.TemporaryDirectory(prefix="taskmanager-") as name, redis_sentinels(Path(name)) as made:
        yield made


@pytest.fixture
def client(config: Config, cluster: Sentinels) -> Iterator["redis.Redis"]:
    """Return the app's client of them."""
    made = open_redis(dataclasses.replace(config, redis_url=cluster.url))
    yield made
    made.close()


@pytest.fixture
def app(config: Config, cluster: Sentinels) -> Iterator[Flask]:
    """Return an app that knows the Sentinels."""
    made = create_app(dataclasses.replace(config, redis_url=cluster.url))
    yield made
    made.extensions[EXTENSION].close()


def test_person_stays_signed_in_when_the_master_dies(app: Flask, cluster: Sentinels, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is asked is whether the request follows the new master, not how fast this machine elects one.
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 60.0)
    browser = app.test_client()
    token = token_of(browser.get("/sign-up", base_url=BASE).text)
    form = {"csrf_token": token, "name": "anna", "email": "anna@taskmanager.test", "password": PASSWORD}
    assert browser.post("/sign-up", data=form, base_url=BASE).status_code == 303
    before = cluster.master()
    app.extensions[EXTENSION].redis.wait(2, 5000)
    cluster.kill(before)
    assert browser.get("/board", base_url=BASE).status_code == 200
    assert cluster.master() != before


def test_write_waits_while_the_replicas_are_away(client: "redis.Redis", cluster: Sentinels) -> None:
    direct = redis.Redis(port=cluster.master())
    direct.config_set("min-replicas-to-write", 5)
    refused = threading.Event()
    patience = client.get_retry()
    assert isinstance(patience, Patience)
    began = patience.outage_began

    def notice() -> float:
        refused.set()
        return began()

    patience.outage_began = notice  # type: ignore[method-assign]
    back = threading.Thread(target=lambda: (refused.wait(10), direct.config_set("min-replicas-to-write", 0)))
    back.start()
    assert client.set("session:1", "anna")
    back.join()
    assert refused.is_set()
    direct.close()


def test_write_that_is_refused_for_long_counts_as_no_answer(
    client: "redis.Redis", cluster: Sentinels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 0.3)
    direct = redis.Redis(port=cluster.master())
    direct.config_set("min-replicas-to-write", 5)
    with pytest.raises(redis.ConnectionError, match="NOREPLICAS"):
        client.set("session:1", "anna")
    direct.close()


def test_refused_password_is_said_at_once_and_is_no_outage(config: Config, cluster: Sentinels) -> None:
    for port in cluster.sentinels:
        direct = redis.Redis(port=port)
        direct.acl_setuser("shop", enabled=True, passwords=["+right"], commands=["+ping"], channels=["*"])
        direct.close()
    client = open_redis(dataclasses.replace(config, redis_url=cluster.url.replace("//", "//shop@")))
    with pytest.raises(redis.AuthenticationError):
        client.ping()
    client.close()


def test_outage_is_waited_out_once_and_then_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmanager.redis_client.WAIT_S", 0.5)
    patience, attempts = Patience(), []

    def fail() -> None:
        attempts.append(1)
        raise redis.ConnectionError("nobody is there")

    for _ in range(3):
        with pytest.raises(redis.ConnectionError):
            patience.call_with_retry(fail, lambda _: None)
    waited = len(attempts) - 2
    assert waited > 1
    patience.outage_ended()
    with pytest.raises(redis.ConnectionError):
        patience.call_with_retry(fail, lambda _: None)
    assert len(attempts) - waited - 2 > 1


def test_refusal_of_the_server_is_not_tried_again() -> None:
    attempts = []

    def refuse() -> None:
        attempts.append(1)
        raise redis.ResponseError("WRONGTYPE")

    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        Patience().call_with_retry(refuse, lambda _: None)
    assert len(attempts) == 1
