#!/usr/bin/python3
"""Puts a backup in the place of this host's data, all of it or nothing: restore.py --help. playbooks/restore.yml runs it."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from account import become_postgres
from repository import Refused, Repository, must_reach
from server import Server


def must_be_stopped(data: Path) -> None:
    """Refuse to touch data that a server uses."""
    if (data / "postmaster.pid").exists():
        raise Refused(f"PostgreSQL runs on {data}; stop patroni.service on this host first.")


def restore(options: argparse.Namespace) -> str:
    """Put a backup and the WAL up to the target in the place of the data, which stays beside it until somebody removes it."""
    repository = Repository()
    data = Path(repository.settings["data"])
    former = data.with_name(f"{data.name}.before-restore")
    must_be_stopped(data)
    if former.exists():
        raise Refused(f"{former} is left from an earlier restore; remove it when nothing in it is needed, and run this again.")
    start = time.time()
    data.rename(former) if data.exists() else None
    try:
        data.mkdir(mode=0o700)
        target = [] if options.to == "latest" else ["--type=time", f"--target={options.to}", "--target-action=promote"]
        repository.run("restore", *target, *([f"--set={options.set}"] if options.set else []))
        with tempfile.TemporaryDirectory() as folder:
            server = Server(repository.settings["bin"], data, Path(folder))
            # The archive must learn of the new timeline, or a later restore would begin another one of the same number.
            push = f'pgbackrest --stanza={repository.stanza} archive-push "%p"'
            with server.run(archive_mode="on", archive_command=push):
                place, commit = server.end()
                must_reach(place, options.newest if options.to == "latest" else None)
        forget_target(data / "postgresql.auto.conf")
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        former.rename(data) if former.exists() else None
        raise
    return json.dumps({"newest_commit": commit, "seconds": round(time.time() - start, 1), "former": str(former)})


def forget_target(settings: Path) -> None:
    """Take out what led the recovery; it would stop this host as a replica one day."""
    lines = settings.read_text().splitlines()
    settings.write_text("".join(f"{line}\n" for line in lines if not line.startswith(("recovery_", "restore_command"))))


def clear(_: argparse.Namespace) -> str:
    """Remove the data of a replica that must be made anew."""
    data = Path(Repository().settings["data"])
    must_be_stopped(data)
    shutil.rmtree(data, ignore_errors=True)
    return "cleared"


def main() -> int:
    """Do what the arguments say; a refusal is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for function in (restore, clear):
        words = commands.add_parser(function.__name__, help=function.__doc__)
        words.set_defaults(run=function)
        if function is restore:
            words.add_argument("--to", default="latest", help="latest, or a time with its zone")
            words.add_argument("--set", help="label of the backup to begin with")
            words.add_argument("--newest", help="WAL file that latest must reach")
    options = parser.parse_args()
    try:
        become_postgres()
        print(options.run(options))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
