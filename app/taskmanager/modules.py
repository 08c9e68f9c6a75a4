"""ES modules into one script: what a browser would fetch in a chain of requests, a release holds in one file.

The sources stay plain modules that a browser runs as they are. Here each becomes a function that returns its exports,
in the order in which they need each other. Only what the sources use is understood; anything else is refused.
"""

import re
from collections.abc import Callable

IMPORT = re.compile(r"""^import\s+(?P<what>\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+"\./(?P<name>[\w-]+\.js)";\n""", re.MULTILINE)
BARE_IMPORT = re.compile(r"""^import\s+"\./(?P<name>[\w-]+\.js)";\n""", re.MULTILINE)
EXPORT = re.compile(r"^export (?P<kind>async function|function|class|const) (?P<name>\w+)", re.MULTILINE)
FOREIGN = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)
AS = re.compile(r"\s+as\s+")


class CyclicImport(Exception):
    """ES modules import each other in a circle, so no order exists in which they could run."""


class NotUnderstood(Exception):
    """A module imports or exports in a way that is not understood here."""


def bundle(entry: str, read: Callable[[str], str]) -> str:
    """Return the script that runs a module with all it imports; `read` gives the text of a module.

    Raises:
        CyclicImport: Modules import each other in a circle.
        NotUnderstood: A module imports or exports in another way.

    """
    done: dict[str, str] = {}
    add(entry, read, done, ())
    return "\n".join(done.values())


def add(name: str, read: Callable[[str], str], done: dict[str, str], above: tuple[str, ...]) -> None:
    """Add a module after those it imports."""
    if name in done:
        return
    if name in above:
        raise CyclicImport(f"{' imports '.join([*above, name])}; break the circle.")
    text = read(name)
    for match in [*IMPORT.finditer(text), *BARE_IMPORT.finditer(text)]:
        add(match["name"], read, done, (*above, name))
    done[name] = wrapped(name, text)


def wrapped(name: str, text: str) -> str:
    """Return a module as a constant: what its function returns."""
    text = IMPORT.sub(lambda match: f"const {names(match['what'])} = {constant(match['name'])};\n", text)
    text = BARE_IMPORT.sub("", text)
    exports = [match["name"] for match in EXPORT.finditer(text)]
    text = EXPORT.sub(lambda match: f"{match['kind']} {match['name']}", text)
    if left := FOREIGN.search(text):
        raise NotUnderstood(f"{name} says {left[0]!r}; import from a module here, or export a function, class or const.")
    return f"const {constant(name)} = (() => {{\n{text}return {{ {', '.join(exports)} }};\n}})();"


def names(what: str) -> str:
    """Return what an import binds as the left side of an assignment."""
    return AS.sub(": ", what) if what.startswith("{") else AS.split(what)[1]


def constant(name: str) -> str:
    """Return the name of a module's exports."""
    return "$" + name.removesuffix(".js").replace("-", "_")
