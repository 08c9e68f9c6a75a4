"""How closed the services of a whole site are, against what docs/hardening.md states."""

import re

from testinfra.host import Host

from tests.docs_commands import PROJECT

ROW = re.compile(r"^\| `(?P<unit>[\w@-]+\.service)` \| (?P<most>[\d.]+) \|", re.MULTILINE)


def test_services_are_as_closed_as_stated(host: Host) -> None:
    stated = {row["unit"]: float(row["most"]) for row in ROW.finditer((PROJECT / "docs" / "hardening.md").read_text())}
    lines = host.check_output("systemd-analyze security --no-pager").splitlines()[1:]
    scores = {line.split()[0]: float(line.split()[1]) for line in lines}
    templates = {unit: re.sub(r"@.*\.service$", "@.service", unit) for unit in scores}
    seen = {unit: score for unit, score in scores.items() if templates[unit] in stated}
    running = {"taskmanager-web@.service", "taskmanager-live@.service", "nginx.service", "redis-server.service"}
    assert running | {"redis-sentinel.service", "etcd.service", "patroni.service"} <= {templates[unit] for unit in seen}
    assert {unit: score for unit, score in seen.items() if score > stated[templates[unit]]} == {}
