"""What the web app answers, by path. A view parses, calls and renders."""

from flask import Flask

from taskmanager.views import accounts, boards, details, pages, probes, tasks, workspaces

APIS = (workspaces.api, boards.api, tasks.api, details.api)


def install(app: Flask) -> None:
    """Register every view."""
    for blueprint in (pages.blueprint, accounts.blueprint, probes.blueprint, *(api.blueprint for api in APIS)):
        app.register_blueprint(blueprint)
