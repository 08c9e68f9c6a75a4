#!/usr/bin/env python3
"""Breaks roles on purpose and demands that their scenarios turn red: bin/prove breakages [ROLE...].

Each role is copied with all of its breakages in it, put onto fresh hosts, and tested. A test that should notice a breakage and
passes nevertheless ends the run with 1: it tests nothing.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
COPY = PROJECT / ".cache" / "breakages"


@dataclass(frozen=True)
class Breakage:
    """One mistake in a file of a role, and the test that must notice it."""

    role: str
    file: str
    right: str
    wrong: str
    test: str

    @property
    def path(self) -> Path:
        """Return the file from the project's folder."""
        return Path("roles") / self.role / self.file


BREAKAGES = (
    Breakage("base", "tasks/accounts.yml", 'mode: "0440"', 'mode: "0444"', "test_sudoers_file_is_read_by_root_only"),
    Breakage("base", "tasks/service.yml", "enabled: true", "enabled: false", "test_clock_service_runs_now_and_at_boot"),
    Breakage(
        "base",
        "templates/sshd.conf.j2",
        "Ciphers chacha20-poly1305@openssh.com,",
        "Ciphers aes128-ctr,chacha20-poly1305@openssh.com,",
        "test_old_algorithms_are_refused",
    ),
    Breakage("pki", "tasks/certificate.yml", 'mode: "0640"', 'mode: "0644"', "test_key_is_read_by_root_and_the_tls_group_only"),
    Breakage(
        "firewall",
        "templates/rules.nft.j2",
        'priority filter; policy drop;\n    iif "lo"',
        'priority filter; policy accept;\n    iif "lo"',
        "test_exactly_the_flows_are_open",
    ),
    Breakage("etcd", "tasks/configure.yml", 'mode: "0600"', 'mode: "0644"', "test_root_password_is_for_root_alone"),
    Breakage(
        "postgres",
        "templates/pg_hba.conf.j2",
        "/32') }} scram-sha-256",
        "/32') }} trust",
        "test_wrong_password_is_refused",
    ),
    Breakage("postgres", "tasks/service.yml", "enabled: true", "enabled: false", "test_server_starts_at_boot"),
    Breakage("redis", "tasks/configure.yml", 'mode: "0600"', 'mode: "0644"', "test_what_the_host_knows_is_for_root_only"),
    Breakage("app", "tasks/configure.yml", 'mode: "0600"', 'mode: "0644"', "test_secrets_are_roots_alone"),
    Breakage("app", "tasks/service.yml", "enabled: true", "enabled: false", "test_service_starts_at_boot"),
    Breakage(
        "nginx",
        "templates/gateway.conf.j2",
        "default 0;",
        "default 1;",
        "test_gateway_refuses_a_certificate_of_the_same_authority_with_another_name",
    ),
    Breakage(
        "backup",
        "files/backup/repository.py",
        "place < number(newest) * SEGMENT",
        "place < 0",
        "test_drill_fails_on_a_gap_in_the_wal",
    ),
    Breakage(
        "keepalived",
        "templates/keepalived.conf.j2",
        "  weight -20\n",
        "",
        "test_host_that_reaches_no_app_gives_the_address_to_one_that_does",
    ),
    Breakage("acme", "files/deploy", "install -m 0600", "install -m 0644", "test_key_is_roots_alone_and_the_account_the_clients"),
    Breakage(
        "logging",
        "templates/loggate.conf.j2",
        'map $ssl_client_s_dn $receiver {\n    default "";',
        "map $ssl_client_s_dn $receiver {\n    default 127.0.0.1:19531;",
        "test_sender_without_our_certificate_is_refused",
    ),
)


def broken(text: str, breakage: Breakage) -> str:
    """Return a file's text with the mistake in it; ValueError when what is to be broken is not there exactly once."""
    if text.count(breakage.right) != 1:
        raise ValueError(f"{breakage.path}: expected {breakage.right!r} once and found it {text.count(breakage.right)} times.")
    return text.replace(breakage.right, breakage.wrong)


def copy_project() -> None:
    """Make a copy of what git knows, with this project's Python environment."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).exists():
            shutil.copy2(PROJECT / name, COPY / name, follow_symlinks=False)
    (COPY / ".venv").symlink_to(PROJECT / ".venv")


def molecule(word: str, role: str, log: Path, tests: str = "") -> str:
    """Run one step of a scenario in the copy, add its output to a log and return it."""
    environment = os.environ | {"COLUMNS": "200", "PYTEST_ADDOPTS": f"-k '{tests}'" if tests else ""}
    answer = subprocess.run(
        [str(PROJECT / ".venv" / "bin" / "molecule"), word, "-s", role],
        cwd=COPY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    with log.open("a") as file:
        file.write(answer.stdout)
    if word not in {"verify", "destroy"} and answer.returncode != 0:
        raise RuntimeError(
            f"molecule {word} -s {role} failed before any test; read {log.relative_to(PROJECT)} and choose a smaller mistake."
        )
    return answer.stdout


def unnoticed(role: str) -> list[Breakage]:
    """Break one role, build it, test it, and return the breakages that no test noticed."""
    mine = [breakage for breakage in BREAKAGES if breakage.role == role]
    kept = {breakage.path: (COPY / breakage.path).read_text() for breakage in mine}
    for breakage in mine:
        (COPY / breakage.path).write_text(broken((COPY / breakage.path).read_text(), breakage))
    log = COPY / f"{role}.log"
    try:
        for word in ("destroy", "create", "prepare", "converge"):
            molecule(word, role, log)
        said = molecule("verify", role, log, " or ".join(breakage.test for breakage in mine))
    finally:
        molecule("destroy", role, log)
        for path, text in kept.items():
            (COPY / path).write_text(text)
    return [breakage for breakage in mine if not re.search(rf"FAILED \S+::{breakage.test}\b", said)]


def main(roles: list[str]) -> int:
    """Try the roles that are named, all by default; print a line for each breakage."""
    known = list(dict.fromkeys(breakage.role for breakage in BREAKAGES))
    if unknown := sorted(set(roles) - set(known)):
        sys.exit(f"bin/prove breakages: there is no breakage of a role called {unknown[0]}; choose from {', '.join(known)}.")
    copy_project()
    missed: list[Breakage] = []
    print(f"{'role':<10} {'file':<28} {'instead of':<32} {'it says':<34} result")
    for role in roles or known:
        start = time.monotonic()
        try:
            silent = unnoticed(role)
        except (RuntimeError, ValueError) as error:
            sys.exit(f"bin/prove breakages: {error}")
        missed += silent
        for breakage in (breakage for breakage in BREAKAGES if breakage.role == role):
            result = "NOT NOTICED by" if breakage in silent else "noticed by"
            right, wrong = (text.splitlines()[-1].strip() for text in (breakage.right, breakage.wrong))
            print(f"{role:<10} {breakage.file:<28} {right:<32} {wrong:<34} {result} {breakage.test}", flush=True)
        print(f"{'':<10} {time.monotonic() - start:.0f} s", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
