"""What the web app answers, by path. A view parses, calls and renders."""

from flask import Flask

from taskmanager.views import accounts, pages, probes, tasks


def install(app: Flask) -> None:
    """Register every view."""
    for blueprint in (pages.blueprint, accounts.blueprint, tasks.blueprint, probes.blueprint):
        app.register_blueprint(blueprint)
