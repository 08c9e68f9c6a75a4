"""What is measured, and /metrics that shows it for all processes of a service: on its socket, never through nginx."""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from taskmanager.counting import FOLDER

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0)

REQUESTS = Counter("taskmanager_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "taskmanager_request_seconds", "From a request's first byte to its answer.", ["method", "route"], buckets=QUICK
)
REFUSED = Counter("taskmanager_limited", "Requests refused by a rate limit.", ["policy"])
IN_USE = Gauge("taskmanager_database_connections_in_use", "Connections lent to requests.", multiprocess_mode="livesum")
POOL_WAIT = Histogram("taskmanager_database_wait_seconds", "Waiting for a connection of the pool.", buckets=QUICK)
POOL_LOST = Counter("taskmanager_database_connections_lost", "Connections that broke while they were lent.")
CACHE = Counter("taskmanager_cache_requests", "Boards asked of the cache.", ["result"])
SOCKETS = Gauge("taskmanager_live_sockets", "Open WebSockets.", multiprocess_mode="livesum")
EVENTS = Counter("taskmanager_live_events", "Events received from Redis for boards that somebody looks at.")
CUT_OFF = Counter("taskmanager_live_cut_off", "Readers cut off because they did not read.")
MAILS = Counter("taskmanager_mails", "Attempts to send an e-mail.", ["kind", "result"])
JOBS = Counter("taskmanager_jobs", "Runs of a background job on this host.", ["job", "result"])
JOB_AT = Gauge("taskmanager_job_last_success_timestamp_seconds", "When a job last went well.", ["job"], multiprocess_mode="max")


def install(app: Flask, *, with_requests: bool = True) -> None:
    """Measure requests and show what was measured."""

    @app.get("/metrics")
    def metrics() -> Response:
        # nginx names the browser: who comes through it has no business here.
        if "X-Real-IP" in request.headers:
            return Response(status=404)
        return Response(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)

    if with_requests:
        app.after_request(count)


def registry() -> CollectorRegistry:
    """Return what all processes counted; without gunicorn there is one."""
    if FOLDER not in os.environ:
        return REGISTRY
    made = CollectorRegistry()
    MultiProcessCollector(made)  # type: ignore[no-untyped-call]
    return made


def count(response: Response) -> Response:
    """Count a request by its route, never by its path: there are too many of those."""
    route = request.url_rule.rule if request.url_rule else "unknown"
    REQUESTS.labels(request.method, route, response.status_code).inc()
    SECONDS.labels(request.method, route).observe(time.perf_counter() - g.started)
    return response
