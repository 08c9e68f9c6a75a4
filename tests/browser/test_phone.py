"""The board on a phone: one column per view, targets for fingers, a swipe scrolls and a hold drags."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Visit
from tests.browser.people import Person

WIDTH = 390
SMALL = """() => [...document.querySelectorAll("button, a, select, input, summary")].filter((one) => {
  const box = (one.closest("label") ?? one).getBoundingClientRect();
  const onScreen = box.width > 1 && box.height > 1 && box.right > 0 && box.left < innerWidth && one.checkVisibility();
  // The title fills the card, and the whole card is what a finger hits.
  return onScreen && !one.matches(".card-title, .skip, .text a") && (box.height < 43.5 || box.width < 43.5);
}).map((one) => `${one.outerHTML.slice(0, 90)} ${JSON.stringify(one.getBoundingClientRect())}`)"""


@pytest.fixture
def phone(visit: Visit) -> Person:
    """Return Anna on a phone."""
    return visit(width=WIDTH, touch=True)


@pytest.fixture
def finger(phone: Person) -> Iterator[CDPSession]:
    """Return what moves a finger on the phone's screen."""
    session = phone.page.context.new_cdp_session(phone.page)
    yield session
    session.detach()


def touch(finger: CDPSession, kind: str, x: float = 0, y: float = 0) -> None:
    """Put the finger down, move it or take it away."""
    points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
    finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def middle(phone: Person, title: str) -> tuple[float, float]:
    """Return the middle of a card."""
    box = phone.card(title).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_page_is_as_wide_as_the_phone_and_the_next_column_peeks_in(phone: Person) -> None:
    assert phone.page.evaluate("document.documentElement.scrollWidth") == WIDTH
    first, second = phone.column("Backlog").bounding_box(), phone.column("Ready").bounding_box()
    assert first
    assert second
    assert first["width"] == WIDTH - 48
    assert second["x"] < WIDTH


def test_names_above_lead_to_the_columns_and_show_which_is_in_view(phone: Person) -> None:
    link = phone.page.locator(".switch a", has_text="Review")
    link.click()
    expect(link).to_have_attribute("aria-current", "true")
    expect(phone.page.locator(".switch [aria-current]")).to_have_count(1)
    expect(phone.column("Review")).to_be_in_viewport(ratio=0.9)


def test_targets_are_as_large_as_a_finger(phone: Person) -> None:
    phone.add("A card", due_on="2031-03-07")
    assert phone.page.evaluate(SMALL) == []
    phone.card("A card").click()
    expect(phone.page.locator(".drawer")).to_be_visible()
    assert phone.page.evaluate("(" + SMALL.replace("document.", "document.querySelector('.drawer').", 1) + ")()") == []


def test_finger_that_holds_drags_the_card(phone: Person, finger: CDPSession) -> None:
    for title in ("One", "Two", "Three"):
        phone.add(title)
    x, y = middle(phone, "One")
    touch(finger, "touchStart", x, y)
    expect(phone.page.locator(".ghost")).to_be_visible()
    _, below = middle(phone, "Three")
    for step in (0.3, 0.6, 1.0):
        touch(finger, "touchMove", x, y + (below + 12 - y) * step)
    with phone.page.expect_response("**/move"):
        touch(finger, "touchEnd")
    assert phone.titles("Backlog") == ["Two", "Three", "One"]
    expect(phone.page.locator(".drawer")).to_be_hidden()


def test_finger_that_swipes_scrolls_and_moves_nothing(phone: Person, finger: CDPSession) -> None:
    for number in range(14):
        phone.ask("POST", "/tasks", {"title": f"Task {number}"})
    expect(phone.column("Backlog").locator(".card")).to_have_count(14)
    x, y = middle(phone, "Task 5")
    touch(finger, "touchStart", x, y)
    for step in range(1, 9):
        touch(finger, "touchMove", x, y - step * 25)
    touch(finger, "touchEnd")
    phone.page.wait_for_function("document.querySelector('.cards').scrollTop > 50")
    expect(phone.page.locator(".ghost")).to_have_count(0)
    assert phone.titles("Backlog")[:2] == ["Task 0", "Task 1"]


def test_search_opens_over_the_name_of_the_board(phone: Person) -> None:
    phone.add("Find me")
    phone.add("Hide me")
    phone.page.get_by_role("button", name="Search tasks").click()
    phone.page.keyboard.type("find")
    expect(phone.card("Hide me")).to_be_hidden()
    expect(phone.card("Find me")).to_be_visible()


def test_list_and_calendar_fit_the_phone(phone: Person) -> None:
    phone.add("A task with quite a long title that has to be broken on a narrow screen", due_on="2031-03-07")
    for view in ("List", "Calendar"):
        phone.page.get_by_role("link", name=view).click()
        assert phone.page.evaluate("document.documentElement.scrollWidth") == WIDTH
        assert phone.page.evaluate(SMALL) == []
