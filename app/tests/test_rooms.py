"""What lives in which room: rules know no server, SQL lives in db/ only."""

import re
from pathlib import Path

import taskmanager

PACKAGE = Path(taskmanager.__file__).parent
STATEMENT = re.compile(r"\b(SELECT .* FROM|INSERT INTO|UPDATE \w+ .*SET|DELETE FROM)\b", re.DOTALL)


def test_rules_import_neither_flask_nor_psycopg_nor_redis() -> None:
    for path in (PACKAGE / "rules").glob("*.py"):
        assert not re.search(r"^\s*(?:from|import) (?:flask|psycopg|redis)", path.read_text(), re.MULTILINE), path


def test_sql_lives_in_db_only() -> None:
    for path in PACKAGE.rglob("*.py"):
        if not {"db", "migrations"} & set(path.relative_to(PACKAGE).parts):
            assert not STATEMENT.search(path.read_text()), path
