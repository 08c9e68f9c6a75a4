"""The board without a mouse: everything is reached, seen and done with keys."""

from playwright.sync_api import expect

from tests.browser.people import Person


def test_arrows_move_the_focus_between_cards_and_columns(anna: Person) -> None:
    for title, column in (("One", "Backlog"), ("Two", "Backlog"), ("Three", "In progress")):
        anna.add(title, column)
    anna.page.keyboard.press("ArrowDown")
    path = []
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowUp", "End", "Home"):
        path.append(anna.focused())
        anna.page.keyboard.press(key)
    # The empty column Ready is stepped over.
    assert [*path, anna.focused()] == ["One", "Two", "Three", "One", "One", "Two", "One"]


def test_focused_card_has_a_ring_of_two_pixels_two_pixels_away(anna: Person) -> None:
    anna.add("Look at me")
    anna.page.keyboard.press("ArrowDown")
    style = anna.card("Look at me").evaluate(
        "(card) => [getComputedStyle(card).outlineWidth, getComputedStyle(card).outlineOffset]"
    )
    assert style == ["2px", "2px"]


def test_every_stop_of_the_tab_key_shows_where_it_is(anna: Person) -> None:
    anna.add("A card")
    seen = set()
    for _ in range(24):
        anna.page.keyboard.press("Tab")
        stop, outline = anna.page.evaluate(
            """() => {
              const stop = document.activeElement;
              const ring = [stop, stop.closest(".card")].filter(Boolean).map((one) => getComputedStyle(one));
              return [stop.outerHTML.slice(0, 120), ring.some((one) => one.outlineStyle !== "none")];
            }"""
        )
        seen.add(stop)
        assert outline or stop.startswith("<body"), stop
    assert len(seen) >= 20


def test_space_lifts_arrows_carry_space_drops(anna: Person) -> None:
    for title in ("One", "Two", "Three"):
        anna.add(title)
    anna.page.keyboard.press("ArrowDown")
    with anna.page.expect_response("**/move") as moved:
        for key in ("Space", "ArrowDown", "Space"):
            anna.page.keyboard.press(key)
    assert moved.value.ok
    assert anna.titles("Backlog") == ["Two", "One", "Three"]
    assert anna.focused() == "One"
    with anna.page.expect_response("**/move") as moved:
        for key in ("Space", "ArrowRight", "ArrowRight", "Space"):
            anna.page.keyboard.press(key)
    assert moved.value.ok
    expect(anna.page.locator("#announcer")).to_have_text("Dropped in In progress")
    anna.page.reload()
    assert (anna.titles("Backlog"), anna.titles("In progress")) == (["Two", "Three"], ["One"])


def test_escape_puts_a_lifted_card_back(anna: Person) -> None:
    anna.add("One")
    anna.add("Two")
    anna.page.keyboard.press("ArrowDown")
    for key in ("Space", "ArrowRight", "Escape"):
        anna.page.keyboard.press(key)
    assert (anna.titles("Backlog"), anna.titles("Ready")) == (["One", "Two"], [])
    assert anna.focused() == "One"


def test_task_is_added_opened_finished_and_brought_back_by_keys(anna: Person) -> None:
    anna.page.keyboard.press("n")
    anna.page.keyboard.type("By keys alone")
    anna.page.keyboard.press("Enter")
    expect(anna.card("By keys alone")).to_be_visible()
    anna.page.keyboard.press("Escape")
    anna.card("By keys alone").locator(".card-title").focus()
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(".drawer .title")).to_have_value("By keys alone")
    anna.page.keyboard.press("Escape")
    assert anna.focused() == "By keys alone"
    anna.page.keyboard.press("x")
    expect(anna.column("Done").locator(".card")).to_have_count(1)
    anna.page.keyboard.press("x")
    expect(anna.column("Backlog").locator(".card")).to_have_count(1)


def test_menu_is_walked_with_arrows_and_gives_the_focus_back(anna: Person) -> None:
    menu = anna.page.get_by_role("button", name="Board menu")
    menu.focus()
    anna.page.keyboard.press("Enter")
    expect(anna.page.get_by_role("menuitem", name="All boards")).to_be_visible()
    anna.page.keyboard.press("k")
    expect(anna.page.get_by_role("menuitem", name="Keyboard shortcuts")).to_be_focused()
    anna.page.keyboard.press("Escape")
    expect(menu).to_be_focused()


def test_question_mark_lists_the_keys(anna: Person) -> None:
    anna.page.keyboard.press("?")
    expect(anna.page.get_by_role("dialog")).to_contain_text("lift the card; arrows carry it, Space drops it")
    anna.page.keyboard.press("Escape")
    expect(anna.page.get_by_role("dialog")).to_have_count(0)


def test_letters_are_letters_where_somebody_types(anna: Person) -> None:
    anna.page.keyboard.press("/")
    anna.page.keyboard.type("n?x")
    expect(anna.page.locator("#search")).to_have_value("n?x")
    expect(anna.page.locator(".quick-add, dialog[open]")).to_have_count(0)
