"""What holds for every page: no accessibility violation in light and dark, little to load, nothing foreign. Leaves pictures."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit
from tests.browser.people import Person
from tests.browser.site import Site

SCREENS = Path(__file__).parents[2] / ".cache" / "test" / "screens"
MOST_BYTES = 100_000
MOST_REQUESTS = 6
SAMPLE = {
    "Backlog": ["Board does not scroll on small phones", "Write the backup and restore guide", "Import boards from JSON"],
    "Ready": ["Draft the onboarding checklist for new members", "Search should find comments too"],
    "In progress": ["Set up nightly restore test", "Investigate slow board with 800 cards"],
    "Review": ["Bulk edit labels from the list view"],
    "Done": ["Two-factor sign-in", "Public read-only board link"],
}


def fill(person: Person) -> None:
    """Put tasks on the board, late, soon and far off."""
    for number, (column, title) in enumerate((column, title) for column, titles in SAMPLE.items() for title in titles):
        due = None if number % 3 == 2 else (date.today() + timedelta(days=number * 3 - 4)).isoformat()
        priority = "high" if number in (0, 5) else "none"
        person.ask("POST", "/tasks", {"title": title, "column_id": person.column_id(column), "due_on": due, "priority": priority})
    expect(person.page.locator(".card")).to_have_count(10)


def check(page: Page, name: str, scheme: str) -> None:
    """Let axe look at a page as it is, and keep a picture of it."""
    report = Axe().run(page)
    assert report.response["violations"] == [], report.generate_report()
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENS / f"{name}-{scheme}.png"))


def write(person: Person, line: str) -> None:
    """Begin to add a task."""
    person.column("Ready").locator(".add-task").click()
    person.page.keyboard.type(line)


def mention(person: Person) -> None:
    """Begin to mention somebody in a comment."""
    person.card("nightly").click()
    person.page.get_by_label("Write a comment…").press_sequentially("@an")
    expect(person.page.get_by_role("option")).to_have_count(1)


STATES: dict[str, Callable[[Person], object]] = {
    "board": lambda anna: anna.page.keyboard.press("ArrowDown"),
    "list": lambda anna: anna.page.get_by_role("link", name="List").click(),
    "calendar": lambda anna: anna.page.get_by_role("link", name="Calendar").click(),
    "task": lambda anna: anna.card("nightly").click(),
    "mention": lambda anna: mention(anna),
    "add": lambda anna: write(anna, "Call the printer tomorrow"),
    "empty": lambda anna: anna.page.fill("#search", "zebra"),
    "filter": lambda anna: anna.page.get_by_role("button", name="Filter").click(),
    "person": lambda anna: anna.page.get_by_role("button", name="Account of").click(),
    "keys": lambda anna: anna.page.keyboard.press("?"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_the_board_has_a_violation(visit: Visit, scheme: str) -> None:
    anna = visit()
    anna.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    fill(anna)
    for name, reach in STATES.items():
        anna.page.goto(f"{anna.url}/board")
        expect(anna.page.locator(".live")).to_have_attribute("data-state", "live")
        reach(anna)
        check(anna.page, name, scheme)
    assert anna.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_has_no_violation(visit: Visit, scheme: str) -> None:
    anna = visit(width=390, touch=True)
    anna.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    fill(anna)
    for name in ("board", "list", "calendar", "task"):
        anna.page.goto(f"{anna.url}/board")
        expect(anna.page.locator(".live")).to_have_attribute("data-state", "live")
        if name == "task":
            anna.card("Write the backup").click()
        elif name != "board":
            STATES[name](anna)
        check(anna.page, f"phone-{name}", scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_strangers_have_no_violation(app: Site, browser: Browser, scheme: str) -> None:
    context = browser.new_context(ignore_https_errors=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for path in ("sign-in", "sign-up", "forgot", "reset?token=old", "confirm?token=old", "no-such-page"):
        page.goto(f"{app.url}/{path}")
        check(page, path, scheme)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_around_the_board_have_no_violation(anna: Person, scheme: str) -> None:
    anna.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    anna.ask("POST", "/tokens", {"name": "Backup script", "scope": "read", "days": 7})
    for path, name in (("boards", "boards"), (f"workspaces/{anna.board()['workspace_id']}", "workspace"), ("account", "account")):
        anna.page.goto(f"{anna.url}/{path}")
        check(anna.page, name, scheme)
    assert anna.complaints == []


def test_board_of_fifty_tasks_is_light(anna: Person) -> None:
    for number in range(50):
        anna.ask("POST", "/tasks", {"title": f"A task of a usual length, number {number}", "due_on": "2031-03-07"})
    sizes: list[int] = []
    urls: list[str] = []
    network = anna.page.context.new_cdp_session(anna.page)
    network.on("Network.requestWillBeSent", lambda event: urls.append(event["request"]["url"]))
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    anna.page.reload(wait_until="networkidle")
    expect(anna.page.locator(".card")).to_have_count(50)
    assert sum(sizes) <= MOST_BYTES, sizes
    assert len(urls) <= MOST_REQUESTS, urls
    assert all(url.startswith((anna.url, anna.url.replace("https", "wss"))) for url in urls)


def test_reduced_motion_is_heeded(anna: Person) -> None:
    anna.page.emulate_media(reduced_motion="reduce")
    anna.add("Still")
    anna.card("Still").click()
    moving = "[...document.querySelectorAll('*')].filter((one) => one.getAnimations().length).length"
    assert anna.page.evaluate(moving) == 0
    assert anna.page.evaluate("getComputedStyle(document.querySelector('.columns')).scrollBehavior") == "auto"
