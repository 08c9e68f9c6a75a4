"""A client of PostgreSQL like the app: it writes numbers without pause, notes what was confirmed, and looks for it afterwards."""

import itertools
import threading
import time

import psycopg
from psycopg.conninfo import make_conninfo
from taskmanager.config import Config
from taskmanager.pool import Pool, open_pool


def app_pool(dsn: str, password: str) -> Pool:
    """Return the app's own pool of connections for a conninfo string."""
    return open_pool(
        Config(
            public_url="https://tasks.test",
            database_dsn=make_conninfo(dsn),
            redis_url="",
            database_password=password,
            redis_password="",
            secret_key="",
        )
    )


class AppLedger:
    """Writes numbers one after the other from a thread of its own, while the block runs; one without an answer is left out."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.confirmed: list[tuple[float, int]] = []
        self.refused: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.write)

    def write(self) -> None:
        """Write until told to stop."""
        for number in itertools.count(1):
            if self.stop.wait(0.01):
                return
            try:
                with self.pool.connection() as conn, conn.transaction():
                    conn.execute("INSERT INTO bench VALUES (%(number)s)", {"number": number})
            except psycopg.OperationalError as error:
                self.refused.append(f"{type(error).__name__}: {error}")
                continue
            self.confirmed.append((time.monotonic(), number))

    def __enter__(self) -> "AppLedger":
        with self.pool.connection() as conn:
            conn.execute("CREATE TABLE IF NOT EXISTS bench (number bigint PRIMARY KEY)")
            conn.execute("TRUNCATE bench")
        self.thread.start()
        self.more()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def more(self) -> None:
        """Wait until something more is confirmed, at most three minutes."""
        seen, deadline = len(self.confirmed), time.monotonic() + 180
        while len(self.confirmed) < seen + 20:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing is confirmed any more; the last refusals: {self.refused[-3:]}")
            time.sleep(0.05)

    def longest_pause(self) -> tuple[float, float]:
        """Return when the longest time without a confirmed write began and ended."""
        times = [moment for moment, _ in self.confirmed]
        return max(itertools.pairwise(times), key=lambda pair: pair[1] - pair[0])

    def lost(self) -> list[int]:
        """Return the numbers that were confirmed and are not there."""
        with self.pool.connection() as conn:
            kept = {row[0] for row in conn.execute("SELECT number FROM bench")}
        return [number for _, number in self.confirmed if number not in kept]
