"""The release that serves on a host, others made from it, and a client that asks without pause while something happens."""

from collections.abc import Callable

import pytest
from testinfra.host import Host

ROOT = "/opt/taskmanager"

# The copy of a release, found by its own venv; sources changed afterwards count, since no compiled ones are left.
COPY = f"""
set -eu
cd {ROOT}/releases
rm -rf {{name}}
cp -a {{source}} {{name}}
for link in {{name}}/venv/lib/python*/site-packages/release.pth; do echo {ROOT}/releases/{{name}}/site > "$link"; done
find {{name}}/site/taskmanager -name __pycache__ -prune -exec rm -r {{{{}}}} +
cd {{name}}/site/taskmanager
{{change}}
"""
# Asks the web service until the command has ended, and leaves what it heard.
WATCH = """
rm -f /tmp/ended
(
    while [ ! -e /tmp/ended ]; do
        curl --silent --max-time 30 --unix-socket /run/taskmanager/web.sock --write-out ' %{{http_code}}\\n' http://tasks.test/health
        sleep 0.05
    done
) > /tmp/heard 2>&1 &
{command}
code=$?
touch /tmp/ended
wait
exit $code
"""


# Exit code and output of a command, and the different answers that the site gave meanwhile.
Watched = Callable[[str], tuple[int, str, set[str]]]
MakeRelease = Callable[..., str]


@pytest.fixture
def active(host: Host) -> str:
    """Return the release that serves."""
    return str(host.check_output(f"cat {ROOT}/active"))


@pytest.fixture
def watched(host: Host) -> Watched:
    """Return a function that runs a command on the host while the site is asked without pause."""

    def run(command: str) -> tuple[int, str, set[str]]:
        answer = host.run(WATCH.format(command=command))
        heard = host.check_output("cat /tmp/heard").splitlines()
        assert heard
        return answer.rc, answer.stdout + answer.stderr, set(heard)

    return run


@pytest.fixture
def make_release(host: Host, active: str) -> MakeRelease:
    """Return a function that makes a release from the one that serves, with a change in its sources."""

    def make(name: str, change: str = "") -> str:
        host.check_output(COPY.format(name=name, source=active, change=change))
        return name

    return make
