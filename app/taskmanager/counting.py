"""Where the processes of a service count together: a folder in memory, made before anything that counts is imported."""

import os
import shutil
import tempfile

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def begin_service() -> None:
    """Make the folder of a service; gunicorn's settings do so before they import the app."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="taskmanager-metrics-", dir="/dev/shm")


def end_service() -> None:
    """Remove the folder of a service that ends."""
    shutil.rmtree(os.environ.get(FOLDER, ""), ignore_errors=True)


def end_process(pid: int) -> None:
    """Take back what a process that ended had in use; what it counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
