#!/usr/bin/python3
"""What ran on this app host when, and what it may go back to: taskmanager-releases --help."""

import argparse
import datetime
import json
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

ROOT = Path("/opt/taskmanager")
HISTORY = ROOT / "history"
LOCK = ROOT / "deploy.lock"
Row = dict[str, Any]


class Refused(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


def active() -> str | None:
    """Return the release that serves, None before the first."""
    file = ROOT / "active"
    return file.read_text().strip() if file.exists() else None


def unpacked() -> list[str]:
    """Return the releases on this host, by name."""
    return sorted(path.name for path in (ROOT / "releases").iterdir() if path.is_dir() and not path.name.startswith("."))


def manifest(release: str) -> Row:
    """Return what a release says of itself; Refused when it is not there."""
    if release not in unpacked():
        raise Refused(f"Release {release} is not on {socket.gethostname()}; there are {', '.join(unpacked())}.")
    found: Row = json.loads((ROOT / "releases" / release / "release.json").read_text())
    return found


def history() -> list[Row]:
    """Return every line of the history, oldest first; a line that a power cut tore is left out."""
    found = []
    for line in HISTORY.read_text().splitlines() if HISTORY.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def state_of(release: str) -> str:
    """Return how a release last did: good, bad, withdrawn, or new when it never served."""
    results = [row["result"] for row in history() if row["release"] == release]
    return {"activated": "good", "failed": "bad"}.get(results[-1], results[-1]) if results else "new"


def write(row: Row) -> None:
    """Add a line to the history."""
    line = json.dumps({"at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "by": who()} | row) + "\n"
    file = os.open(HISTORY, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
        os.fsync(file)
    finally:
        os.close(file)


def who() -> str:
    """Return who is at work, as the playbook says."""
    return os.environ.get("TASKMANAGER_BY") or os.environ.get("SUDO_USER") or "root"


def record(options: argparse.Namespace) -> str:
    """Write down how a release did."""
    revision = manifest(options.release).get("revision") if options.release in unpacked() else None
    reason = " ".join(sys.stdin.read().split())[-1000:] if options.reason else ""
    what = {
        "action": os.environ.get("TASKMANAGER_ACTION") or "activate",
        "release": options.release,
        "from": options.former or None,
    }
    write(what | {"revision": revision, "result": options.result, "reason": reason})
    return ""


def show(options: argparse.Namespace) -> str:
    """Tell what ran when, and what lies ready to go back to."""
    rows, here = history(), {name: state_of(name) for name in unpacked()}
    if options.json:
        return json.dumps({"active": active(), "releases": here, "history": rows[-options.last :]}, indent=2)
    lines = [f"{'at':<26} {'by':<20} {'action':<9} {'release':<28} {'result':<10} reason"]
    for row in rows[-options.last :]:
        words = (row["at"], row["by"], row["action"], row["release"], row["result"])
        lines.append("{:<26} {:<20} {:<9} {:<28} {:<10} ".format(*words) + row["reason"][:120])
    listed = ", ".join(f"{name} ({'active' if name == active() else state})" for name, state in here.items())
    return "\n".join([*lines, "", f"on this host: {listed}"])


def target(options: argparse.Namespace) -> str:
    """Say which release to go back to: the named one, or the last that did well before the active one."""
    if options.release:
        if options.release == active():
            raise Refused(f"Release {options.release} serves already on {socket.gethostname()}.")
        manifest(options.release)
        return str(options.release)
    for row in reversed(history()):
        name = row["release"]
        if row["result"] == "activated" and name != active() and name in unpacked() and state_of(name) == "good":
            return str(name)
    raise Refused(
        f"No release before {active()} did well on {socket.gethostname()} and is still there; name one with -e release=NAME "
        f"out of {', '.join(unpacked())}, or deploy."
    )


def fits(options: argparse.Namespace) -> str:
    """Refuse a release whose migrations the one that serves does not bear, or for which there is no room."""
    free = shutil.disk_usage(ROOT).free / 2**20
    if free < 300:
        raise Refused(f"{socket.gethostname()} has {free:.0f} MiB free in {ROOT} and a release needs 300; make room.")
    new, now = manifest(options.release), active()
    if state_of(options.release) == "bad" and not options.again:
        raise Refused(
            f"Release {options.release} failed on {socket.gethostname()} before (taskmanager-releases list says why); "
            "build another, or say -e deploy_again=true if the reason is gone."
        )
    if now and now != options.release:
        oldest, serves = new.get("schema_oldest", "0001"), manifest(now).get("schema", "9999")
        if serves < oldest:
            raise Refused(
                f"The migrations of {options.release} need releases of schema {oldest} or later, and {now} is of {serves}: "
                "it would break while it serves. Deploy a release in between first."
            )
    return "fits"


def lock(options: argparse.Namespace) -> str:
    """Keep everybody else from deploying; the same person comes in again."""
    mine = {"by": who(), "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}
    broken = ""
    if options.break_ and LOCK.exists():
        broken = f"broke the lock of {LOCK.read_text().strip()}; "
        LOCK.unlink()
    try:
        with LOCK.open("x") as file:
            file.write(json.dumps(mine))
    except FileExistsError:
        there = json.loads(LOCK.read_text() or "{}")
        if there.get("by") != mine["by"]:
            raise Refused(
                f"{there.get('by', 'somebody')} deploys since {there.get('at', 'some time')}; wait for the end, or, when nothing "
                "of it runs any more, add -e deploy_lock_break=true."
            ) from None
    return broken + "locked"


def unlock(_: argparse.Namespace) -> str:
    """Let others deploy again."""
    LOCK.unlink(missing_ok=True)
    return "unlocked"


def main() -> int:
    """Do what the arguments say; a refusal is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    words = {}
    for word, function in {
        "record": record,
        "list": show,
        "target": target,
        "fits": fits,
        "lock": lock,
        "unlock": unlock,
    }.items():
        words[word] = commands.add_parser(word, help=function.__doc__)
        words[word].set_defaults(run=function)
    words["record"].add_argument("result", choices=["activated", "failed", "withdrawn"])
    words["record"].add_argument("release")
    words["record"].add_argument("--former", default="")
    words["record"].add_argument("--reason", action="store_true", help="it comes on standard input")
    words["list"].add_argument("--json", action="store_true", help="for programs")
    words["list"].add_argument("--last", type=int, default=20, help="how many lines")
    words["target"].add_argument("release", nargs="?")
    words["fits"].add_argument("release")
    words["fits"].add_argument("--again", action="store_true", help="though it failed before")
    words["lock"].add_argument("--break", dest="break_", action="store_true", help="though somebody else has it")
    options = parser.parse_args()
    try:
        said = options.run(options)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(said) if said else None
    return 0


if __name__ == "__main__":
    sys.exit(main())
