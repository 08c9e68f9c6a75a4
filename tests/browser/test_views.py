"""List and calendar: the same tasks by rows and by days."""

from datetime import date, timedelta

from playwright.sync_api import expect

from tests.browser.people import Person


def day(offset: int) -> date:
    """Return a day of this month, so that the calendar shows it at once: the 10th and those after it."""
    return date.today().replace(day=10) + timedelta(days=offset)


def test_list_is_sorted_by_its_headings(anna: Person) -> None:
    for title, due, priority in (("Beta", "2031-01-01", "low"), ("Alpha", None, "high"), ("Gamma", "2030-01-01", "none")):
        anna.add(title, due_on=due, priority=priority)
    anna.page.get_by_role("link", name="List").click()
    names = anna.page.locator(".list .name button[data-open-task]")
    expected = {"Task": ["Alpha", "Beta", "Gamma"], "Due": ["Gamma", "Beta", "Alpha"], "Priority": ["Alpha", "Beta", "Gamma"]}
    for heading, order in expected.items():
        anna.page.get_by_role("columnheader", name=heading).get_by_role("button").click()
        assert names.all_text_contents() == order
    expect(anna.page.get_by_role("columnheader", name="Priority")).to_have_attribute("aria-sort", "ascending")


def test_many_tasks_are_changed_at_once(anna: Person) -> None:
    for number in range(3):
        anna.add(f"Task {number}")
    anna.page.get_by_role("link", name="List").click()
    anna.page.get_by_label("Choose Task 0").check()
    anna.page.get_by_label("Choose Task 2").check()
    expect(anna.page.get_by_role("toolbar")).to_contain_text("2 chosen")
    anna.page.get_by_role("toolbar").get_by_role("button", name="Priority").click()
    anna.page.get_by_role("menuitem", name="High").click()
    expect(anna.page.locator(".toasts")).to_contain_text("2 tasks changed")
    expect(anna.page.locator(".list tr.high")).to_have_count(2)
    expect(anna.page.get_by_role("toolbar")).to_be_hidden()
    assert sorted(task["title"] for task in anna.board()["tasks"] if task["priority"] == "high") == ["Task 0", "Task 2"]


def test_row_opens_its_task_and_gets_the_focus_back(anna: Person) -> None:
    anna.add("From the list")
    anna.page.get_by_role("link", name="List").click()
    anna.page.get_by_role("button", name="From the list").click()
    expect(anna.page.locator(".drawer .title")).to_have_value("From the list")
    anna.page.keyboard.press("Escape")
    assert anna.focused() == "From the list"
    expect(anna.page).to_have_url(f"{anna.url}/board?view=list")


def test_calendar_shows_due_days_and_takes_a_task_to_another(anna: Person) -> None:
    task = anna.add("Move me", due_on=day(0).isoformat())
    anna.add("No day yet")
    anna.page.get_by_role("link", name="Calendar").click()
    event = anna.page.locator(f'td[data-day="{day(0)}"] .event')
    expect(event).to_have_text("Move me")
    expect(anna.page.get_by_role("button", name="1 without a date")).to_be_visible()
    start, end = event.bounding_box(), anna.page.locator(f'td[data-day="{day(2)}"]').bounding_box()
    assert start
    assert end
    anna.page.mouse.move(start["x"] + 30, start["y"] + 10)
    anna.page.mouse.down()
    anna.page.mouse.move(end["x"] + 40, end["y"] + 50, steps=6)
    with anna.page.expect_response(f"**/tasks/{task['id']}"):
        anna.page.mouse.up()
    expect(anna.page.locator(f'td[data-day="{day(2)}"] .event')).to_have_text("Move me")
    assert anna.ask("GET", f"/tasks/{task['id']}")["due_on"] == day(2).isoformat()


def test_task_is_added_on_a_day(anna: Person) -> None:
    anna.page.get_by_role("link", name="Calendar").click()
    cell = anna.page.locator(f'td[data-day="{day(1)}"]')
    cell.hover()
    cell.locator(".tool").click()
    anna.page.keyboard.type("Pay the rent")
    anna.page.keyboard.press("Enter")
    anna.page.keyboard.press("Escape")
    expect(cell.locator(".event")).to_have_text("Pay the rent")
    assert anna.board()["tasks"][0]["due_on"] == day(1).isoformat()


def test_months_turn(anna: Person) -> None:
    anna.page.get_by_role("link", name="Calendar").click()
    heading = anna.page.locator(".calendar h2")
    now = heading.text_content()
    anna.page.get_by_role("button", name="Month after").click()
    expect(heading).not_to_have_text(str(now))
    anna.page.get_by_role("button", name="Today").click()
    expect(heading).to_have_text(str(now))
