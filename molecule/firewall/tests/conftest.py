"""What the scenario's tests share: whether a host lets us in over a new connection, and waiting for it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ADDRESSES = {"debian13": "10.89.133.13", "debian12": "10.89.133.12", "outsider": "10.89.133.21"}


@pytest.fixture
def config(state: Path) -> Path:
    """Return the scenario's SSH configuration."""
    return state / "ssh_config"


@pytest.fixture
def answers(config: Path) -> Callable[[str], bool]:
    """Return a function that says whether a host runs a command over a new SSH connection."""

    def ask(name: str) -> bool:
        command = ["ssh", "-F", str(config), "-o", "ConnectTimeout=1", "-o", "ControlPath=none", name, "true"]
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0

    return ask


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool], float], bool]:
    """Return a function that says whether a condition came true in time."""

    def wait(condition: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.2)
        return False

    return wait
