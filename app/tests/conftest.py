"""Fixtures: the servers once for all tests, an empty database and Redis for each."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from flask import Flask
from taskmanager import create_app, schema
from taskmanager.config import Config
from taskmanager.services import EXTENSION

from tests.people import Person, SignUp, join
from tests.servers import postgres, redis_server

TABLES = "users, workspaces"


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Return a folder that the account postgres may enter too."""
    with tempfile.TemporaryDirectory(prefix="taskmanager-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def config(folder: Path) -> Iterator[Config]:
    """Return the configuration for servers of our own, with a migrated schema."""
    (folder / "postgres").mkdir()
    with postgres(folder / "postgres") as conninfo, redis_server(folder) as url:
        made = Config(
            public_url="https://taskmanager.test",
            database_dsn=conninfo,
            redis_url=url,
            database_password="not-asked-for",  # noqa: S106
            redis_password="not-asked-for",  # noqa: S106
            secret_key="k" * 32,
            release="test",
            # Tests ask more often than people; those of the limits have an app of their own.
            rate_limit_user=1_000_000,
            rate_limit_address=1_000_000,
        )
        schema.migrate(made)
        yield made


@pytest.fixture(scope="session")
def app(config: Config) -> Iterator[Flask]:
    """Return the web app."""
    made = create_app(config)
    yield made
    made.extensions[EXTENSION].close()


@pytest.fixture
def conn(config: Config) -> Iterator[psycopg.Connection]:
    """Return a connection of the test's own."""
    with psycopg.connect(config.database_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _empty(config: Config, conn: psycopg.Connection) -> None:
    conn.execute(f"TRUNCATE {TABLES} CASCADE")
    client: redis.Redis = redis.Redis.from_url(config.redis_url)
    client.flushall()
    client.close()


@pytest.fixture
def sign_up(app: Flask) -> SignUp:
    """Return a function that makes an account, signs it in and returns the person."""

    def make(name: str, invitation: str = "") -> Person:
        return join(app.test_client(), name, invitation)

    return make


@pytest.fixture
def anna(sign_up: SignUp) -> Person:
    """Return Anna, signed in."""
    return sign_up("anna")
