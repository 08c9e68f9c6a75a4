#!/usr/bin/python3
"""Makes backups of PostgreSQL and proves that they can be restored: taskmanager-backup --help."""

import argparse
import datetime
import json
import sys

import drill as drills
from account import become_postgres
from repository import Refused, Repository, Row


def when(seconds: float | None) -> str:
    """Return a moment as people read it."""
    return "-" if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def page(state: Row) -> str:
    """Return the state of the backups as a page for people."""
    lines = [f"Backups of {state['stanza']} on {state['repository']}", ""]
    if state["backups"]:
        lines.append(f"{'backup':<34} {'type':<5} {'ended':<24} {'size':>10} {'stored':>10}")
    for row in state["backups"]:
        sizes = " ".join(f"{row[key] / 2**20:>6.0f} MiB" for key in ("bytes", "stored_bytes"))
        lines.append(f"{row['label']:<34} {row['type']:<5} {when(row['stop']):<24} {sizes}")
    if state.get("drill"):
        lines += ["", report(state["drill"])]
    return "\n".join([*lines, "", *(state["problems"] or ["Nothing to do."])])


def report(found: Row) -> str:
    """Return what a drill found as a sentence or two."""
    if not found["passed"]:
        return f"Drill of {when(found['start'])} FAILED: {' '.join(found['problems'])}"
    commit = found["newest_commit"]
    age = f"{max(0.0, found['start'] - commit):.0f} s old" if commit else "before the backup"
    rows = f"{sum(found['rows'].values())} rows in {len(found['rows'])} tables"
    return (
        f"Drill of {when(found['start'])} passed: {found['backup']} was restored and answered after "
        f"{found['recovered_seconds']} s, with {rows}; the newest commit was {age}."
    )


def run(repository: Repository, options: argparse.Namespace) -> str:
    """Make a backup: full, diff (since the last full one) or incr (since the last one)."""
    repository.run("backup", f"--type={options.type}")
    newest = repository.look()["backups"][-1]
    seconds = newest["stop"] - newest["start"]
    return f"{newest['label']} ({newest['type']}) holds {newest['bytes'] / 2**20:.0f} MiB and took {seconds} s"


def check(repository: Repository, _: argparse.Namespace) -> str:
    """Prove that WAL of the cluster arrives in the repository now."""
    repository.run("check", seconds=150)
    return "WAL arrives in the repository"


def status(repository: Repository, options: argparse.Namespace) -> str:
    """Tell what there is, and what is not as it should be."""
    state = repository.look()
    return json.dumps(state, indent=2) if options.json else page(state)


def find(repository: Repository, options: argparse.Namespace) -> str:
    """Tell as JSON what a restore to a time would begin with; refuse what cannot be restored."""
    state = repository.look()
    good = [backup for backup in state["backups"] if not backup["error"]]
    if not good:
        raise Refused(f"There is no backup to restore: {' '.join(state['problems'])}")
    if options.set and options.set not in {backup["label"] for backup in good}:
        raise Refused(f"There is no backup {options.set}; choose from {', '.join(backup['label'] for backup in good)}.")
    target = "latest"
    if options.to != "latest":
        moment = moment_of(options.to)
        target = datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        if moment > datetime.datetime.now(datetime.UTC).timestamp():
            raise Refused(f"{options.to} is in the future; choose a time that has been, or latest.")
        if moment < good[0]["stop"]:
            raise Refused(f"{options.to} is before the end of the oldest backup ({when(good[0]['stop'])}); choose a later time.")
        good = [backup for backup in good if backup["stop"] <= moment]
    found = {"backup": options.set or good[-1]["label"], "target": target, "newest_wal": state["newest_wal"]}
    return json.dumps(found | {"problems": state["problems"]})


def moment_of(text: str) -> float:
    """Return the moment a time with its zone means; Refused when it has none."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused(f'"{text}" is no time with its zone; write it as 2026-01-31 18:30:00+00:00, or say latest.')
    return moment.timestamp()


def drill(repository: Repository, options: argparse.Namespace) -> str:
    """Restore the newest backup and all WAL onto a server of its own on this host, look at every page, and clean up."""
    found = drills.run(repository, options.set)
    if not found["passed"]:
        raise Refused(report(found))
    return report(found)


def main() -> int:
    """Do what the arguments say; a refusal is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    words = {}
    for word, function in {"run": run, "check": check, "status": status, "drill": drill, "find": find}.items():
        words[word] = commands.add_parser(word, help=function.__doc__)
        words[word].set_defaults(run=function)
    words["run"].add_argument("type", choices=["full", "diff", "incr"])
    words["status"].add_argument("--json", action="store_true", help="for programs")
    for word in ("drill", "find"):
        words[word].add_argument("--set", help="label of the backup; the newest by default")
    words["find"].add_argument("--to", default="latest", help="latest, or a time with its zone")
    options = parser.parse_args()
    try:
        become_postgres()
        print(options.run(Repository(), options))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
