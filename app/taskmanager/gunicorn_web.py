"""gunicorn's settings for pages and API: -c python:taskmanager.gunicorn_web."""

import os

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from taskmanager import counting

counting.begin_service()
worker_class = "gthread"
workers = int(os.environ.get("TASKMANAGER_WEB_WORKERS") or os.cpu_count() or 1)
threads = int(os.environ.get("TASKMANAGER_WEB_THREADS") or 8)
# The app is imported once and its memory shared; connections are opened after the fork.
preload_app = True
timeout = 30
graceful_timeout = 20
# nginx opens a connection per request on the unix socket: none is kept that a restart could break.
keepalive = 0
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat file that gunicorn makes safely
control_socket_disable = True


def worker_exit(_: Arbiter, worker: Worker) -> None:
    """Close what the worker opened, so that it ends without waiting for the pool's threads."""
    from taskmanager.services import EXTENSION

    if worker.wsgi is not None:
        worker.wsgi.extensions[EXTENSION].close()


def child_exit(_: Arbiter, worker: Worker) -> None:
    """Forget what a worker had in use."""
    counting.end_process(worker.pid)


def on_exit(_: Arbiter) -> None:
    """Leave nothing behind in memory."""
    counting.end_service()
