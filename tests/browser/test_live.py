"""Two browsers at one board: changes arrive at once, and nothing is lost while the live service is away."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.people import Person
from tests.browser.site import Site


def test_change_of_somebody_else_arrives_and_glows_once(anna: Person, visit: Visit) -> None:
    other = visit(email=anna.email)
    task = anna.add("Shared")
    card = other.card("Shared")
    expect(card).to_be_visible()
    anna.ask("PATCH", f"/tasks/{task['id']}", {"title": "Shared, and renamed"})
    expect(card).to_have_text(re.compile("renamed"))
    expect(card).to_have_class(re.compile(r"\bglow\b"))
    expect(card).not_to_have_class(re.compile(r"\bglow\b"))


def test_field_somebody_types_in_is_left_alone(anna: Person, visit: Visit) -> None:
    task = anna.add("Both look at it")
    anna.card("Both look at it").click()
    title = anna.page.locator(".drawer .title")
    title.fill("Half typed")
    other = visit(email=anna.email)
    other.ask("PATCH", f"/tasks/{task['id']}", {"priority": "high"})
    expect(anna.page.get_by_role("button", name="Priority:")).to_contain_text("High")
    expect(title).to_have_value("Half typed")


def test_events_that_were_missed_are_made_up_for(anna: Person, app: Site) -> None:
    state = anna.page.locator(".live")
    app.stop_live()
    try:
        expect(state).to_have_attribute("data-state", "lost")
        anna.ask("POST", "/tasks", {"title": "During the break"})
    finally:
        app.start_live()
    expect(state).to_have_attribute("data-state", "live", timeout=20_000)
    expect(anna.card("During the break")).to_be_visible()
