"""Reads the commands that the documentation tells people to type."""

import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def pages() -> list[Path]:
    """Return every page of the documentation."""
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted(PROJECT.glob("docs/**/*.md"))]


def commands_of(page: Path) -> Iterator[str]:
    """Yield the commands of a page, without their comments."""
    for block in BLOCK.findall(page.read_text()):
        for line in block.splitlines():
            command = re.sub(r"\s+#.*", "", line).strip()
            if command:
                yield command
