"""What lies in the repository, by pgBackRest's word, and whether its WAL is without a gap."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/taskmanager/backup.json")
CONFIG = Path("/etc/pgbackrest.conf")
STATE = Path("/var/lib/taskmanager-backup")
# A WAL file of 16 MiB: 256 of them make one "log".
SEGMENT = 16 * 1024 * 1024
Row = dict[str, Any]


class Refused(Exception):
    """What was asked for cannot be done or went wrong; the message says what and what to do."""


class Repository:
    """The repository of one cluster, as Ansible wrote it down."""

    def __init__(self, config: Path = CONFIG) -> None:
        """Read the settings; `config` is pgBackRest's."""
        self.settings: Row = json.loads(SETTINGS.read_text())
        self.stanza: str = self.settings["stanza"]
        self.config = config

    def run(self, command: str, *options: str, seconds: float = 12 * 3600) -> str:
        """Run one command of pgBackRest and return what it prints; Refused with its own words when it fails."""
        words = ["pgbackrest", f"--config={self.config}", f"--stanza={self.stanza}", *options, command]
        try:
            # A wrong passphrase gives bytes that are no text.
            answer = subprocess.run(words, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise Refused(f"pgBackRest did not end {command} within {seconds:.0f} s; is the other host there?") from None
        out, err = (text.decode(errors="replace") for text in (answer.stdout, answer.stderr))
        if answer.returncode != 0:
            raise Refused(f"pgBackRest could not {command} ({answer.returncode}): {reason(out + err)}")
        return out

    def info(self) -> Row:
        """Return what pgBackRest knows of the cluster."""
        rows = json.loads(self.run("info", "--output=json", seconds=60))
        return rows[0] if rows else {"backup": [], "archive": [], "status": {"message": "missing stanza path"}}

    def segments(self) -> list[str]:
        """Return the names of all WAL files in the archive of the present PostgreSQL, oldest first."""
        archives = self.info()["archive"]
        if not archives:
            return []
        listed = json.loads(self.run_repo_ls(f"archive/{self.stanza}/{archives[-1]['id']}"))
        names = (Path(name).name for name, entry in listed.items() if entry["type"] == "file")
        return sorted({name[:24] for name in names if len(name) > 24 and name[24] == "-"})

    def run_repo_ls(self, path: str) -> str:
        """Return the listing of a folder of the repository as JSON."""
        words = ["pgbackrest", f"--config={self.config}", "--recurse", "--output=json", "repo-ls", path]
        answer = subprocess.run(words, capture_output=True, timeout=300, check=False)
        if answer.returncode != 0:
            raise Refused(f"pgBackRest could not list {path}: {reason((answer.stdout + answer.stderr).decode(errors='replace'))}")
        return answer.stdout.decode()

    def look(self) -> Row:
        """Return the state of the backups: what `status --json` prints."""
        state: Row = {
            "stanza": self.stanza,
            "repository": self.settings["repository"],
            "backups": [],
            "gaps": [],
            "newest_wal": None,
        }
        try:
            info = self.info()
            state["backups"] = [summary(backup) for backup in info["backup"]]
            state["newest_wal"] = info["archive"][-1]["max"] if info["archive"] else None
            starts = [backup["archive"]["start"] for backup in info["backup"] if not backup["error"]]
            segments = self.segments()
            state["gaps"] = gaps(segments, min(starts)) if starts else []
            # What lies before the newest backup costs some moments of the past, not the present.
            state["broken"] = bool(gaps(segments, starts[-1])) if starts else False
        except (Refused, ValueError, KeyError) as error:
            state["problems"] = [f"The repository cannot be read: {error}"]
            return state
        state["drill"] = last_drill()
        state["problems"] = self.problems(state)
        return state

    def problems(self, state: Row) -> list[str]:
        """Return a sentence for everything that is not as it should be."""
        found = []
        most = self.settings["age_max_hours"]
        good = [backup for backup in state["backups"] if not backup["error"]]
        if not good:
            found.append("There is no backup yet; make one with playbooks/backup.yml.")
        elif (hours := (time.time() - good[-1]["stop"]) / 3600) > most:
            found.append(
                f"The newest backup is {hours:.0f} hours old and {most} are the most; see: journalctl -u 'taskmanager-backup@*'."
            )
        found += [
            f"{backup['label']} has damaged pages; look at PostgreSQL's log." for backup in state["backups"] if backup["error"]
        ]
        found += [
            f"WAL from {first} to {last} is missing, nothing after it can be restored; make a backup with playbooks/backup.yml."
            for first, last in state["gaps"][-1:]
            if state["broken"]
        ]
        if state["drill"] and not state["drill"]["passed"]:
            found.append(f"The last drill failed: {' '.join(state['drill']['problems'])}")
        return found


def reason(text: str) -> str:
    """Return the errors of pgBackRest's output as one line."""
    lines = [line.split("ERROR: ", 1)[-1].strip() for line in text.splitlines()]
    errors = [line for line, whole in zip(lines, text.splitlines(), strict=True) if "ERROR: " in whole]
    return " ".join(errors or lines[-3:]) or "it gave no reason"


def summary(backup: Row) -> Row:
    """Return what people want to know of one backup."""
    return {
        "label": backup["label"],
        "type": backup["type"],
        "start": backup["timestamp"]["start"],
        "stop": backup["timestamp"]["stop"],
        "bytes": backup["info"]["size"],
        "stored_bytes": backup["info"]["repository"]["delta"],
        "error": bool(backup["error"]),
    }


def number(segment: str) -> int:
    """Return the place of a WAL file in its timeline."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)


def gaps(segments: list[str], since: str) -> list[tuple[str, str]]:
    """Return the first and the last missing WAL file of every hole after the file `since`, over all timelines.

    A timeline goes on where the one before it ended, or branches off earlier; its first file holds what both have in common.
    """
    found = []
    last = number(since) - 1
    timeline = since[:8]
    for name in sorted(segment for segment in segments if segment[8:] >= since[8:]):
        place = number(name)
        if name[:8] != timeline:
            timeline, last = name[:8], min(last, place - 1) if place <= last + 1 else last
        if place > last + 1:
            first, end = (f"{timeline}{missing // 256:08X}{missing % 256:08X}" for missing in (last + 1, place - 1))
            found.append((first, end))
        last = place
    return found


def last_drill() -> Row | None:
    """Return what the last drill found, None before the first."""
    try:
        found: Row = json.loads((STATE / "drill.json").read_text())
    except FileNotFoundError:
        return None
    return found


def must_reach(place: int, newest: str | None) -> None:
    """Refuse a copy whose last byte of WAL lies before the newest WAL file of the archive."""
    if newest and place < number(newest) * SEGMENT:
        raise Refused(f"The restored copy ends before the archive does ({newest}): WAL is missing or damaged; make a backup now.")
