"""How the tests of this scenario reach a host: curl on the controller, which knows tasks.test as the host of the test."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

Curl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def address(host: Host) -> str:
    """Return the host's address."""
    return str(host.check_output("hostname -I")).split()[0]


@pytest.fixture
def curl(state: Path, address: str) -> Curl:
    """Return a function that runs curl on the controller; tasks.test is the host of the test."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        names = [word for port in ("80", "443") for word in ("--resolve", f"tasks.test:{port}:{address}")]
        command = ["curl", "--silent", "--show-error", "--max-time", "10", "--cacert", str(state / "trusted.crt"), *names]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=30, check=False)

    return run
