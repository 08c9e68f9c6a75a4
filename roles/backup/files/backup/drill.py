"""The restore drill: the newest backup on a server of its own, up to the last WAL in the archive, looked at and thrown away."""

import json
import re
import shutil
import subprocess
import time

from repository import CONFIG, STATE, Refused, Repository, Row, must_reach, reason
from server import Server

SCRATCH = STATE / "drill"


def prepare(repository: Repository) -> tuple[Repository, Server]:
    """Make an empty folder for a copy that is nobody's member; return the repository as the copy sees it, and the copy."""
    folders = {name: SCRATCH / name for name in ("data", "run", "log", "lock", "spool")}
    for folder in folders.values():
        folder.mkdir(parents=True, mode=0o700)
    kept = [line for line in CONFIG.read_text().splitlines() if re.match(r"repo1-(path|cipher|type|s3|storage)", line)]
    own = [f"{name}-path={folders[name]}" for name in ("log", "lock", "spool")]
    config = SCRATCH / "pgbackrest.conf"
    config.touch(0o600)
    config.write_text("\n".join(["[global]", *kept, *own, f"[{repository.stanza}]", f"pg1-path={folders['data']}", ""]))
    return Repository(config), Server(repository.settings["bin"], folders["data"], folders["run"])


def restore(copy: Repository, server: Server, backup: Row) -> None:
    """Put a backup into the copy's folder, and let it fetch all WAL that follows."""
    needed, free = backup["bytes"] * 1.2 / 2**30, shutil.disk_usage(SCRATCH).free / 2**30
    if free < needed:
        raise Refused(f"The drill needs {needed:.1f} GiB in {STATE} and {free:.1f} are free; make room there.")
    copy.run("restore", f"--set={backup['label']}", "--archive-mode=off")
    fetch = f'pgbackrest --config={copy.config} --stanza={copy.stanza} archive-get %f "%p"'
    with (server.data / "postgresql.auto.conf").open("a") as file:
        file.write(f"restore_command = '{fetch}'\n")


def look_into(server: Server, databases: list[str], newest: str | None, found: Row) -> None:
    """Start the copy, demand that it reaches the newest WAL, and look at every page and row."""
    with server.run(fsync="off"):
        found["recovered_seconds"] = round(time.time() - found["start"], 1)
        place, found["newest_commit"] = server.end()
        must_reach(place, newest)
        server.program("pg_amcheck", "--all", "--install-missing", "--heapallindexed", "--jobs=2")
        found["rows"] = count(server, databases)
    server.program("pg_checksums", "--check", "-D", str(server.data))


def count(server: Server, databases: list[str]) -> dict[str, int]:
    """Return how many rows each table of the databases that must be there has; Refused when one is missing or empty of tables."""
    counted: dict[str, int] = {}
    there = server.ask("SELECT datname FROM pg_database").split()
    listing = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
    for database in databases:
        names = server.ask(listing, database).splitlines() if database in there else []
        if not names:
            raise Refused(f"The restored copy has no database {database} with a table in it.")
        # The names come from PostgreSQL, quoted by it.
        counted |= {f"{database}.{name}": int(server.ask(f"SELECT count(*) FROM {name}", database)) for name in names}  # noqa: S608
    return counted


def run(repository: Repository, label: str | None) -> Row:
    """Restore a backup, the newest by default, look at it, write down what was found and clean up."""
    found: Row = {"start": time.time(), "passed": False, "backup": label, "problems": []}
    shutil.rmtree(SCRATCH, ignore_errors=True)
    try:
        check(repository, found)
        state = repository.look()
        found["problems"] += [problem for problem in state["problems"] if not problem.startswith("The last drill")]
        good = [backup for backup in state["backups"] if not backup["error"] and label in {None, backup["label"]}]
        if not good:
            raise Refused(f"There is no backup {label} to restore." if label else "There is no backup to restore.")
        found["backup"] = good[-1]["label"]
        verify(repository, found)
        copy, server = prepare(repository)
        restore(copy, server, good[-1])
        look_into(server, repository.settings["databases"], state["newest_wal"], found)
    except (Refused, OSError, subprocess.SubprocessError) as error:
        found["problems"].append(str(error))
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)
    found["seconds"] = round(time.time() - found["start"], 1)
    found["passed"] = not found["problems"]
    result = STATE / "drill.json.new"
    result.write_text(json.dumps(found, indent=2) + "\n")
    result.chmod(0o644)
    result.rename(STATE / "drill.json")
    return found


def check(repository: Repository, found: Row) -> None:
    """Let the cluster send what it has, so that the present can be demanded; that it is away is a finding, not an end."""
    try:
        repository.run("check", seconds=150)
    except Refused as refusal:
        found["problems"].append(f"{refusal}")


def verify(repository: Repository, found: Row) -> None:
    """Let pgBackRest compare all files with their checksums."""
    said = repository.run("verify", "--output=text")
    if "status: error" in said:
        found["problems"].append(f"A file of the repository is damaged: {reason(' '.join(said.split()))}")
