"""What hangs on a task and around a board: people, labels, steps, comments, files, columns, filters, and undoing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.people import Person


@pytest.fixture
def drawer(anna: Person) -> Locator:
    """Return the open drawer of a task on Anna's board, which has a label."""
    board = anna.board()
    anna.ask("POST", f"/boards/{board['id']}/labels", {"name": "ops", "color": "teal"})
    anna.add("Set up nightly restore test")
    anna.card("Set up nightly").click()
    return anna.page.locator(".drawer")


def test_people_and_labels_are_picked_and_shown_on_the_card(anna: Person, drawer: Locator) -> None:
    drawer.get_by_role("button", name="Assignees:").click()
    anna.page.get_by_role("menuitemcheckbox", name="Anna Lindqvist").click()
    anna.page.keyboard.press("Escape")
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Labels:").click()
    anna.page.get_by_role("menuitemcheckbox", name="ops").click()
    anna.page.keyboard.press("Escape")
    expect(anna.card("Set up nightly").locator(".label")).to_have_text("ops")
    expect(anna.card("Set up nightly").get_by_role("img", name="Anna Lindqvist")).to_be_visible()


def test_steps_are_added_in_a_row_ticked_and_counted(anna: Person, drawer: Locator) -> None:
    for title in ("Write a failing test", "Implement"):
        drawer.get_by_label("Add a step").fill(title)
        anna.page.keyboard.press("Enter")
        expect(drawer.get_by_role("checkbox", name=title)).to_be_visible()
        expect(drawer.get_by_label("Add a step")).to_be_focused()
    drawer.get_by_role("checkbox", name="Implement").check()
    expect(anna.card("Set up nightly").locator(".checks")).to_have_text("1/2")
    expect(drawer.locator("h3", has_text="Checklist")).to_contain_text("1/2")


def test_comment_mentions_a_member_and_is_told_of_in_the_activity(anna: Person, drawer: Locator) -> None:
    field = drawer.get_by_label("Write a comment…")
    field.press_sequentially("Shall we drill, @an")
    expect(anna.page.get_by_role("option", name="Anna Lindqvist")).to_be_visible()
    anna.page.keyboard.press("Enter")
    expect(field).to_have_value("Shall we drill, @Anna Lindqvist ")
    field.press_sequentially("on **Friday**?")
    anna.page.keyboard.press("Control+Enter")
    expect(drawer.locator(".talk strong", has_text="Friday")).to_be_visible()
    expect(anna.card("Set up nightly").locator(".said")).to_have_text("1")
    drawer.get_by_role("tab", name="Activity").click()
    expect(drawer.locator(".past li").first).to_contain_text("Anna Lindqvist commented")


def test_file_is_attached_and_one_that_is_too_large_is_refused_at_once(anna: Person, drawer: Locator, tmp_path: Path) -> None:
    small, large = tmp_path / "restore.log", tmp_path / "dump.sql"
    small.write_text("0 rows lost")
    large.write_bytes(b"x" * 10_485_761)
    drawer.locator("input[type=file]").set_input_files([small, large])
    expect(drawer.get_by_role("link", name="restore.log")).to_be_visible()
    expect(anna.page.locator(".toasts")).to_contain_text("dump.sql has 10.5 MB; at most 10.5 MB are taken.")
    path = drawer.get_by_role("link", name="restore.log").get_attribute("href")
    assert anna.page.evaluate("(path) => fetch(path).then((answer) => answer.text())", path) == "0 rows lost"


def test_deleted_and_archived_tasks_come_back_by_undo(anna: Person, drawer: Locator) -> None:
    drawer.get_by_role("button", name="More").click()
    anna.page.get_by_role("menuitem", name="Delete").click()
    expect(drawer).to_be_hidden()
    expect(anna.card("Set up nightly")).to_have_count(0)
    anna.page.get_by_role("button", name="Undo").click()
    anna.card("Set up nightly").locator(".card-title").focus()
    anna.page.keyboard.press("a")
    expect(anna.page.locator(".toasts")).to_contain_text("archived")
    expect(anna.card("Set up nightly")).to_have_count(0)
    anna.page.keyboard.press("z")
    expect(anna.card("Set up nightly")).to_be_visible()


