"""The board at a desk: adding, dragging, undoing, editing, finding, and what happens when the server refuses."""

import json
import re
from datetime import date, timedelta

from playwright.sync_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.people import Person


def refuse(route: Route) -> None:
    """Answer like a server that refuses, in one sentence."""
    problem = {"type": "about:blank", "title": "Full", "status": 409, "detail": "Review is full: its limit is 2."}
    route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))


def test_quick_add_keeps_the_focus_for_the_next_task(anna: Person) -> None:
    anna.column("Ready").locator(".add-task").click()
    field = anna.column("Ready").locator(".quick-add [name=title]")
    for title in ("Order the paper", "Call the printer", "Fold the letters"):
        anna.page.keyboard.type(title)
        anna.page.keyboard.press("Enter")
        expect(anna.card(title)).to_be_visible()
        expect(field).to_be_focused()
    assert anna.titles("Ready") == ["Order the paper", "Call the printer", "Fold the letters"]
    anna.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(anna.column("Ready").locator(".add-task")).to_be_focused()


def test_change_goes_on_though_the_page_is_left_at_once(anna: Person) -> None:
    # What the browser is told: it ends other requests with their page.
    anna.page.evaluate(
        """() => {
            const reach = window.fetch;
            window.sent = [];
            window.fetch = (path, options) => {
                window.sent.push([options?.method ?? "GET", Boolean(options?.keepalive)]);
                return reach(path, options);
            };
        }"""
    )
    anna.column("Ready").locator(".add-task").click()
    anna.page.keyboard.type("Written on the way out")
    anna.page.keyboard.press("Enter")
    expect(anna.card("Written on the way out")).to_be_visible()
    sent = anna.page.evaluate("window.sent")
    assert ["POST", True] in sent
    assert ["POST", False] not in sent


def test_quick_add_reads_day_and_priority_from_the_line(anna: Person) -> None:
    anna.column("Backlog").locator(".add-first").click()
    anna.page.keyboard.type("Call the printer !high tomorrow")
    expect(anna.page.locator(".quick-add .marks")).to_have_text("TomorrowHigh")
    anna.page.keyboard.press("Enter")
    card = anna.card("Call the printer")
    expect(card.locator(".card-title")).to_have_text("Call the printer")
    expect(card.locator(".due")).to_have_text("Tomorrow")
    expect(card).to_have_class(re.compile(r"\bhigh\b"))
    task = anna.board()["tasks"][0]
    assert (task["due_on"], task["priority"]) == ((date.today() + timedelta(days=1)).isoformat(), "high")


def test_refused_line_comes_back_into_the_field(anna: Person) -> None:
    anna.page.route("**/api/v1/tasks", refuse)
    anna.column("Ready").locator(".add-task").click()
    anna.page.keyboard.type("One too many")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(".toasts")).to_contain_text("Review is full")
    expect(anna.page.locator(".quick-add [name=title]")).to_have_value("One too many")


def test_dragged_card_stays_after_a_reload_and_undo_brings_it_back(anna: Person) -> None:
    anna.add("First")
    anna.add("Second")
    anna.drag("First", "In progress")
    expect(anna.column("In progress").locator(".card")).to_have_text(re.compile("First"))
    expect(anna.column("In progress").locator(".count")).to_have_text("1/5")
    # The page shows the change before the server has it; a reload must not come in between.
    with anna.page.expect_response(re.compile("/move$")):
        anna.page.get_by_role("button", name="Undo").click()
        expect(anna.column("Backlog").locator(".card")).to_have_count(2)
    anna.page.reload()
    expect(anna.column("Backlog").locator(".card-title")).to_have_text(["First", "Second"])


def test_refused_move_goes_back_with_a_sentence(anna: Person) -> None:
    anna.add("Too much")
    anna.page.route("**/move", refuse)
    anna.drag("Too much", "Review")
    expect(anna.page.locator(".toasts")).to_contain_text("Review is full: its limit is 2.")
    expect(anna.column("Backlog").locator(".card")).to_have_count(1)
    expect(anna.column("Review").locator(".card")).to_have_count(0)


def test_lost_connection_takes_the_change_back_and_says_so(anna: Person) -> None:
    anna.add("Offline")
    anna.page.route("**/move", lambda route: route.abort())
    anna.drag("Offline", "Ready")
    expect(anna.page.locator(".toasts")).to_contain_text("cannot be reached")
    expect(anna.column("Backlog").locator(".card")).to_have_count(1)


def test_column_over_its_limit_turns_its_number_red(anna: Person) -> None:
    for number in range(6):
        anna.add(f"Task {number}", "In progress")
    expect(anna.column("In progress")).to_have_class(re.compile(r"\bover\b"))
    expect(anna.column("In progress").locator(".count")).to_have_text("6/5")


def test_days_are_relative_near_by_and_exact_for_who_asks(anna: Person) -> None:
    today = date.today()
    anna.add("Late", due_on=(today - timedelta(days=2)).isoformat())
    anna.add("Far", due_on="2031-03-07")
    late = anna.card("Late").locator(".due")
    expect(late).to_have_text("2 d late")
    expect(late).to_have_attribute("data-state", "late")
    expect(anna.card("Far").locator(".due")).to_have_text("7 Mar 2031")
    expect(anna.card("Far").locator(".due")).to_have_attribute("title", re.compile("Due Friday,? 7 March 2031"))


