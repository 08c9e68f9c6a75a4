"""The services an app process talks to, PostgreSQL and Redis, opened at first use so that forked workers never share a socket."""

import os
import threading
from dataclasses import dataclass, field

import redis
from flask import Flask, current_app

from taskmanager.config import Config
from taskmanager.pool import Pool, conninfo_of, open_pool
from taskmanager.redis_client import open_redis

__all__ = ["EXTENSION", "Services", "conninfo_of", "current", "install", "open_redis"]

EXTENSION = "taskmanager"


@dataclass
class Services:
    """The pool and the Redis client of one process."""

    config: Config
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pid: int = 0
    _pool: Pool | None = None
    _redis: "redis.Redis | None" = None

    @property
    def pool(self) -> Pool:
        """The pool of autocommit connections to the leader. A write opens its own transaction: outside of one only reads are
        safe to be done again."""
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


def install(app: Flask, config: Config) -> None:
    """Give the app its services."""
    app.extensions[EXTENSION] = Services(config)


def current() -> Services:
    """Return the services of the app that serves this request."""
    services: Services = current_app.extensions[EXTENSION]
    return services
