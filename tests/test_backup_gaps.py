"""Holes in an archive of WAL, which pgBackRest itself does not report."""

import sys

import pytest

from tests.docs_commands import PROJECT

sys.path.insert(0, str(PROJECT / "roles" / "backup" / "files" / "backup"))

from repository import Refused, gaps, must_reach

SINCE = "000000010000000000000003"


def wal(timeline: int, *places: int) -> list[str]:
    """Return the names of WAL files."""
    return [f"{timeline:08X}{place // 256:08X}{place % 256:08X}" for place in places]


@pytest.mark.parametrize(
    ("segments", "missing"),
    [
        (wal(1, 2, 3, 4, 5), []),
        (wal(1, 3, 5), [wal(1, 4, 4)]),
        (wal(1, 4), [wal(1, 3, 3)]),
        (wal(1, *range(3, 254), 260), [wal(1, 254, 259)]),
        # A new leader goes on in the middle of file 5, or begins with the next one.
        (wal(1, 3, 4, 5) + wal(2, 5, 6), []),
        (wal(1, 3, 4) + wal(2, 5, 6), []),
        # The former leader took file 5 with it.
        (wal(1, 3, 4) + wal(2, 6), [wal(2, 5, 5)]),
        # A restore branches off early; what the old timeline had later does not matter.
        (wal(1, 3, 4, 5, 6, 7, 8) + wal(2, 4, 5), []),
        (wal(1, 3, 4, 5, 6, 7, 8) + wal(2, 4, 6), [wal(2, 5, 5)]),
    ],
)
def test_holes_are_found_over_timelines(segments: list[str], missing: list[list[str]]) -> None:
    assert gaps(segments, SINCE) == [tuple(pair) for pair in missing]


def test_copy_that_ends_early_is_refused() -> None:
    must_reach(0x05000000, wal(1, 5)[0])
    with pytest.raises(Refused, match="ends before the archive does"):
        must_reach(0x04FFFFFF, wal(1, 5)[0])
