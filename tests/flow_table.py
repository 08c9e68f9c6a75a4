"""Writes docs/flows.md from the table of flows: python tests/flow_table.py"""

from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
TABLE = PROJECT / "inventories" / "production" / "group_vars" / "all" / "flows.yml"
PAGE = PROJECT / "docs" / "flows.md"
HEAD = """# Flows

Everything that may pass between hosts; the firewall of every host drops the rest. Made from
`inventories/production/group_vars/all/flows.yml` by `tests/flow_table.py`; [how to change it](runbook/firewall.md),
[the role](../roles/firewall/README.md). A zone is a group of the inventory; `coordinators` are the database
hosts where there is no such group, `administrators` the networks from which SSH is let in.

"""


def load_flows() -> list[dict[str, Any]]:
    """Return the table of flows."""
    flows: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text())["taskmanager_flows"]
    return flows


def page_of(flows: list[dict[str, Any]]) -> str:
    """Return the page of documentation for a table of flows."""
    rows = ["| flow | from | to | protocol | ports | what for |", "|---|---|---|---|---|---|"]
    for flow in flows:
        ports = ", ".join(str(port) for port in flow.get("ports", []))
        purpose = flow["purpose"] + (" (counted per address)" if flow.get("limited") else "")
        rows.append(f"| {flow['name']} | {flow['from']} | {flow['to']} | {flow['protocol']} | {ports} | {purpose} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page_of(load_flows()))
