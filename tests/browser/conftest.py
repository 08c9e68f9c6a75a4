"""Fixtures: the app once for all stories, a browser, and people who are signed in with a board of their own."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.people import Person, sign_in
from tests.browser.site import Site, site

CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
Visit = Callable[..., Person]


@pytest.fixture(scope="session")
def app() -> Iterator[Site]:
    """Return the running app."""
    with tempfile.TemporaryDirectory(prefix="taskmanager-browser-") as name:
        # The account postgres must be able to enter it too.
        Path(name).chmod(0o755)
        with site(Path(name)) as running_site:
            yield running_site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Return numbers that tell people apart."""
    return itertools.count(1)


@pytest.fixture
def visit(app: Site, browser: Browser, numbers: Iterator[int]) -> Iterator[Visit]:
    """Return a function that opens a browser for somebody new, or for somebody known by e-mail address, signed in."""
    contexts = []

    def open_browser(name: str = "Anna Lindqvist", email: str = "", width: int = 1440, touch: bool = False) -> Person:
        height = 844 if width < 700 else 900
        context = browser.new_context(
            ignore_https_errors=True, viewport={"width": width, "height": height}, has_touch=touch, locale="en-GB"
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return sign_in(app, context, name=name, email=email or f"person{next(numbers)}@taskmanager.localhost")

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def anna(visit: Visit) -> Person:
    """Return Anna at a desk, signed in."""
    return visit()
