"""Reads the commands that the documentation tells people to type."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def pages() -> list[Path]:
    """Return every page of the documentation."""
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted(PROJECT.glob("docs/**/*.md"))]


def commands_of(page: Path) -> list[str]:
    """Return the commands of a page, without their comments."""
    lines = [line for block in BLOCK.findall(page.read_text()) for line in block.splitlines()]
    return [command for line in lines if (command := re.sub(r"\s+#.*", "", line).strip())]
