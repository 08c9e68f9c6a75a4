"""What the web app answers, by path. A view parses, calls and renders."""

from flask import Flask

from taskmanager.views import (
    accounts,
    around,
    boards,
    details,
    document,
    exchange,
    logins,
    mail,
    pages,
    probes,
    tasks,
    tokens,
    workspaces,
)

APIS = (workspaces.api, boards.api, tasks.api, details.api, exchange.api, tokens.api, logins.api)


def install(app: Flask) -> None:
    """Register every view."""
    document.describe(APIS)
    for blueprint in (
        document.blueprint,
        pages.blueprint,
        around.blueprint,
        accounts.blueprint,
        mail.blueprint,
        probes.blueprint,
        *(api.blueprint for api in APIS),
    ):
        app.register_blueprint(blueprint)
