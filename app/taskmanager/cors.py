"""Which other sites' pages may ask the API. They send a token: cookies never go along."""

from flask import Flask, Response, request

from taskmanager.config import Config

METHODS = "GET, POST, PATCH, DELETE"
ASK_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Range"
SHOWN = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
PREFLIGHT_S = 7200


def install(app: Flask, config: Config) -> None:
    """Answer preflights of the origins that are allowed, and let their pages read the answers."""
    if not config.cors_origins:
        return

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or not allowed(config) or "Access-Control-Request-Method" not in request.headers:
            return None
        headers = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": ASK_HEADERS}
        return Response(status=204, headers={**headers, "Access-Control-Max-Age": str(PREFLIGHT_S)})

    @app.after_request
    def show(response: Response) -> Response:
        if request.path.startswith("/api/"):
            response.vary.add("Origin")
            if origin := allowed(config):
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Expose-Headers"] = SHOWN
        return response


def allowed(config: Config) -> str:
    """Return the origin of the page that asks the API, if it may."""
    origin = request.headers.get("Origin", "")
    return origin if request.path.startswith("/api/") and origin in config.cors_origins else ""
