"""Every command in the documentation works; those for a host are run on one by molecule/site."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.docs_commands import PROJECT, commands_of, pages

COMMANDS = sorted({command for page in pages() for command in commands_of(page)})
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def words_known_to(script: str) -> set[str]:
    """Return the words a command in bin/ takes, as its head comment says."""
    head = (PROJECT / script).read_text().split("set -euo")[0]
    return set(re.findall(r"[a-z0-9][a-z0-9_-]*", head)) | {path.name for path in PROJECT.glob("molecule/*")}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("bin/")])
def test_command_of_the_project_is_there_and_takes_these_words(command: str) -> None:
    script, *words = shlex.split(command)
    assert (PROJECT / script).stat().st_mode & 0o111
    hosts = {"server1"}
    assert set(words) <= words_known_to(script) | hosts


@pytest.mark.parametrize("command", [command for command in COMMANDS if "ansible-playbook" in command])
def test_playbook_is_there_and_parses_with_the_example_inventory(command: str) -> None:
    words = shlex.split(command.replace("inventories/mine", "inventories/production"))
    answer = subprocess.run([*words, "--syntax-check"], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_every_page_of_the_runbook_is_listed() -> None:
    listed = set(LINK.findall((PROJECT / "docs" / "runbook" / "README.md").read_text()))
    assert {path.name for path in PROJECT.glob("docs/runbook/*.md")} - {"README.md"} == listed


def test_commands_are_of_a_kind_that_is_tested() -> None:
    on_hosts = set(commands_of(PROJECT / "docs" / "runbook" / "diagnose.md"))
    kinds = ("bin/", ".venv/bin/ansible-playbook", ".venv/bin/molecule", ".venv/bin/python", "cp -r inventories/production")
    assert [command for command in COMMANDS if not command.startswith(kinds) and command not in on_hosts] == []
