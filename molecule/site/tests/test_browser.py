"""People at two browsers: sign up, add a task, drag it, and see the other one's changes at once."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

URL = "https://taskmanager.localhost:8445"
SCREENS = Path(__file__).parents[3] / ".cache" / "test" / "screens"
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
# Another address in each run, so that a scenario that is kept can be verified again.
ANNA = f"anna-{time.time_ns()}@taskmanager.localhost"
PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that live as long as the scenario


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def anna(browser: Browser) -> Iterator[Page]:
    """Return the board of Anna, who has just signed up."""
    context = new_context(browser)
    page = context.new_page()
    page.goto(f"{URL}/sign-up")
    page.fill("input[name=name]", "Anna Lindqvist")
    page.fill("input[name=email]", ANNA)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{URL}/board")
    yield page
    context.close()


@pytest.fixture(scope="module")
def second(browser: Browser, anna: Page) -> Iterator[Page]:
    """Return the same board in another browser, where Anna signs in."""
    context = new_context(browser)
    page = context.new_page()
    page.goto(URL)
    expect(page).to_have_url(f"{URL}/sign-in")
    page.fill("input[name=email]", ANNA)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{URL}/board")
    yield page
    context.close()


def new_context(browser: Browser) -> BrowserContext:
    """Open a browser that knows nobody. The authority's certificate is checked elsewhere, with curl."""
    return browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})


def column(page: Page, name: str) -> Locator:
    """Return a column of the board by its name."""
    return page.locator(f'section.column[data-column-name="{name}"]')


def card(page: Page, title: str) -> Locator:
    """Return a card by its title."""
    return page.locator("article.card", has_text=title)


def add_task(page: Page, column_name: str, title: str) -> None:
    """Add a task at the foot of a column, as a person does, and close the field again."""
    column(page, column_name).locator(".add-task").last.click()
    field = column(page, column_name).locator("form.quick-add [name=title]")
    field.fill(title)
    field.press("Enter")
    expect(column(page, column_name).locator("article.card", has_text=title)).to_be_visible()
    field.press("Escape")


def drag(page: Page, title: str, column_name: str) -> None:
    """Drag a card with the mouse to another column."""
    start = card(page, title).bounding_box()
    end = column(page, column_name).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 24, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 90, steps=12)
    page.mouse.up()


def test_task_added_in_one_browser_appears_in_the_other(anna: Page, second: Page) -> None:
    add_task(anna, "Backlog", "Call the printer")
    expect(column(second, "Backlog").locator("article.card", has_text="Call the printer")).to_be_visible()


def test_task_dragged_in_one_browser_moves_in_the_other(anna: Page, second: Page) -> None:
    drag(anna, "Call the printer", "In progress")
    expect(column(anna, "In progress").locator("article.card", has_text="Call the printer")).to_be_visible()
    expect(column(second, "In progress").locator("article.card", has_text="Call the printer")).to_be_visible()
    expect(column(second, "Backlog").locator("article.card")).to_have_count(0)


def test_moved_task_is_where_it_was_dropped_after_a_reload(anna: Page) -> None:
    anna.reload()
    expect(column(anna, "In progress").locator("article.card", has_text="Call the printer")).to_be_visible()


def test_board_has_no_accessibility_violation(anna: Page) -> None:
    for title, name in (
        ("Write the backup guide", "Backlog"),
        ("Import boards from JSON", "Ready"),
        ("Two-factor sign-in", "Done"),
    ):
        add_task(anna, name, title)
    for scheme in ("light", "dark"):
        anna.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        report = Axe().run(anna)
        assert report.response["violations"] == [], report.generate_report()
        SCREENS.mkdir(parents=True, exist_ok=True)
        anna.screenshot(path=str(SCREENS / f"board-{scheme}.png"))
    anna.emulate_media(color_scheme="light", reduced_motion="no-preference")


def test_board_fits_a_phone(anna: Page) -> None:
    anna.set_viewport_size({"width": 390, "height": 844})
    assert anna.evaluate("document.documentElement.scrollWidth") <= 390
    anna.screenshot(path=str(SCREENS / "board-phone.png"))
    anna.set_viewport_size({"width": 1440, "height": 900})


def test_nothing_foreign_is_loaded_and_nothing_is_refused_by_the_policy(browser: Browser) -> None:
    context = new_context(browser)
    page = context.new_page()
    messages: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(URL) else None)
    page.goto(f"{URL}/sign-in", wait_until="networkidle")
    assert (messages, foreign) == ([], [])
    context.close()


def test_board_lives_on_through_a_restart_of_the_host(anna: Page, second: Page) -> None:
    subprocess.run(
        ["podman", "--runtime", "runc", "restart", "taskmanager-test-site-server1"], check=True, capture_output=True, timeout=120
    )
    subprocess.run(
        [
            "curl",
            "-sk",
            "--retry",
            "40",
            "--retry-delay",
            "1",
            "--retry-all-errors",
            "--fail",
            "-o",
            "/dev/null",
            f"{URL}/sign-in",
        ],
        check=True,
        timeout=120,
    )
    second.reload()
    expect(card(second, "Call the printer")).to_be_visible()
    anna.reload()
    add_task(anna, "Ready", "Added after the restart")
    expect(card(second, "Added after the restart")).to_be_visible()


def test_signed_out_browser_sees_the_sign_in_page(second: Page) -> None:
    second.get_by_role("button", name=re.compile("^Account of ")).click()
    second.get_by_role("button", name="Sign out").click()
    expect(second).to_have_url(re.compile(r"/sign-in"))
    second.goto(f"{URL}/board")
    expect(second).to_have_url(re.compile(r"/sign-in"))
