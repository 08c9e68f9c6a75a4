"""A restored copy run as a server on a private socket, until it has taken in all WAL it was told to."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repository import Refused

# What a standby must have at least as much of as its leader, by the names of pg_controldata, and by those of the settings.
LIMITS = {
    "max_connections": "max_connections",
    "max_worker_processes": "max_worker_processes",
    "max_wal_senders": "max_wal_senders",
    "max_prepared_xacts": "max_prepared_transactions",
    "max_locks_per_xact": "max_locks_per_transaction",
}


class Server:
    """PostgreSQL on a restored data folder; nobody but this account reaches it."""

    def __init__(self, programs: str, data: Path, folder: Path) -> None:
        """Take the folder of PostgreSQL's programs, the data, and a folder for socket, log and settings."""
        self.programs, self.data, self.folder = programs, data, folder
        self.log = folder / "server.log"
        self.environment = os.environ | {"PGHOST": str(folder), "PGUSER": "postgres", "LC_ALL": "C.UTF-8"}

    def program(self, name: str, *options: str, seconds: float = 6 * 3600) -> str:
        """Run a program of PostgreSQL and return what it prints."""
        words = [f"{self.programs}/{name}", *options]
        answer = subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False, env=self.environment)
        if answer.returncode != 0:
            raise Refused(
                f"{name} found a fault in the restored copy: {' '.join((answer.stdout + answer.stderr).split())[-600:]}"
            )
        return answer.stdout

    def ask(self, statement: str, database: str = "postgres") -> str:
        """Return what the copy answers to a statement."""
        return self.program("psql", "-XAtq", "-d", database, "-c", statement).strip()

    def settings(self) -> dict[str, str]:
        """Return the settings: none of the host's own, and the limits of the server that was copied."""
        said = self.program("pg_controldata", str(self.data))
        limits = re.findall(rf"^({'|'.join(LIMITS)}) setting: +(\d+)$", said, re.MULTILINE)
        files = {name: self.folder / name for name in ("config_file", "hba_file", "ident_file")}
        for name, path in files.items():
            path.write_text("local all all trust\n" if name == "hba_file" else "")
        own = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "archive_mode": "off"}
        return {name: str(path) for name, path in files.items()} | {LIMITS[name]: value for name, value in limits} | own

    @contextmanager
    def run(self, **settings: str) -> Iterator[None]:
        """Run the copy from the moment it takes writes, stop it cleanly at the end; Refused when it does not get there."""
        everything = self.settings() | settings
        words = [word for name, value in everything.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("w") as log:
            command = [f"{self.programs}/postgres", "-D", str(self.data), *words]
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=self.environment, cwd=self.folder)
            try:
                self.wait(process)
                yield
            finally:
                # SIGINT: clients are cut off, and all is written down.
                process.send_signal(2)
                process.wait(600)

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the server has taken in all WAL and takes writes; Refused with its last words when it ends."""
        while process.poll() is None:
            try:
                if self.ask("SELECT pg_is_in_recovery()") == "f":
                    return
            except Refused:
                pass
            time.sleep(0.2)
        words = re.findall(r"(?:FATAL|PANIC): +(.*)", self.log.read_text(errors="replace"))
        raise Refused(f"The restored copy does not start: {words[-1] if words else 'it gave no reason'}.")

    def end(self) -> tuple[int, float | None]:
        """Return the last byte of WAL that was taken in, and when the last commit in it was made."""
        place, commit = self.ask(
            "SELECT pg_last_wal_replay_lsn() - '0/0', extract(epoch FROM pg_last_xact_replay_timestamp())"
        ).split("|")
        # Without any commit after the backup there is no time.
        return int(place or 0), float(commit) if commit else None
