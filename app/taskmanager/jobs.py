"""What is done now and then, by one host at a time: whoever has the lock does it, the others go on."""

import logging
import threading

import psycopg
from psycopg import Connection
from psycopg_pool import PoolTimeout

from taskmanager import metrics
from taskmanager.db import boards, idempotency, logins, probes, records, tasks
from taskmanager.services import Services

PERIOD_S = 300
# Any number, but the same in every release.
LOCK = 7_231_002
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
            "logins": logins.purge(conn),
            "keys": idempotency.purge(conn, hours=KEY_HOURS),
        }


def start(services: Services, stopping: threading.Event) -> None:
    """Run the jobs now and then in a thread, until the process stops."""

    def loop() -> None:
        while not stopping.wait(PERIOD_S):
            try:
                with services.pool.connection() as conn:
                    done = run(conn)
                metrics.JOBS.labels("clean-up", "elsewhere" if done is None else "done").inc()
                if done is not None:
                    metrics.JOB_AT.labels("clean-up").set_to_current_time()
            except (psycopg.Error, PoolTimeout) as error:
                metrics.JOBS.labels("clean-up", "failed").inc()
                log.warning("the jobs will run later: %s", error)

    threading.Thread(target=loop, daemon=True, name="jobs").start()
