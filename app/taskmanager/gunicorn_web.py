"""gunicorn's settings for pages and API: -c python:taskmanager.gunicorn_web."""

import os

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
