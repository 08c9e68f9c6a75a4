"""gunicorn's settings for WebSockets: -c python:taskmanager.gunicorn_live. Never max_requests: a socket counts as one."""

import os
import signal
import threading
from types import FrameType

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from taskmanager import counting

counting.begin_service()
worker_class = "gthread"
workers = 1
threads = int(os.environ.get("TASKMANAGER_LIVE_THREADS") or 512)
worker_connections = threads * 2
preload_app = False
graceful_timeout = 10
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat file that gunicorn makes safely
control_socket_disable = True


def post_worker_init(worker: Worker) -> None:
    """Close the sockets with 1012 at SIGTERM, so that browsers connect again; gunicorn alone would just cut them."""
    stop = signal.getsignal(signal.SIGTERM)

    def close_sockets(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=worker.wsgi.extensions["hub"].close_all, daemon=True).start()
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, close_sockets)
    from taskmanager import jobs
    from taskmanager.services import EXTENSION

    jobs.start(worker.wsgi.extensions[EXTENSION], worker.wsgi.extensions["hub"].stopping)


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
