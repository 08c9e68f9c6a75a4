"""The pages around a board: all boards, the people of a workspace, the account."""

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit
from tests.browser.people import PASSWORD, Person
from tests.browser.site import Site


def test_stranger_makes_an_account_and_sees_a_board(app: Site, browser: Browser) -> None:
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(app.url)
    page.get_by_role("link", name="Make an account").click()
    page.fill("[name=name]", "Newcomer")
    page.fill("[name=email]", "newcomer@taskmanager.localhost")
    page.fill("[name=password]", "short")
    page.click("main button[type=submit]")
    expect(page.locator("#password-error")).to_be_visible()
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator(".column")).to_have_count(5)
    page.get_by_role("button", name="Account of Newcomer").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{app.url}/sign-in")
    context.close()


def test_board_is_made_in_a_workspace_of_its_own(anna: Person) -> None:
    anna.page.goto(f"{anna.url}/boards")
    anna.page.fill("#workspace-name", "Garden club")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("h1")).to_have_text("Garden club")
    anna.page.goto(f"{anna.url}/boards")
    section = anna.page.get_by_role("region", name="Garden club")
    section.get_by_label("Name of the new board").fill("Spring")
    section.get_by_role("button", name="Make the board").click()
    expect(anna.page.locator("h1")).to_have_text("Spring")
    expect(anna.page.locator(".crumbs")).to_have_text(re.compile("Garden club"))


def test_exported_board_is_imported_as_another(anna: Person, tmp_path: Path) -> None:
    anna.add("Travels by file", due_on="2031-03-07")
    document = anna.ask("GET", f"/boards/{anna.board()['id']}/export")
    (tmp_path / "board.json").write_text(json.dumps(document))
    anna.page.goto(f"{anna.url}/boards")
    anna.page.locator("input[type=file]").set_input_files(tmp_path / "board.json")
    anna.page.wait_for_url(re.compile(r"/boards/[0-9a-f-]+$"))
    expect(anna.card("Travels by file").locator(".due")).to_have_text("7 Mar 2031")


def test_owner_invites_changes_a_role_and_removes(anna: Person, visit: Visit) -> None:
    other = visit("Bram de Vries")
    anna.page.goto(f"{anna.url}/workspaces/{anna.board()['workspace_id']}")
    anna.page.fill("#invite-email", "nobody-yet@taskmanager.localhost")
    anna.page.get_by_role("button", name="Invite").click()
    expect(anna.page.locator(".secret")).to_contain_text("/sign-up?invitation=")
    anna.page.get_by_role("link", name="Done").click()
    expect(anna.page.locator(".rows")).to_contain_text("nobody-yet@taskmanager.localhost invited")
    anna.page.fill("#invite-email", other.email)
    anna.page.get_by_role("button", name="Invite").click()
    expect(anna.page.locator(".rows")).to_contain_text("Bram de Vries")
    anna.page.get_by_label("Role of Bram de Vries").select_option("viewer")
    expect(anna.page.locator(".toasts")).to_contain_text("Saved")
    anna.page.get_by_role("button", name="Remove Bram de Vries").click()
    anna.page.get_by_role("button", name="Yes").click()
    expect(anna.page.locator(".rows")).not_to_contain_text("Bram de Vries")


def test_token_is_shown_once_and_revoked(anna: Person) -> None:
    anna.page.goto(f"{anna.url}/account")
    anna.page.fill("#token-name", "Backup script")
    anna.page.get_by_role("button", name="Make a token").click()
    expect(anna.page.locator(".secret")).to_have_text(re.compile("^tmk_"))
    anna.page.get_by_role("link", name="Done").click()
    expect(anna.page.locator(".secret")).to_have_count(0)
    anna.page.get_by_role("button", name="Revoke Backup script").click()
    anna.page.get_by_role("button", name="Yes").click()
    expect(anna.page.get_by_role("button", name="Revoke Backup script")).to_have_count(0)


def test_session_elsewhere_is_ended_from_here(anna: Person, visit: Visit) -> None:
    elsewhere = visit(email=anna.email)
    anna.page.goto(f"{anna.url}/account")
    anna.page.get_by_role("button", name="Sign out Chrome").click()
    expect(anna.page.get_by_role("button", name="Sign out Chrome")).to_have_count(0)
    elsewhere.page.goto(f"{anna.url}/board")
    expect(elsewhere.page).to_have_url(f"{anna.url}/sign-in")
