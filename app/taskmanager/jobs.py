"""What is done now and then, by one host at a time: whoever has the lock does it, the others go on."""

import functools
import logging
import threading
from collections.abc import Callable

import psycopg
from psycopg import Connection
from psycopg_pool import PoolTimeout

from taskmanager import mailer, metrics
from taskmanager.db import boards, idempotency, logins, mails, probes, records, tasks
from taskmanager.services import Services

PERIOD_S = 300
MAIL_S = 5
# Any number, but the same in every release.
LOCK = 7_231_002
REMINDERS_LOCK = 7_231_003
TRASH_DAYS = 30
EVENT_HOURS = 24
KEY_HOURS = 24
log = logging.getLogger("taskmanager.jobs")


def run(conn: Connection) -> dict[str, int] | None:
    """Clean up and return how much was removed of what; None when somebody else is at it."""
    with conn.transaction():
        if not probes.try_lock(conn, number=LOCK):
            return None
        return {
            "tasks": tasks.purge(conn, days=TRASH_DAYS),
            "boards": boards.purge(conn, days=TRASH_DAYS),
            "events": records.purge_events(conn, hours=EVENT_HOURS),
            "links": mails.purge(conn),
            "logins": logins.purge(conn),
            "keys": idempotency.purge(conn, hours=KEY_HOURS),
        }


def remind(conn: Connection) -> int | None:
    """Queue reminders of what is due and return for how many people; None when somebody else is at it."""
    with conn.transaction():
        return mails.remind(conn) if probes.try_lock(conn, number=REMINDERS_LOCK) else None


def start(services: Services, stopping: threading.Event) -> None:
    """Run the jobs now and then in threads, until the process stops."""
    every(PERIOD_S, "clean-up", run, services, stopping)
    if services.config.smtp_url:
        every(PERIOD_S, "reminders", remind, services, stopping)
        every(MAIL_S, "mail", functools.partial(mailer.send_waiting, config=services.config), services, stopping)


def every(seconds: float, name: str, job: Callable[[Connection], object], services: Services, stopping: threading.Event) -> None:
    """Run a job in a thread of its own: one that takes long delays no other."""

    def loop() -> None:
        while not stopping.wait(seconds):
            attempt(name, job, services)

    threading.Thread(target=loop, daemon=True, name=name).start()


def attempt(name: str, job: Callable[[Connection], object], services: Services) -> None:
    """Run a job once; what goes wrong is logged and counted, and it will be tried again."""
    try:
        with services.pool.connection() as conn:
            done = job(conn)
    except (psycopg.Error, PoolTimeout) as error:
        metrics.JOBS.labels(name, "failed").inc()
        log.warning("%s will run later: %s", name, error)
    except Exception:
        metrics.JOBS.labels(name, "failed").inc()
        log.exception("%s failed", name)
    else:
        metrics.JOBS.labels(name, "elsewhere" if done is None else "done").inc()
        if done is not None:
            metrics.JOB_AT.labels(name).set_to_current_time()
