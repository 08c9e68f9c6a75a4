"""Static files: their hashed names in a release, and the command that writes them."""

import gzip
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, send_from_directory

from taskmanager.config import Config

SOURCE = Path(str(files("taskmanager") / "static"))
IMPORT = re.compile(r"""((?:from|import)\s*["'])\./([\w.-]+)(["'])""")
COMPRESSED = {".css", ".js", ".svg"}


class CyclicImport(Exception):
    """ES modules import each other in a circle, so no order of hashing exists."""


def install(app: Flask, config: Config) -> None:
    """Give templates `asset(name)`: the URL of a static file, hashed when the release has a manifest."""
    names: dict[str, str] = {}
    if config.static_dir:
        names = json.loads((config.static_dir / "manifest.json").read_text())
    app.jinja_env.globals["asset"] = lambda name: f"/static/{names.get(name, name)}"
    folder = config.static_dir or SOURCE

    @app.get("/static/<path:name>")
    def static_file(name: str) -> Response:
        """Serve a static file where no nginx does it."""
        return send_from_directory(folder, name)


def write(folder: Path) -> dict[str, str]:
    """Write every static file under a name with its hash, its gzip sibling, and manifest.json; return the manifest.

    The same sources give the same bytes. Relative imports of ES modules are rewritten to the hashed names.

    Raises:
        CyclicImport: Modules import each other in a circle.

    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, str] = {}
    for path in sorted(SOURCE.iterdir()):
        write_one(path.name, folder, manifest, ())
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True, indent=1))
    return manifest


def write_one(name: str, folder: Path, manifest: dict[str, str], above: tuple[str, ...]) -> str:
    """Write one file after those it imports, and return its hashed name."""
    if name in manifest:
        return manifest[name]
    if name in above:
        raise CyclicImport(f"{' imports '.join([*above, name])}; break the circle.")
    data = (SOURCE / name).read_bytes()
    if name.endswith(".js"):
        text = IMPORT.sub(lambda m: f"{m[1]}./{write_one(m[2], folder, manifest, (*above, name))}{m[3]}", data.decode())
        data = text.encode()
    stem, dot, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
    (folder / hashed).write_bytes(data)
    if dot + suffix in COMPRESSED:
        (folder / f"{hashed}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    manifest[name] = hashed
    return hashed
