"""What people type into a search, as PostgreSQL's text search understands it."""

import re

WORD = re.compile(r"\w+")
WORDS_MAX = 10


def query_of(typed: str) -> str:
    """Return the query for words that shall all be there, each the beginning of one; empty when nothing is asked for."""
    return " & ".join(f"{word}:*" for word in WORD.findall(typed)[:WORDS_MAX])
