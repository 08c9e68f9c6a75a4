"""Somebody at a browser: what people do with a board, in their words."""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from playwright.sync_api import BrowserContext, Locator, Page, expect
from taskmanager.accounts import create_account

from tests.browser.site import Site

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that live as long as a test
ASK = """async ([method, path, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = {"X-CSRF-Token": token, "Content-Type": "application/json"};
  const answer = await fetch("/api/v1" + path, {method, headers, body: body === null ? undefined : JSON.stringify(body)});
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}"""


@dataclass
class Person:
    """Somebody signed in, looking at a board."""

    page: Page
    url: str
    name: str
    email: str
    complaints: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Ask the API with this person's session."""
        return self.page.evaluate(ASK, [method, path, body])

    def board(self) -> dict[str, Any]:
        """Return the board as the API answers it."""
        board: dict[str, Any] = self.ask("GET", "/board")
        return board

    def column_id(self, name: str) -> str:
        """Return the id of a column."""
        return str(next(column["id"] for column in self.board()["columns"] if column["name"] == name))

    def add(self, title: str, column: str = "Backlog", **members: object) -> dict[str, Any]:
        """Create a task by the API and wait until it is on the page."""
        task: dict[str, Any] = self.ask("POST", "/tasks", {"title": title, "column_id": self.column_id(column), **members})
        expect(self.page.locator(f'.card[data-task-id="{task["id"]}"]')).to_have_count(1)
        return task

    def column(self, name: str) -> Locator:
        """Return a column by its name."""
        return self.page.locator(f'section.column[data-column-name="{name}"]')

    def titles(self, column: str) -> list[str]:
        """Return the titles of the cards in a column, as they stand."""
        return self.column(column).locator(".card:not(.filtered) .card-title").all_text_contents()

    def card(self, title: str) -> Locator:
        """Return a card by its title."""
        return self.page.locator("article.card", has_text=title)

    def focused(self) -> str:
        """Return the text of what has the focus."""
        return str(self.page.evaluate("document.activeElement.textContent.trim()"))

    def drag(self, title: str, column: str) -> None:
        """Drag a card with the mouse to the end of a column."""
        start, end = self.card(title).bounding_box(), self.column(column).bounding_box()
        assert start
        assert end
        mouse = self.page.mouse
        mouse.move(start["x"] + 60, start["y"] + 12)
        mouse.down()
        mouse.move(start["x"] + 80, start["y"] + 24, steps=3)
        mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] - 120, steps=8)
        mouse.up()


def sign_in(site: Site, context: BrowserContext, *, name: str, email: str) -> Person:
    """Make an account unless it is there, and sign in through the form."""
    with psycopg.connect(site.dsn, autocommit=True) as conn:
        create_account(conn, email=email, name=name, password=PASSWORD)
    page = context.new_page()
    person = Person(page, site.url, name, email)
    page.on("pageerror", lambda error: person.complaints.append(str(error)))
    page.on("console", lambda message: person.complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{site.url}/board")
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    return person
