"""Runs the parts of bin/test side by side where they allow it, keeps their logs and prints what took how long."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
LOGS = PROJECT / ".cache" / "test"
# Scenarios that take longest come first, so that the last one does not run alone; two at a time fill two cores.
SCENARIOS = ("postgres", "app", "nginx", "logging", "etcd", "redis", "backup", "firewall", "acme", "keepalived", "base", "pki")
WORKERS = 2
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# "task name ------- 12.34s" of Ansible's profile_tasks, "12.34s call file::test" of pytest's --durations.
ANSIBLE_TIME = re.compile(r"^[\s│]*(?P<name>\S.*?) -{3,} (?P<seconds>\d+\.\d+)s")
PYTEST_TIME = re.compile(r"^[\s│]*(?P<seconds>\d+\.\d+)s (?:call|setup|teardown) +(?P<name>\S+)")


@dataclass(frozen=True)
class Step:
    """One command of a part: its name, and what to run from the project's folder."""

    part: str
    name: str
    command: Sequence[str]


@dataclass(frozen=True)
class Result:
    """How a step ended, after how many seconds, and the slowest things its log tells of."""

    step: Step
    passed: bool
    seconds: float
    slowest: list[tuple[float, str]]


def steps_of(part: str, names: Sequence[str]) -> list[Step]:
    """Return the steps of a part; `names` chooses among the molecule scenarios."""
    if part == "lint":
        return lint_steps()
    if part == "unit":
        durations = ["--durations=5", "-q"]
        return [
            Step("unit", "app", ["pytest", "app/tests", *durations]),
            Step("unit", "project", ["pytest", "tests", "--ignore=tests/browser", *durations]),
        ]
    if part == "e2e":
        stories = ["pytest", "tests/browser", "-q", "--durations=5"]
        return [Step("e2e", "site", ["molecule", "test", "-s", "site"]), Step("e2e", "browser", stories)]
    unknown = sorted(set(names) - set(SCENARIOS))
    if unknown:
        sys.exit(f"bin/test: there is no scenario called {unknown[0]}; choose from {', '.join(SCENARIOS)}.")
    return [Step("molecule", name, ["molecule", "test", "-s", name]) for name in SCENARIOS if not names or name in names]


def lint_steps() -> list[Step]:
    """Return the linters; each reads its settings from the project."""
    scripts = [str(path) for path in files_with_shebang()]
    python = ["app/taskmanager", "app/tests", "bench", "tests", "molecule", "roles"]
    return [
        Step("lint", "ruff", ["ruff", "check", *python]),
        Step("lint", "ruff-format", ["ruff", "format", "--check", *python]),
        Step("lint", "mypy", ["mypy"]),
        Step("lint", "yamllint", ["yamllint", "--strict", "."]),
        Step("lint", "shellcheck", ["shellcheck", "-x", *scripts]),
        Step("lint", "ansible-lint", ["ansible-lint", "--nocolor", "-q"]),
    ]


def files_with_shebang() -> Iterable[Path]:
    """Yield every shell script of bin/, .ci/, the lab and the roles."""
    folders = [
        PROJECT / "bin",
        PROJECT / ".ci",
        *sorted(PROJECT.glob("playbooks/**/files")),
        *sorted(PROJECT.glob("roles/*/files")),
    ]
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.is_file() and (path.suffix == ".sh" or re.match(rb"#!.*\b(ba)?sh\b", path.read_bytes().split(b"\n", 1)[0])):
                yield path.relative_to(PROJECT)


def run(step: Step) -> Result:
    """Run one step with its output in a log of its own, and say so before and after."""
    log = LOGS / f"{step.part}-{step.name}.log"
    print(f"  … {step.part} {step.name}", flush=True)
    start = time.monotonic()
    # Wide, so that no line of a log is broken where slowest() looks for a time.
    environment = os.environ | {"COLUMNS": "200"}
    with log.open("w") as output:
        command = [str(PROJECT / ".venv" / "bin" / step.command[0]), *step.command[1:]]
        if not Path(command[0]).exists():
            command[0] = step.command[0]
        code = subprocess.run(
            command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT, check=False, env=environment
        ).returncode
    seconds = time.monotonic() - start
    text = ANSI.sub("", log.read_text(errors="replace"))
    print(f"  {'✓' if code == 0 else '✗'} {step.part} {step.name}  {seconds:.0f} s", flush=True)
    if code != 0:
        tail = "\n".join(text.splitlines()[-120:])
        print(f"\n{tail}\n\n  ✗ {step.part} {step.name} failed; all of its output is in {log.relative_to(PROJECT)}\n", flush=True)
    return Result(step, code == 0, seconds, slowest(text))


def slowest(text: str) -> list[tuple[float, str]]:
    """Return the five slowest Ansible tasks or tests that a log tells of, as (seconds, name)."""
    found = [
        (float(match["seconds"]), match["name"])
        for line in text.splitlines()
        if (match := ANSIBLE_TIME.match(line) or PYTEST_TIME.match(line))
    ]
    return sorted(found, reverse=True)[:5]


def run_all(parts: Sequence[str], names: Sequence[str]) -> list[Result]:
    """Run all steps of the parts, two at a time, with no wait between parts; the last to begin are the short ones."""
    steps = [step for part in parts for step in steps_of(part, names)]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, steps))


def print_table(results: Sequence[Result], seconds: float) -> None:
    """Print the steps with their times, then the slowest things inside them."""
    print(f"\n{'part':<10} {'step':<14} {'seconds':>8}  result")
    for result in results:
        word = "passed" if result.passed else "FAILED"
        print(f"{result.step.part:<10} {result.step.name:<14} {result.seconds:>8.0f}  {word}")
    print(f"{'all':<10} {'':<14} {seconds:>8.0f}  {'passed' if all(r.passed for r in results) else 'FAILED'}")
    print("\nslowest inside")
    inside = [(took, name, result.step.name) for result in results for took, name in result.slowest]
    for took, name, step in sorted(inside, reverse=True)[:12]:
        print(f"{took:>8.1f}  {step:<12} {name[:110]}")


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments name, everything by default; return 0 when all passed."""
    known = ("molecule", "e2e", "unit", "lint")
    parts = known if not arguments else (arguments[0],)
    if parts[0] not in known:
        sys.exit(f"bin/test: there is no part called {parts[0]}; choose from {', '.join(known)}.")
    LOGS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    results = run_all(parts, arguments[1:])
    print_table(results, time.monotonic() - start)
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
