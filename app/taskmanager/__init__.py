"""The Task Manager app: a live task board. Here is only the factory that puts its parts together."""

from flask import Flask

from taskmanager import assets, errors, failover, limits, looks, request_log, services, views
from taskmanager.config import Config

MAX_BODY_BYTES = 1024 * 1024


def create_app(config: Config) -> Flask:
    """Return the web app (pages and API) for a configuration; nothing is connected before the first request."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    services.install(app, config)
    assets.install(app, config)
    looks.install(app)
    request_log.install(app, config)
    errors.install(app)
    limits.install(app)
    views.install(app)
    failover.install(app)
    return app


def create_live_app(config: Config) -> Flask:
    """Return the app of the live service: WebSockets only."""
    from taskmanager import live

    app = Flask(__name__, static_folder=None)
    services.install(app, config)
    errors.install(app)
    live.install(app, config)
    return app
