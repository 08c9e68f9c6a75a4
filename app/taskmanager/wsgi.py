"""What gunicorn serves: `web` (pages and API) and `live` (WebSockets), each made when it is first asked for."""

from functools import cache

from flask import Flask

from taskmanager import config, create_app, create_live_app


@cache
def app_called(name: str) -> Flask:
    """Return the app of that name."""
    return {"web": create_app, "live": create_live_app}[name](config.load())


def __getattr__(name: str) -> Flask:
    if name in {"web", "live"}:
        return app_called(name)
    raise AttributeError(name)
