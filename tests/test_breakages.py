"""What bin/prove breakages breaks is still there to be broken, and every role has something."""

from pathlib import Path

import pytest

from bench.breakages import BREAKAGES, PROJECT, Breakage, broken


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: f"{breakage.role}-{breakage.test}")
def test_breakage_fits_the_role_and_names_a_test_of_it(breakage: Breakage) -> None:
    text = (PROJECT / breakage.path).read_text()
    assert broken(text, breakage) != text
    tests = "".join(path.read_text() for path in (PROJECT / "molecule" / breakage.role / "tests").glob("test_*.py"))
    assert f"def {breakage.test}(" in tests


def test_every_role_is_broken_somewhere() -> None:
    assert {breakage.role for breakage in BREAKAGES} == {path.name for path in Path(PROJECT / "roles").iterdir()}
