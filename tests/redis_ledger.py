"""A client of Redis that writes down every acknowledged write, and looks for them afterwards."""

import threading
import time

import redis
from taskmanager.config import Config
from taskmanager.redis_client import open_redis


def app_client(url: str, password: str, ca_file: str) -> "redis.Redis":
    """Return the app's own client for a URL."""
    return open_redis(
        Config(
            public_url="https://tasks.test",
            database_dsn="",
            redis_url=url,
            database_password="",
            redis_password=password,
            secret_key="",
            tls_ca_file=ca_file,
        )
    )


class Ledger:
    """Writes numbers one after the other from a thread of its own, while the block runs."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client = client
        self.acknowledged: list[int] = []
        self.refused: list[str] = []
        self.longest_gap_s = 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.write)

    def write(self) -> None:
        """Write until told to stop."""
        number, last = 0, time.monotonic()
        while not self.stop.wait(0.01):
            number += 1
            try:
                self.client.set(f"ledger:{number}", number, ex=3600)
            except redis.RedisError as error:
                self.refused.append(str(error))
                continue
            self.acknowledged.append(number)
            now = time.monotonic()
            self.longest_gap_s, last = max(self.longest_gap_s, now - last), now

    def __enter__(self) -> "Ledger":
        self.client.delete(*[f"ledger:{number}" for number in range(1, 20000)])
        self.thread.start()
        self.more()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def more(self) -> None:
        """Wait until something more is acknowledged, at most a minute."""
        seen, deadline = len(self.acknowledged), time.monotonic() + 60
        while len(self.acknowledged) < seen + 20:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing is acknowledged any more; the last refusals: {self.refused[-3:]}")
            time.sleep(0.05)

    def lost(self) -> list[int]:
        """Return the numbers that were acknowledged and are not there."""
        kept: list[object] = self.client.mget([f"ledger:{number}" for number in self.acknowledged])  # type: ignore[assignment]
        return [number for number, value in zip(self.acknowledged, kept, strict=True) if value is None]