def test_task_opens_beside_the_board_with_its_own_address(anna: Person) -> None:
    task = anna.add("Set up nightly restore test", "In progress")
    anna.card("Set up nightly").click()
    expect(anna.page).to_have_url(f"{anna.url}/tasks/{task['id']}")
    expect(anna.page.locator(".drawer .title")).to_have_value("Set up nightly restore test")
    anna.page.go_back()
    expect(anna.page.locator(".drawer")).to_be_hidden()
    anna.page.go_forward()
    expect(anna.page.locator(".drawer")).to_be_visible()
    anna.page.reload()
    expect(anna.page.locator(".drawer .title")).to_have_value("Set up nightly restore test")
    anna.page.keyboard.press("Escape")
    expect(anna.page.locator(".drawer")).to_be_hidden()
    expect(anna.card("Set up nightly").locator(".card-title")).to_be_focused()


def test_every_field_of_the_drawer_is_edited_in_place(anna: Person) -> None:
    task = anna.add("Old title")
    anna.card("Old title").click()
    drawer = anna.page.locator(".drawer")
    drawer.locator(".title").fill("New title")
    anna.page.keyboard.press("Enter")
    expect(drawer.locator(".saved")).to_have_text("Saved")
    drawer.get_by_role("button", name="Due:").click()
    anna.page.get_by_label("Day").fill("2031-03-07")
    anna.page.get_by_role("button", name="Set the day").click()
    expect(drawer.get_by_role("button", name="Due:")).to_contain_text("Fri, 7 Mar 2031")
    drawer.get_by_role("button", name="Priority:").click()
    anna.page.get_by_role("menuitemcheckbox", name="High").click()
    drawer.locator(".text").click()
    drawer.get_by_label("Description").fill("Two rows, then *count* them.")
    anna.page.keyboard.press("Control+Enter")
    expect(drawer.locator(".text")).to_contain_text("Two rows")
    drawer.get_by_role("button", name="Column:").click()
    anna.page.get_by_role("menuitemcheckbox", name="Review").click()
    expect(anna.column("Review").locator(".card")).to_have_text(re.compile("New title"))
    kept = anna.ask("GET", f"/tasks/{task['id']}")
    assert kept["title"] == "New title"
    assert (kept["due_on"], kept["priority"], kept["description"]) == ("2031-03-07", "high", "Two rows, then *count* them.")


def test_change_on_top_of_somebody_elses_is_refused_and_shows_theirs(anna: Person) -> None:
    task = anna.add("Contested")
    anna.card("Contested").click()
    # A version that the server does not have stands for one that somebody else's change has made old.
    stale = {"if-match": '"99"'}
    anna.page.route(f"**/tasks/{task['id']}", lambda route: route.fallback(headers=route.request.headers | stale))
    anna.page.locator(".drawer .title").fill("Mine")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(".toasts")).to_contain_text("Somebody else changed this task meanwhile")
    expect(anna.page.locator(".drawer .title")).to_have_value("Contested")
    expect(anna.page.locator(".drawer .saved")).to_have_text("Not saved")


def test_search_that_finds_nothing_names_itself_and_offers_a_way_out(anna: Person) -> None:
    anna.add("Paint the fence")
    anna.add("Wash the car")
    anna.page.keyboard.press("/")
    expect(anna.page.locator("#search")).to_be_focused()
    anna.page.keyboard.type("fence")
    expect(anna.card("Wash the car")).to_be_hidden()
    expect(anna.page.locator(".found")).to_have_text("1 task found")
    anna.page.keyboard.type(" zebra")
    expect(anna.page.locator(".nothing")).to_contain_text("No task here matches “fence zebra”")
    expect(anna.page).to_have_url(re.compile(r"\?q=fence\+zebra$"))
    anna.page.get_by_role("button", name="Clear the filter").click()
    expect(anna.card("Wash the car")).to_be_visible()
    expect(anna.page.locator("#search")).to_have_value("")


def test_filter_and_view_are_in_the_address_that_is_passed_on(anna: Person) -> None:
    anna.add("Urgent", priority="high")
    anna.add("Some day")
    anna.page.get_by_role("button", name="Filter").click()
    anna.page.get_by_role("menuitemcheckbox", name="High priority").click()
    anna.page.keyboard.press("Escape")
    anna.page.get_by_role("link", name="List").click()
    expect(anna.page).to_have_url(re.compile(r"/board\?high=1&view=list$"))
    anna.page.goto(anna.page.url)
    expect(anna.page.locator(".list tbody tr")).to_have_count(1)
    anna.page.get_by_role("button", name="Remove the filter High priority").click()
    expect(anna.page.locator(".list tbody tr")).to_have_count(2)


def test_theme_that_was_chosen_is_there_at_the_first_byte(anna: Person) -> None:
    anna.page.emulate_media(color_scheme="light")
    anna.page.get_by_role("button", name="Account of Anna").click()
    anna.page.get_by_label("Dark").check()
    background = "getComputedStyle(document.body).backgroundColor"
    assert anna.page.evaluate(background) == "rgb(16, 20, 24)"
    assert 'data-theme="dark"' in str(anna.page.evaluate("fetch('/board').then((answer) => answer.text())"))
    anna.page.reload()
    assert anna.page.evaluate(background) == "rgb(16, 20, 24)"
    assert anna.complaints == []


def test_viewer_of_the_page_source_finds_no_inline_code(anna: Person, visit: Visit) -> None:
    anna.add("</script><b>markup</b>")
    expect(anna.card("</script><b>markup</b>")).to_be_visible()
    anna.page.reload()
    expect(anna.card("</script><b>markup</b>")).to_be_visible()
    assert anna.page.locator("[style], [onclick], style, script:not([src], [type='application/json'])").count() == 0
    assert anna.complaints == []
