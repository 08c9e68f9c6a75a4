"""The command line for accounts and boards."""

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from taskmanager import __main__ as command_line
from taskmanager.config import Config

from tests.people import PASSWORD, Person, SignUp, environment_of

PAGE = Path(__file__).parents[2] / "docs" / "runbook" / "accounts.md"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TASKMANAGER_")]:
        monkeypatch.delenv(name)
    for name, value in environment_of(config).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command with a text on standard input and returns code, output and errors."""

    def call(*arguments: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        code = command_line.main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_admin_is_made_once_and_takes_over_a_workspace(run: Run, anna: Person) -> None:
    board: dict[str, Any] = anna.board()
    account = ("create-admin", "--email", "admin@tasks.test", "--name", "Admin")
    assert run(*account, given=PASSWORD)[:2] == (0, "created\n")
    workspace = str(board["workspace_id"])
    code, said, _ = run(*account, "--workspace", workspace, given=PASSWORD)
    assert (code, said) == (0, f"unchanged; admin@tasks.test is an owner of {workspace}\n")
    after: dict[str, Any] = anna.board()
    assert {member["name"]: member["role"] for member in after["members"]} == {"Admin": "owner", "anna": "owner"}
    assert after["seq"] == board["seq"] + 1
    code, _, fault = run(*account, "--workspace", "00000000-0000-4000-8000-000000000000", given=PASSWORD)
    assert (code, "there is no workspace" in fault) == (1, True)


def test_exported_boards_come_back_the_same_for_somebody_else(run: Run, anna: Person, sign_up: SignUp) -> None:
    bob = sign_up("bob")
    task = anna.add("one", description="two\nlines")
    anna.send("POST", f"/api/v1/tasks/{task['id']}/comments", {"body": "said"})
    bob.add("another")
    code, everything, _ = run("export")
    assert code == 0
    assert len(everything.splitlines()) == 2
    code, ids, fault = run("import", "--email", "bob@taskmanager.test", given=everything)
    assert code == 0, fault
    for line, board_id in zip(everything.splitlines(), ids.split(), strict=True):
        code, again, _ = run("export", "--board", board_id)
        first, second = orjson.loads(line), orjson.loads(again)
        # Who wrote a comment is no member of Bob's workspace.
        for document in (first, second):
            for comment in (comment for entry in document["tasks"] for comment in entry["comments"]):
                comment["author"] = None
        assert second == first


def test_board_is_exported_as_csv(run: Run, anna: Person) -> None:
    anna.add("in a row")
    board: dict[str, Any] = anna.board()
    code, text, _ = run("export", "--board", str(board["id"]), "--format", "csv")
    assert code == 0
    assert "in a row" in text
    assert run("export", "--format", "csv")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (("export", "--board", "00000000-0000-4000-8000-000000000000"), "", "there is no board"),
        (("import", "--email", "nobody@tasks.test"), "", "there is no account with the address nobody@tasks.test"),
        (("import", "--email", "anna@taskmanager.test"), "no json\n", "line 1 is no JSON"),
        (("import", "--email", "anna@taskmanager.test"), '{"format": "other"}\n', "/format"),
    ],
)
def test_refusal_is_a_sentence_and_makes_nothing(
    run: Run,
    anna: Person,
    conn: psycopg.Connection,
    arguments: tuple[str, ...],
    given: str,
    sentence: str,
) -> None:
    code, _, fault = run(*arguments, given=given)
    assert code == 1
    assert sentence in fault
    assert conn.execute("SELECT count(*) FROM boards").fetchone() == (1,)


def test_commands_of_the_runbook_are_known() -> None:
    texts = re.findall(r"`taskmanager ([^`<>]+)", PAGE.read_text())
    assert len(texts) >= 6
    for text in texts:
        words = [{"ID": "00000000-0000-4000-8000-000000000000"}.get(word, word) for word in text.split()]
        command_line.parser().parse_args(words)
