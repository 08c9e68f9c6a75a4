"""What machines ask: does the process live, and do its services answer?"""

import orjson
from flask import Blueprint, Response

from taskmanager import readiness, services

blueprint = Blueprint("probes", __name__)


@blueprint.get("/health")
def health() -> Response:
    """Answer that the process lives."""
    release = services.current().config.release
    return Response(orjson.dumps({"status": "ok", "release": release}), content_type="application/json")


@blueprint.get("/ready")
def ready() -> Response:
    """Answer whether the services are there: 503 without the database or its schema, "degraded" without Redis."""
    state = readiness.look(services.current())
    status = 503 if state["status"] == "unavailable" else 200
    return Response(orjson.dumps(state), status, content_type="application/json")
