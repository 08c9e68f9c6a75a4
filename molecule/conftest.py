"""What the tests of every scenario share: where its state lies, and how to run a play on its hosts once more."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from testinfra.host import Host

PROJECT = Path(__file__).parents[1]

Play = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def state(pytestconfig: pytest.Config) -> Path:
    """Return the folder with the scenario's SSH configuration and whatever its plays leave on the controller."""
    return Path(pytestconfig.getoption("ssh_config")).parent


@pytest.fixture
def play(host: Host, state: Path, pytestconfig: pytest.Config) -> Play:
    """Return a function that runs a playbook, the scenario's converge.yml by default, on the host of the test."""
    inventory = Path(pytestconfig.getoption("ansible_inventory"))
    environment = os.environ | {"ANSIBLE_SSH_COMMON_ARGS": f"-F {state}/ssh_config", "MOLECULE_PROJECT_DIRECTORY": str(PROJECT)}

    def run(*arguments: str, playbook: Path = inventory.parent / "converge.yml") -> subprocess.CompletedProcess[str]:
        command = [
            "ansible-playbook",
            "-i",
            str(inventory),
            "-l",
            f"{host.backend.get_hostname()},localhost",
            str(playbook),
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=PROJECT, env=environment)

    return run
