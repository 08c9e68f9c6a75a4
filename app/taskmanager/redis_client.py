"""The client of Redis: a plain URL or one that names Sentinels, and how long a command waits out a failover."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from taskmanager.config import Config

TIMEOUT_S = 1.5
SENTINEL_TIMEOUT_S = 0.5
# Sentinels need about five seconds for a dead master: a command waits a little longer, and after that nobody waits any more.
WAIT_S = 8.0
PAUSE_S = 0.1
# An outage of which nothing was heard for that long is over; until then, and without an answer, the next failure belongs to it.
SILENCE_S = 60.0
# How long those who can do without Redis do not even ask, after it failed.
SPARE_S = 2.0
T = TypeVar("T")
hurried: ContextVar[bool] = ContextVar("hurried", default=False)


class StillAway(redis.ConnectionError):
    """Redis was not asked, since it failed a moment ago."""


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Let commands fail at their first error, and at once while Redis is known to be away: for what works without it."""
    token = hurried.set(True)
    try:
        yield
    finally:
        hurried.reset(token)


class Patience(Retry):
    """Tries again until an outage has lasted WAIT_S, whoever saw it first; afterwards a command fails at its first error.

    So a failover is a slow request, and a Redis that stays away costs each request next to nothing.
    """

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0, (redis.ConnectionError, redis.TimeoutError, redis.ResponseError, socket.timeout))
        self.first_failure = 0.0
        self.last_failure = -SILENCE_S

    def __deepcopy__(self, _: dict[int, Any]) -> "Patience":
        """All connections of a client share one patience."""
        return self

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """Return what `do` returns, or raise what it raises once patience has ended."""
        give_up, failures = time.monotonic() + (0.0 if hurried.get() else WAIT_S), 0
        if hurried.get() and time.monotonic() - self.last_failure < SPARE_S:
            raise StillAway("Redis was away a moment ago")
        while True:
            try:
                return do()
            except self._supported_errors as error:
                # An error that the server answers is final, but for one: it takes no writes while its replicas are away.
                refused = isinstance(error, redis.ResponseError)
                if isinstance(error, redis.AuthenticationError):
                    raise
                if (refused and "NOREPLICAS" not in str(error)) or (is_retryable and not is_retryable(error)):
                    raise
                failures += 1
                fail(error, failures) if with_failure_count else fail(error)
                if time.monotonic() >= min(give_up, self.outage_began() + WAIT_S):
                    raise (redis.ConnectionError(str(error)) if refused else error) from error
                time.sleep(PAUSE_S)

    def outage_began(self) -> float:
        """Count a failure and return when the outage began that it belongs to."""
        now = time.monotonic()
        if now - self.last_failure > SILENCE_S:
            self.first_failure = now
        self.last_failure = now
        return self.first_failure

    def outage_ended(self) -> None:
        """Forget the outage: the next failure begins another one."""
        self.last_failure = -SILENCE_S


class Sentinels(Sentinel):
    """The Sentinels; that they refuse the password is not the same as that nobody answers."""

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Return where the master is."""
        try:
            place: tuple[str, int] = super().discover_master(service_name)  # type: ignore[no-untyped-call]
        except MasterNotFoundError as error:
            if "AuthenticationError" in str(error):
                raise redis.AuthenticationError("the Sentinels refuse name or password") from error
            raise
        return place


class Client(redis.Redis):
    """A client that tells its patience when Redis answers again."""

    def execute_command(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as redis-py has it
        """Send a command and return the answer."""
        answer = super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]
        patience = self.get_retry()
        if isinstance(patience, Patience):
            patience.outage_ended()
        return answer


def open_redis(config: Config) -> "redis.Redis":
    """Return a client of the server, or of the master that the Sentinels name."""
    url = urlsplit(config.redis_url)
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": Patience(),
        "health_check_interval": 30,
    }
    if url.username:
        options["password"] = config.redis_password
    if not url.scheme.endswith("+sentinel"):
        tls = {"ssl_ca_certs": config.tls_ca_file} if url.scheme == "rediss" and config.tls_ca_file else {}
        client: redis.Redis = Client.from_url(config.redis_url, **options, **tls)
        return client
    secure: dict[str, Any] = {"ssl": True, "ssl_ca_certs": config.tls_ca_file} if url.scheme.startswith("rediss") else {}
    account = {"username": unquote(url.username), "password": config.redis_password} if url.username else {}
    options |= account | secure | {"db": database(config.redis_url)}
    client = sentinels(config, account | secure).master_for(master_name(config.redis_url), Client, **options)  # type: ignore[no-untyped-call]
    return client


def sentinels(config: Config, options: dict[str, Any]) -> Sentinels:
    """Return a client of the Sentinels, which know the app by the same account."""
    timeouts = {"socket_timeout": SENTINEL_TIMEOUT_S, "socket_connect_timeout": SENTINEL_TIMEOUT_S}
    once = {"retry": Retry(NoBackoff(), 0)}
    hosts = urlsplit(config.redis_url).netloc.rpartition("@")[2].split(",")
    places = [(host.rpartition(":")[0], int(host.rpartition(":")[2])) for host in hosts]
    return Sentinels(places, sentinel_kwargs={**options, **timeouts, **once})  # type: ignore[no-untyped-call]


def master_name(url: str) -> str:
    """Return the name that the Sentinels know the master by: rediss+sentinel://USER@HOST:PORT,HOST:PORT/NAME/DB."""
    return urlsplit(url).path.split("/")[1]


def database(url: str) -> int:
    """Return the number of the database behind the master's name, 0 without one."""
    return int([*urlsplit(url).path.split("/"), "0", "0"][2] or 0)
