"""Which schemas a release runs on, by the migrations it carries."""

import re
from importlib.resources import files

OLDEST = re.compile(r'^OLDEST = "(\d{4})"$', re.MULTILINE)


def head() -> str:
    """Return the version of the schema that this release needs: the newest migration it carries."""
    return max(_migrations())


def oldest() -> str:
    """Return the oldest release, by the schema it needs, that runs on this release's schema.

    A migration that takes away what older releases use says so: OLDEST = "0004" lets releases that carry 0004 and later go on.
    """
    return max([found.group(1) for text in _migrations().values() if (found := OLDEST.search(text))], default="0001")


def _migrations() -> dict[str, str]:
    """Return the text of every migration by its number."""
    folder = files("taskmanager") / "migrations" / "versions"
    return {path.name[:4]: path.read_text() for path in folder.iterdir() if path.name[:4].isdigit()}
