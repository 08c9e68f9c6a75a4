"""Many tasks, and many people at once."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql
from taskmanager.db import boards, tasks
from taskmanager.rules.search import query_of

from tests.people import Person, SignUp

MOVES = 1000
# A million tasks in 10,000 boards, of which the person sees one: what reads more than that one is slow.
GENERATE = """
    WITH w AS (INSERT INTO workspaces (name) SELECT 'w' FROM generate_series(1, 10000) RETURNING id),
         b AS (INSERT INTO boards (workspace_id, name) SELECT id, 'b' FROM w RETURNING id),
         c AS (INSERT INTO columns (board_id, name, position) SELECT id, 'c', 0 FROM b RETURNING id, board_id)
    INSERT INTO tasks (board_id, column_id, title, priority, due_on, position, created_at)
    SELECT c.board_id, c.id, 'task ' || n || ' word' || n % 97, (ARRAY['none', 'low', 'high'])[1 + n % 3],
           date '2026-01-01' + n, n, now() - n * interval '1 minute'
      FROM c, generate_series(1, 100) n
"""
INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'tasks' AND indexname NOT IN ('tasks_pkey', 'tasks_place')"
)
ON_BOARD = """
    INSERT INTO tasks (board_id, column_id, title, position)
    SELECT board_id, id, 'task ' || n, n FROM columns, generate_series(1, 50) n WHERE id = %s
"""


WANTED: tuple[dict[str, object], ...] = (
    {},
    {"q": query_of("word1")},
    {"assignee_id": "00000000-0000-4000-8000-000000000000"},
    {"label_id": "00000000-0000-4000-8000-000000000000"},
    {"due_before": "2026-02-01"},
    {"priority": "high"},
)


def fill(conn: psycopg.Connection) -> None:
    """Generate the million; indexes that only make reading faster are made afterwards, which takes a third of the time."""
    indexes = conn.execute(INDEXES).fetchall()
    for name, _ in indexes:
        conn.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    conn.execute("SET session_replication_role = replica")
    conn.execute(GENERATE)
    conn.execute("RESET session_replication_role")
    for _, definition in indexes:
        conn.execute(definition)


def blocks(conn: psycopg.Connection, board_id: object) -> int:
    """Return how many blocks of memory or disk the reading of a board touches."""
    statement = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {boards.LIST_BOARD_TASKS}"
    row = conn.execute(statement, {"board_id": board_id}).fetchone()
    assert row
    plan = row[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_among_a_million_tasks_every_list_and_search_has_an_index_and_a_board_costs_what_it_did(
    anna: Person, conn: psycopg.Connection
) -> None:
    board_id = anna.board()["id"]
    conn.execute(ON_BOARD, [anna.columns()["Ready"]])
    conn.execute("VACUUM (ANALYZE) tasks")
    alone = blocks(conn, board_id)
    fill(conn)
    conn.execute("VACUUM (ANALYZE)")
    assert conn.execute("SELECT count(*) FROM tasks").fetchone() == (1_000_050,)
    row = conn.execute("SELECT id FROM users").fetchone()
    assert row
    for wanted in WANTED:
        conditions = [text for name, text in tasks.CONDITIONS.items() if name in wanted]
        query = tasks.LIST_TASKS.format(task=tasks.TASK, conditions=" AND ".join([*conditions, "t.archived_at IS NULL"]))
        assert_indexed(conn, query, {"user_id": row[0], "board_id": None, "limit": 50, **wanted})
    assert_indexed(conn, boards.LIST_BOARD_TASKS, {"board_id": board_id})
    # An index of a million has two levels more than one of fifty.
    assert blocks(conn, board_id) <= alone + 10


def assert_indexed(conn: psycopg.Connection, query: str, values: dict[str, object]) -> None:
    """Assert that a statement reads tasks by an index only."""
    plan = "\n".join(line for (line,) in conn.execute(f"EXPLAIN {query}", values))
    assert "Seq Scan on tasks" not in plan, plan
    assert " on tasks" in plan


def people_on(board: dict[str, list[dict[str, object]]], owner: Person, sign_up: SignUp, count: int) -> list[Person]:
    """Return members of a board, the owner first."""
    people = [owner]
    for number in range(1, count):
        people.append(sign_up(f"member{number}"))
        body = {"email": f"member{number}@taskmanager.test", "role": "member"}
        assert owner.send("POST", f"/api/v1/workspaces/{board['workspace_id']}/members", body).status_code == 201
    return people


def assert_whole(board: dict[str, list[dict[str, object]]], conn: psycopg.Connection) -> None:
    """Assert that places are distinct and the events of a board are numbered without a gap."""
    places = [(task["column_id"], task["position"]) for task in board["tasks"]]
    assert len(places) == len(set(places))
    numbers = [number for (number,) in conn.execute("SELECT seq FROM events WHERE board_id = %s ORDER BY seq", [board["id"]])]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers[-1] == board["seq"]


def test_two_people_move_the_same_card_a_thousand_times(anna: Person, sign_up: SignUp, conn: psycopg.Connection) -> None:
    columns = list(anna.columns().values())
    card = anna.add("the card")
    beside = [anna.add(f"beside {number}", column_id=column) for number, column in enumerate(columns)]
    people = people_on(anna.board(), anna, sign_up, 2)

    def move_about(person: Person) -> list[int]:
        answers = []
        for number in range(MOVES // 2):
            at = number % len(columns)
            place = {"column_id": columns[at]} | ({} if number % 3 else {"before_id": beside[at]["id"]})
            answers.append(person.send("POST", f"/api/v1/tasks/{card['id']}/move", place))
        return [answer.status_code for answer in answers]

    with ThreadPoolExecutor(2) as pool:
        statuses = [status for part in pool.map(move_about, people) for status in part]
    assert statuses == [200] * MOVES
    moved = conn.execute("SELECT count(*) FROM activity WHERE kind = 'task.moved' AND task_id = %s", [card["id"]]).fetchone()
    assert moved == (MOVES,)
    board = anna.board()
    assert len(board["tasks"]) == 1 + len(beside)
    assert_whole(board, conn)


def test_thirty_cards_dropped_on_one_spot_by_eight_people_all_land_there(
    anna: Person, sign_up: SignUp, conn: psycopg.Connection
) -> None:
    columns = anna.columns()
    spot = anna.add("the spot", column_id=columns["Done"])
    cards = [anna.add(f"card {number}", column_id=columns["Ready"])["id"] for number in range(30)]
    people = people_on(anna.board(), anna, sign_up, 8)

    def drop(number: int) -> int:
        place = {"column_id": columns["Done"], "before_id": spot["id"]}
        return people[number % 8].send("POST", f"/api/v1/tasks/{cards[number]}/move", place).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(drop, range(30))) == [200] * 30
    board = anna.board()
    done = sorted((task["position"], task["id"]) for task in board["tasks"] if task["column_id"] == columns["Done"])
    assert {key for _, key in done[:-1]} == set(cards)
    assert done[-1][1] == spot["id"]
    assert_whole(board, conn)