def test_line_of_quick_add_names_label_and_person(anna: Person, drawer: Locator) -> None:
    anna.page.keyboard.press("Escape")
    anna.page.keyboard.press("n")
    anna.page.keyboard.type("Call the printer #ops @anna")
    anna.page.keyboard.press("Enter")
    card = anna.card("Call the printer")
    expect(card.locator(".card-title")).to_have_text("Call the printer")
    expect(card.locator(".label")).to_have_text("ops")
    expect(card.get_by_role("img", name="Anna Lindqvist")).to_be_visible()


def test_column_is_added_renamed_limited_and_deleted(anna: Person) -> None:
    anna.page.get_by_role("button", name="Board menu").click()
    anna.page.get_by_role("menuitem", name="Add a column").click()
    anna.page.keyboard.type("Waiting")
    anna.page.keyboard.press("Enter")
    expect(anna.column("Waiting")).to_be_visible()
    anna.column("Waiting").locator(".column-menu").click()
    anna.page.get_by_role("menuitem", name="Rename").click()
    anna.page.keyboard.type("On hold")
    anna.page.keyboard.press("Enter")
    expect(anna.column("On hold")).to_be_visible()
    anna.column("On hold").locator(".column-menu").click()
    anna.page.get_by_role("menuitem", name="Set a limit").click()
    anna.page.keyboard.type("3")
    anna.page.keyboard.press("Enter")
    expect(anna.column("On hold").locator(".count")).to_have_text("0/3")
    anna.add("Waits", "On hold")
    anna.column("On hold").locator(".column-menu").click()
    anna.page.get_by_role("menuitem", name="Delete the column").click()
    anna.page.get_by_role("menuitem", name="Ready").click()
    expect(anna.column("Ready").locator(".card")).to_have_text(re.compile("Waits"))
    expect(anna.column("On hold")).to_have_count(0)


def test_filter_is_saved_and_found_again(anna: Person) -> None:
    anna.add("Paint the fence")
    anna.add("Wash the car")
    anna.page.fill("#search", "fence")
    anna.page.get_by_role("button", name="Filter").click()
    anna.page.get_by_role("menuitem", name="Save this filter").click()
    anna.page.keyboard.type("Outside")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(".toasts")).to_contain_text("The filter is saved.")
    anna.page.goto(f"{anna.url}/board")
    anna.page.get_by_role("button", name="Filter").click()
    anna.page.get_by_role("menuitem", name="Outside").click()
    expect(anna.card("Wash the car")).to_be_hidden()
    expect(anna.page.locator("#search")).to_have_value("fence")


def test_search_goes_on_to_all_boards(anna: Person) -> None:
    workspace = anna.ask("GET", "/workspaces")["workspaces"][0]["id"]
    other = anna.ask("POST", "/boards", {"name": "Garden", "workspace_id": workspace})
    anna.ask("POST", "/tasks", {"title": "Plant the zebra grass", "column_id": other["columns"][0]["id"]})
    anna.add("Something else")
    anna.page.fill("#search", "zebra")
    anna.page.get_by_role("button", name="Search all boards").click()
    anna.page.get_by_role("link", name="Plant the zebra grass").click()
    expect(anna.page.locator("h1")).to_have_text("Garden")
    expect(anna.page.locator(".drawer .title")).to_have_value("Plant the zebra grass")


def test_viewer_sees_everything_and_is_offered_no_change(anna: Person, visit: Visit) -> None:
    viewer = visit("Vera Viewer")
    anna.add("Look, do not touch")
    board = anna.board()
    anna.ask("POST", f"/workspaces/{board['workspace_id']}/members", {"email": viewer.email, "role": "viewer"})
    viewer.page.goto(f"{viewer.url}/boards/{board['id']}")
    viewer.card("Look, do not touch").click()
    expect(viewer.page.get_by_role("button", name="Priority:")).to_be_disabled()
    expect(viewer.page.locator(".add-task, .column-menu, .say, .drawer input")).to_have_count(0)
    viewer.page.keyboard.press("Escape")
    viewer.drag("Look, do not touch", "Review")
    assert viewer.titles("Backlog") == ["Look, do not touch"]
