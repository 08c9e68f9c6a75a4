"""Somebody at a browser, for the app's tests."""

from collections.abc import Callable
from dataclasses import dataclass

from flask.testing import FlaskClient
from taskmanager.config import Config
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that live as long as a test


@dataclass
class Person:
    """Somebody at a browser, signed in."""

    client: FlaskClient
    csrf_token: str

    def get(self, path: str, **options: object) -> TestResponse:
        """Ask for a path."""
        return self.client.get(path, base_url="https://taskmanager.test", **options)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send a body to the API with the token of the page."""
        names = {"X-CSRF-Token": self.csrf_token} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, base_url="https://taskmanager.test", json=body, headers=names)

    def board(self) -> dict[str, list[dict[str, object]]]:
        """Return the board as the API answers it."""
        return self.get("/api/v1/board").json  # type: ignore[return-value]

    def card(self, task_id: object) -> dict[str, object]:
        """Return a task as it is on the board."""
        return next(task for task in self.board()["tasks"] if task["id"] == task_id)

    def columns(self) -> dict[str, str]:
        """Return the ids of the columns by their names."""
        return {str(column["name"]): str(column["id"]) for column in self.board()["columns"]}

    def add(self, title: str, **members: object) -> dict[str, object]:
        """Create a task and return it."""
        response = self.send("POST", "/api/v1/tasks", {"title": title, **members})
        assert response.status_code == 201, response.text
        return response.json  # type: ignore[return-value]


def token_of(page: str) -> str:
    """Return the CSRF token that a page carries."""
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


def join(client: FlaskClient, name: str, invitation: str = "") -> Person:
    """Make an account, sign it in at a browser and return the person."""
    page = client.get("/sign-up", base_url="https://taskmanager.test")
    form = {"csrf_token": token_of(page.text), "name": name, "email": f"{name}@taskmanager.test"}
    form |= {"password": PASSWORD, "invitation": invitation}
    response = client.post("/sign-up", data=form, base_url="https://taskmanager.test")
    assert response.status_code == 303, response.text
    page = client.get("/board", base_url="https://taskmanager.test")
    assert page.status_code == 200
    return Person(client, page.text.split('name="csrf-token" content="')[1].split('"')[0])


SignUp = Callable[..., Person]


def environment_of(config: Config) -> dict[str, str]:
    """Return a configuration as the environment of a process."""
    return {
        "TASKMANAGER_PUBLIC_URL": config.public_url,
        "TASKMANAGER_DATABASE_DSN": config.database_dsn,
        "TASKMANAGER_REDIS_URL": config.redis_url,
        "TASKMANAGER_DATABASE_PASSWORD": "not-asked-for",
        "TASKMANAGER_REDIS_PASSWORD": "not-asked-for",
        "TASKMANAGER_SECRET_KEY": "k" * 32,
        "TASKMANAGER_RATE_LIMIT_USER": str(config.rate_limit_user),
        "TASKMANAGER_RATE_LIMIT_ADDRESS": str(config.rate_limit_address),
    }
