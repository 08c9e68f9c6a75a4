"""One thing of everything that the API knows by an id, for tests that ask for all of it."""

from tests.people import PASSWORD, Person


def possessions(person: Person) -> dict[str, str]:
    """Return an id of the person's own for every name that a path of the API holds."""
    task = person.add("Whole", description="text")
    path, board = f"/api/v1/tasks/{task['id']}", person.board()

    def made(where: str, body: object) -> str:
        return str(person.send("POST", where, body).json["id"])  # type: ignore[index]

    return {
        "task_id": str(task["id"]),
        "board_id": str(board["id"]),
        "workspace_id": str(board["workspace_id"]),
        "column_id": person.columns()["Ready"],
        "other_column_id": person.columns()["Done"],
        "label_id": made(f"/api/v1/boards/{board['id']}/labels", {"name": "l", "color": "red"}),
        "item_id": made(f"{path}/checklist", {"title": "i"}),
        "comment_id": made(f"{path}/comments", {"body": "c"}),
        "attachment_id": attach(person, path),
        "member_id": str(person.get("/api/v1/me").json["id"]),  # type: ignore[index]
        "filter_id": made("/api/v1/filters", {"name": "f", "query": {"priority": "high"}}),
        "token_id": made("/api/v1/tokens", {"name": "other", "scope": "read", "days": 1}),
        "login_id": login(person),
    }


def attach(person: Person, path: str) -> str:
    """Attach a file and return its id."""
    headers = {"X-CSRF-Token": person.csrf_token}
    made = person.client.post(f"{path}/attachments?name=a", data=b"abc", base_url="https://taskmanager.test", headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json["id"])  # type: ignore[index]


def login(person: Person) -> str:
    """Sign in as a program and return the id of that login."""
    email = person.get("/api/v1/me").json["email"]  # type: ignore[index]
    assert person.send("POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD}).status_code == 200
    return str(person.get("/api/v1/auth/logins").json["logins"][0]["id"])  # type: ignore[index]
