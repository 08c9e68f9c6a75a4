"""The pool of database connections: finds the leader, drops dead connections, takes no unsure commit for a success."""

import select
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from flask import g, has_request_context, request
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from taskmanager import metrics
from taskmanager.config import Config

# A request gets its answer within this time, or 503: less than nginx waits, more than a switchover or a restart takes.
REQUEST_S = 12.0
# What a statement gets at the least, so that a commit is not given up the moment it is sent. Together less than nginx's 15 s.
LEAST_S = 2.5
# A connection that lay idle longer is asked before it is used.
IDLE_S = 2.0
READING = {"GET", "HEAD", "OPTIONS"}
# libpq's own settings. A dead host is noticed by silence: at connecting, when an answer is due, and while idle.
DEFAULTS: dict[str, Any] = {
    "target_session_attrs": "read-write",
    "connect_timeout": 2,
    "tcp_user_timeout": 3000,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
}
# The pool doubles its pause after every failure, so after a long outage it would sleep on while the database is back.
AttemptWithBackoff.INITIAL_DELAY = 0.5
AttemptWithBackoff.DELAY_BACKOFF = 1.0
RV = TypeVar("RV")


class CommitInDoubt(psycopg.OperationalError):
    """The connection was lost while a transaction was committed: it may be saved, or not."""


class LeaderLost(psycopg.OperationalError):
    """The server does not take writes any more; another one does."""


class Cursor(psycopg.Cursor[Any]):
    """A cursor whose statements name the request that writes: what holds a lock is then found from PostgreSQL's side.

    Reads go without: a statement with a name in it cannot be prepared, and a board would cost half as much again.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Cursor":  # noqa: ANN401 - as psycopg has it
        """Send a statement."""
        if has_request_context() and request.method not in READING and isinstance(query, str) and "request_id" in g:
            query, options["prepare"] = f"{query} /* request {g.request_id} */", False
        return super().execute(query, params, **options)


class Connection(psycopg.Connection[TupleRow]):
    """A connection whose statements have a deadline and whose commits are sure."""

    in_doubt = False
    used_at = 0.0

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[psycopg.Transaction]:
        """Open a transaction; leaving it without an exception means that it is saved for good.

        Raises:
            CommitInDoubt: The server may have saved it, but has not said so.

        """
        committing = False
        try:
            with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
                committing = True
        except psycopg.OperationalError as error:
            if committing and self.closed:
                raise CommitInDoubt(f"connection lost during commit: {error}") from error
            raise
        if self.in_doubt:
            raise CommitInDoubt("the commit did not wait for a replica")
        if has_request_context():
            g.committed = True

    def wait(self, gen: Generator[Any, Any, RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Run a conversation with the server until the deadline; one that takes longer ends the connection."""
        try:
            return super().wait(gen, interval, max(LEAST_S, seconds_left()) if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError("no answer from the database within the deadline") from None

    def notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        """Remember that the server said it committed without waiting for a replica, in whatever language."""
        if diagnostic.source_function == "SyncRepWaitForLSN":
            self.in_doubt = True


class Pool(ConnectionPool[Connection]):
    """The pool; a connection lost by one request is taken as lost for all that are idle."""

    lost_at = 0.0

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[Connection]:
        """Give a connection to the leader, waiting for it as long as the request has time.

        Raises:
            PoolTimeout: There is none in time.
            CommitInDoubt: A write was answered, but not by enough servers to be kept for sure.

        """
        began = time.perf_counter()
        with super().connection(seconds_left() if timeout is None else timeout) as conn:
            metrics.POOL_WAIT.observe(time.perf_counter() - began)
            metrics.IN_USE.inc()
            try:
                yield conn
            except psycopg.errors.ReadOnlySqlTransaction as error:
                conn.close()
                raise LeaderLost("this server is not the leader any more") from error
            finally:
                conn.used_at = time.monotonic()
                metrics.IN_USE.dec()
                if conn.closed or conn.in_doubt:
                    metrics.POOL_LOST.inc()
                    self.distrust()
            if conn.in_doubt:
                conn.close()
                raise CommitInDoubt("a write did not wait for a replica")

    def distrust(self) -> None:
        """Replace all idle connections, at most once a second."""
        if time.monotonic() - self.lost_at > 1:
            self.lost_at = time.monotonic()
            self.drain()


def check(conn: Connection) -> None:
    """Ask a connection that lay idle, or that the server said something on, whether it lives."""
    readable, _, _ = select.select([conn.pgconn.socket], [], [], 0)
    if readable or time.monotonic() - conn.used_at > IDLE_S:
        try:
            conn.execute("")
        except psycopg.OperationalError:
            if isinstance(conn._pool, Pool):
                conn._pool.distrust()
            raise


def configure(conn: Connection) -> None:
    """Prepare a new connection."""
    conn.used_at = time.monotonic()
    conn.cursor_factory = Cursor
    conn.add_notice_handler(conn.notice)


def seconds_left() -> float:
    """Return how long this request may still wait; all of it for what is no request of the web app."""
    deadline = g.get("deadline") if has_request_context() else None
    return REQUEST_S if deadline is None else float(deadline - time.monotonic())


def open_pool(config: Config) -> Pool:
    """Return an open pool with at most one connection per thread; it connects in the background."""
    return Pool(
        conninfo_of(config),
        connection_class=Connection,
        min_size=1,
        max_size=config.web_threads,
        timeout=REQUEST_S,
        max_idle=300,
        kwargs={"autocommit": True},
        configure=configure,
        check=check,
        name="taskmanager",
        open=True,
    )


def conninfo_of(config: Config) -> str:
    """Return the conninfo string with password and application name. It may name several hosts: host=db1,db2,db3."""
    given: dict[str, Any] = conninfo_to_dict(config.database_dsn)
    defaults = {**DEFAULTS, "application_name": f"taskmanager {config.release}"}
    return make_conninfo("", **{**defaults, **given, "password": config.database_password})
