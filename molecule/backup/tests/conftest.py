"""How the tests of this scenario reach the database, and a playbook of the project."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

Sql = Callable[[str], str]


def host_called(name: str, pytestconfig: pytest.Config) -> Host:
    """Return another host of the scenario."""
    inventory, ssh = pytestconfig.getoption("ansible_inventory"), pytestconfig.getoption("ssh_config")
    return Host.get_host(f"ansible://{name}?ansible_inventory={inventory}", ssh_config=ssh)


@pytest.fixture
def database(host: Host, pytestconfig: pytest.Config) -> Host:
    """Return the host whose database is kept on the host of the test."""
    return host if host.backend.get_hostname() == "solo" else host_called("db1", pytestconfig)


@pytest.fixture
def sql(database: Host, pytestconfig: pytest.Config) -> Sql:
    """Return a function that asks the database orders, at whoever leads."""

    def run(statement: str) -> str:
        leader = host_called(str(database.check_output("taskmanager-database leader")).strip(), pytestconfig)
        return str(leader.check_output(f'runuser -u postgres -- psql -XAtq -d orders -c "{statement}"')).strip()

    return run


@pytest.fixture
def status(host: Host) -> Callable[[], Any]:
    """Return a function that asks the repository for its state."""
    return lambda: json.loads(host.check_output("taskmanager-backup status --json"))
