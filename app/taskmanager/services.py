"""The services an app process talks to, PostgreSQL and Redis, opened at first use so that forked workers never share a socket."""

import os
import threading
from dataclasses import dataclass, field
from typing import Any

import redis
from flask import Flask, current_app
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from taskmanager.config import Config

EXTENSION = "taskmanager"
# A person waits this long for a connection before the site says that it is busy.
POOL_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 3
REDIS_TIMEOUT_S = 2.0


@dataclass
class Services:
    """The pool and the Redis client of one process."""

    config: Config
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pid: int = 0
    _pool: ConnectionPool | None = None
    _redis: "redis.Redis | None" = None

    @property
    def pool(self) -> ConnectionPool:
        """The pool of autocommit connections; a write opens its own transaction."""
        self._open_once()
        assert self._pool is not None  # noqa: S101 - opened just above
        return self._pool

    @property
    def redis(self) -> "redis.Redis":
        """The client of Redis, which answers in bytes."""
        self._open_once()
        assert self._redis is not None  # noqa: S101 - opened just above
        return self._redis

    def close(self) -> None:
        """Close what this process opened."""
        if self._pid == os.getpid() and self._pool and self._redis:
            self._pool.close(timeout=2)
            self._redis.close()
            self._pid = 0

    def _open_once(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid != os.getpid():
                self._pool = open_pool(self.config)
                self._redis = open_redis(self.config)
                self._pid = os.getpid()


def open_pool(config: Config) -> ConnectionPool:
    """Return an open pool with at most one connection per thread; it connects in the background."""
    return ConnectionPool(
        conninfo_of(config),
        min_size=1,
        max_size=config.web_threads,
        timeout=POOL_TIMEOUT_S,
        max_idle=300,
        kwargs={"autocommit": True},
        name="taskmanager",
        open=True,
    )


def conninfo_of(config: Config) -> str:
    """Return the conninfo string with password and application name."""
    given: dict[str, Any] = conninfo_to_dict(config.database_dsn)
    defaults: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": f"taskmanager {config.release}"}
    return make_conninfo("", **{**defaults, **given, "password": config.database_password})


def open_redis(config: Config) -> "redis.Redis":
    """Return a client that tries a lost connection once more and then gives up quickly."""
    tls = {"ssl_ca_certs": config.tls_ca_file} if config.redis_url.startswith("rediss:") and config.tls_ca_file else {}
    password = {"password": config.redis_password} if "@" in config.redis_url else {}
    client: redis.Redis = redis.Redis.from_url(
        config.redis_url,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.01), 1),
        health_check_interval=30,
        **password,
        **tls,
    )
    return client


def install(app: Flask, config: Config) -> None:
    """Give the app its services."""
    app.extensions[EXTENSION] = Services(config)


def current() -> Services:
    """Return the services of the app that serves this request."""
    services: Services = current_app.extensions[EXTENSION]
    return services
