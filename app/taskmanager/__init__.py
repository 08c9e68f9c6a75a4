"""The Task Manager app: a live task board. Here is only the factory that puts its parts together."""

from typing import TYPE_CHECKING

from taskmanager.config import Config

if TYPE_CHECKING:
    from flask import Flask

MAX_BODY_BYTES = 1024 * 1024


# The parts are imported when an app is made: what counts needs its folder first (see taskmanager.counting).
def create_app(config: Config) -> "Flask":
    """Return the web app (pages and API) for a configuration; nothing is connected before the first request."""
    from flask import Flask

    from taskmanager import assets, cors, errors, failover, limits, looks, metrics, request_log, services, views

    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    services.install(app, config)
    assets.install(app, config)
    looks.install(app)
    request_log.install(app, config)
    metrics.install(app)
    errors.install(app)
    cors.install(app, config)
    limits.install(app)
    views.install(app)
    failover.install(app)
    return app


def create_live_app(config: Config) -> "Flask":
    """Return the app of the live service: WebSockets only."""
    from flask import Flask

    from taskmanager import errors, live, metrics, request_log, services

    app = Flask(__name__, static_folder=None)
    services.install(app, config)
    request_log.install_ids(app, config)
    metrics.install(app, with_requests=False)
    errors.install(app)
    live.install(app, config)
    return app
