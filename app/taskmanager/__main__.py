"""The command line of the app: python -m taskmanager COMMAND."""

import argparse
import json
import sys
from pathlib import Path
from uuid import UUID

import psycopg

from taskmanager import assets, commands, config, modules, schema_range
from taskmanager.commands import Refusal


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


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="taskmanager", description="Operate the Task Manager app.")
    commands_of = top.add_subparsers(dest="command", required=True)
    commands_of.add_parser("check", help="say whether this release could serve now").set_defaults(run=check)
    commands_of.add_parser("migrate", help="bring the schema to this release's version").set_defaults(run=migrate)
    commands_of.add_parser("schema", help="say which schemas this release runs on, as JSON").set_defaults(run=schema_of_release)
    account = commands_of.add_parser("create-user", help="make an account; the password comes on standard input")
    account.add_argument("--email", required=True)
    account.add_argument("--name", required=True)
    account.set_defaults(run=create_user)
    admin = commands_of.add_parser("create-admin", help="make an account, or take one, and make it an owner of a workspace")
    admin.add_argument("--email", required=True)
    admin.add_argument("--name", required=True)
    admin.add_argument("--workspace", type=UUID, help="id of a workspace that it shall own too; without, it owns its own only")
    admin.set_defaults(run=create_admin)
    add_exchange(commands_of)
    reset = commands_of.add_parser("reset-password", help="set a password, which comes on standard input, and end the sessions")
    reset.add_argument("--email", required=True)
    reset.set_defaults(run=reset_password)
    commands_of.add_parser("stats", help="say how much of everything there is").set_defaults(run=stats)
    commands_of.add_parser("renumber", help="after a restore: let caches and browsers fetch every board anew").set_defaults(
        run=renumber
    )
    static = commands_of.add_parser("static", help="write the static files under hashed names")
    static.add_argument("folder", type=Path)
    static.set_defaults(run=lambda options: f"{len(assets.write(options.folder))} files written")
    return top


def add_exchange(commands_of: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands that write boards out and read them in."""
    export = commands_of.add_parser("export", help="write a board, or all of them with one JSON document per line")
    export.add_argument("--board", type=UUID, help="its id, as in its address")
    export.add_argument("--format", choices=["json", "csv"], default="json")
    export.set_defaults(run=commands.export)
    reading = commands_of.add_parser("import", help="make the boards that export wrote; they come on standard input")
    reading.add_argument("--email", required=True, help="who shall have made them")
    reading.add_argument("--workspace", type=UUID, help="where; without, the person's first workspace")
    reading.set_defaults(run=commands.import_boards)


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

    try:
        return schema.migrate(config.load())
    except schema.Busy as busy:
        raise Refusal(f"{busy}.") from None


def schema_of_release(_: argparse.Namespace) -> str:
    """Tell the schema this release needs, and the oldest release that runs on it."""
    return json.dumps({"schema": schema_range.head(), "schema_oldest": schema_range.oldest()})


def create_user(options: argparse.Namespace) -> str:
    """Make an account unless it is there; one that is there keeps its password."""
    from taskmanager.accounts import create_account
    from taskmanager.db import users
    from taskmanager.rules.accounts import faults
    from taskmanager.services import conninfo_of

    fields = {"email": options.email, "name": options.name, "password": sys.stdin.readline().rstrip("\n")}
    found = faults(**fields)
    if found:
        raise Refusal(" ".join(found.values()))
    with psycopg.connect(conninfo_of(config.load()), autocommit=True) as conn:
        user = create_account(conn, **fields)
        if user is not None:
            # Who runs the server knows whose address it is.
            users.set_verified(conn, user_id=user.id)
    return "unchanged" if user is None else "created"


def create_admin(options: argparse.Namespace) -> str:
    """Make an account unless it is there, and an owner of a workspace if one is named."""
    done = create_user(options)
    return f"{done}; {commands.take_over(options.email, options.workspace)}" if options.workspace else done


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


def renumber(_: argparse.Namespace) -> str:
    """Make every board younger than what anybody knows of it: a restored one would go through the same numbers again."""
    from taskmanager.db import boards
    from taskmanager.services import conninfo_of

    with psycopg.connect(conninfo_of(config.load()), autocommit=True) as conn:
        return f"renumbered {boards.skip_numbers(conn, number=1_000_000)} boards"


if __name__ == "__main__":
    sys.exit(main())
