"""Static files: their hashed names in a release, and the command that writes them."""

import gzip
import hashlib
import json
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, send_from_directory

from taskmanager import modules
from taskmanager.config import Config

SOURCE = Path(str(files("taskmanager") / "static"))
# The scripts that pages name; every other module is inside of one of them.
SCRIPTS = ("board.js", "page.js")
COMPRESSED = {".css", ".js", ".svg"}


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
    """Write every file that pages name under a name with its hash, its gzip sibling, and manifest.json; return the manifest.

    The same sources give the same bytes. A script holds the modules that it imports.
    """
    folder.mkdir(parents=True, exist_ok=True)
    others = [path.name for path in sorted(SOURCE.iterdir()) if path.suffix != ".js"]
    scripts = [name for name in SCRIPTS if (SOURCE / name).exists()]
    manifest = {name: write_one(name, (SOURCE / name).read_bytes(), folder) for name in others}
    manifest |= {name: write_one(name, modules.bundle(name, read_module).encode(), folder) for name in scripts}
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True, indent=1))
    return manifest


def read_module(name: str) -> str:
    """Return the text of a module."""
    return (SOURCE / name).read_text("utf-8")


def write_one(name: str, data: bytes, folder: Path) -> str:
    """Write one file and return its hashed name."""
    stem, dot, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
    (folder / hashed).write_bytes(data)
    if dot + suffix in COMPRESSED:
        (folder / f"{hashed}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    return hashed
