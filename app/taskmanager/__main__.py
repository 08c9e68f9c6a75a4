"""The command line of the app: python -m taskmanager COMMAND."""

import argparse
import sys
from pathlib import Path

import psycopg

from taskmanager import assets, config, modules


def main(arguments: list[str] | None = None) -> int:
    """Run a command; a refusal is one sentence on standard error and exit code 1."""
    options = parser().parse_args(arguments)
    try:
        run: object = options.run(options)
    except (config.ConfigError, modules.CyclicImport, modules.NotUnderstood, Refusal) as error:
        print(f"taskmanager {options.command}: {error}", file=sys.stderr)
        return 1
    except psycopg.OperationalError as error:
        print(f"taskmanager {options.command}: the database does not answer: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    print(run)
    return 0


class Refusal(Exception):
    """A command cannot do what it was asked for; the text says why."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="taskmanager", description="Operate the Task Manager app.")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say whether this release could serve now").set_defaults(run=check)
    commands.add_parser("migrate", help="bring the schema to this release's version").set_defaults(run=migrate)
    account = commands.add_parser("create-user", help="make an account; the password comes on standard input")
    account.add_argument("--email", required=True)
    account.add_argument("--name", required=True)
    account.set_defaults(run=create_user)
    reset = commands.add_parser("reset-password", help="set a password, which comes on standard input, and end the sessions")
    reset.add_argument("--email", required=True)
    reset.set_defaults(run=reset_password)
    commands.add_parser("stats", help="say how much of everything there is").set_defaults(run=stats)
    static = commands.add_parser("static", help="write the static files under hashed names")
    static.add_argument("folder", type=Path)
    static.set_defaults(run=lambda options: f"{len(assets.write(options.folder))} files written")
    return top


def check(_: argparse.Namespace) -> str:
    """Look at settings, database, schema and Redis."""
    from taskmanager import readiness
    from taskmanager.services import Services

    settings = config.load()
    refused = readiness.refused_credentials(settings)
    if refused:
        raise Refusal("; ".join(refused) + "; correct it for the service.")
    services = Services(settings)
    try:
        state = readiness.look(services)
    finally:
        services.close()
    if state["status"] == "unavailable":
        faults = [f"{name} {state[name]}" for name in ("database", "schema") if state[name] != "ok"]
        raise Refusal("; ".join(faults))
    return f"{state['status']}: release {state['release']}, redis {state['redis']}"


def migrate(_: argparse.Namespace) -> str:
    """Migrate the schema."""
    from taskmanager import schema

    return schema.migrate(config.load())


def create_user(options: argparse.Namespace) -> str:
    """Make an account unless it is there; one that is there keeps its password."""
    from taskmanager.accounts import create_account
    from taskmanager.rules.accounts import faults
    from taskmanager.services import conninfo_of

    fields = {"email": options.email, "name": options.name, "password": sys.stdin.readline().rstrip("\n")}
    found = faults(**fields)
    if found:
        raise Refusal(" ".join(found.values()))
    with psycopg.connect(conninfo_of(config.load()), autocommit=True) as conn:
        user = create_account(conn, **fields)
    return "unchanged" if user is None else "created"


def reset_password(options: argparse.Namespace) -> str:
    """Set the password of an account and end its sessions, so that whoever had the old one is out."""
    from taskmanager import passwords, sessions
    from taskmanager.db import logins, users
    from taskmanager.rules.accounts import faults
    from taskmanager.services import Services

    password = sys.stdin.readline().rstrip("\n")
    found = faults(email=options.email, name="anybody", password=password)
    if found:
        raise Refusal(" ".join(found.values()))
    services = Services(config.load())
    try:
        with services.pool.connection() as conn:
            user = users.find_user(conn, email=options.email)
            if user is None:
                raise Refusal(f"there is no account with the address {options.email}.")
            users.set_password(conn, user_id=user.id, password_hash=passwords.make_hash(password))
            ended = logins.delete_logins(conn, user_id=user.id)
        return f"password set; {ended + sessions.revoke(services.redis, user.id)} sessions ended"
    finally:
        services.close()


def stats(_: argparse.Namespace) -> str:
    """Count people, boards, tasks and files."""
    from taskmanager.db import users
    from taskmanager.services import conninfo_of

    with psycopg.connect(conninfo_of(config.load()), autocommit=True) as conn:
        return "\n".join(f"{name} {number}" for name, number in users.count_all(conn).items())


if __name__ == "__main__":
    sys.exit(main())
