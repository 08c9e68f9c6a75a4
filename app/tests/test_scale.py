"""Many tasks, and many people at once."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
from taskmanager.db import boards, tasks
from taskmanager.rules.search import query_of

from tests.people import Person, SignUp

MANY = 200
# Of 30,000 tasks in 300 boards the person sees one board: what reads them all is slow at a million.
GENERATE = """
    WITH w AS (INSERT INTO workspaces (name) SELECT 'w' FROM generate_series(1, 300) RETURNING id),
         b AS (INSERT INTO boards (workspace_id, name) SELECT id, 'b' FROM w RETURNING id),
         c AS (INSERT INTO columns (board_id, name, position) SELECT id, 'c', 0 FROM b RETURNING id, board_id)
    INSERT INTO tasks (board_id, column_id, title, priority, due_on, position, created_at)
    SELECT c.board_id, c.id, 'task ' || n || ' word' || n % 97, (ARRAY['none', 'low', 'high'])[1 + n % 3],
           date '2026-01-01' + n, n, now() - n * interval '1 minute'
      FROM c, generate_series(1, 100) n
"""


WANTED: tuple[dict[str, object], ...] = (
    {},
    {"q": query_of("word1")},
    {"assignee_id": "00000000-0000-4000-8000-000000000000"},
    {"label_id": "00000000-0000-4000-8000-000000000000"},
    {"due_before": "2026-02-01"},
    {"priority": "high"},
)


def test_no_list_or_search_reads_tasks_without_an_index(anna: Person, conn: psycopg.Connection) -> None:
    conn.execute(GENERATE)
    conn.execute("ANALYZE")
    row = conn.execute("SELECT id FROM users").fetchone()
    assert row
    for wanted in WANTED:
        conditions = [text for name, text in tasks.CONDITIONS.items() if name in wanted]
        query = tasks.LIST_TASKS.format(task=tasks.TASK, conditions=" AND ".join([*conditions, "t.archived_at IS NULL"]))
        assert_indexed(conn, query, {"user_id": row[0], "board_id": None, "limit": 50, **wanted})
    assert_indexed(conn, boards.LIST_BOARD_TASKS, {"board_id": anna.board()["id"]})


def assert_indexed(conn: psycopg.Connection, query: str, values: dict[str, object]) -> None:
    """Assert that a statement reads tasks by an index only."""
    plan = "\n".join(line for (line,) in conn.execute(f"EXPLAIN {query}", values))
    assert "Seq Scan on tasks" not in plan, plan
    assert " on tasks" in plan


def test_two_people_who_move_the_same_cards_lose_no_move(anna: Person, sign_up: SignUp, conn: psycopg.Connection) -> None:
    bob = sign_up("bob")
    path = f"/api/v1/workspaces/{anna.board()['workspace_id']}/members"
    anna.send("POST", path, {"email": "bob@taskmanager.test", "role": "member"})
    columns = list(anna.columns().values())
    cards = [anna.add(f"card {number}") for number in range(4)]

    def move_about(person: Person) -> list[int]:
        answers = []
        for number in range(MANY // 2):
            card, other = cards[number % 4], cards[(number + 1) % 4]
            place = {"column_id": columns[number % len(columns)]} if number % 3 else {"column_id": None, "before_id": other["id"]}
            answers.append(person.send("POST", f"/api/v1/tasks/{card['id']}/move", place))
        return [answer.status_code for answer in answers]

    with ThreadPoolExecutor(2) as pool:
        statuses = [status for part in pool.map(move_about, (anna, bob)) for status in part]
    # 422: the neighbour stands in another column by now, which is an answer and no lost move.
    assert set(statuses) <= {200, 422}
    moved = conn.execute("SELECT count(*) FROM activity WHERE kind = 'task.moved'").fetchone()
    assert moved == (statuses.count(200),)
    board = anna.board()
    places = [(task["column_id"], task["position"]) for task in board["tasks"]]
    assert len(places) == len(set(places)) == 4
    numbers = [number for (number,) in conn.execute("SELECT seq FROM events WHERE board_id = %s ORDER BY seq", [board["id"]])]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers[-1] == board["seq"]
