"""The catalogues of texts: every message of the sources is there, none is left over, and each keeps its values."""

import re
from pathlib import Path

import pytest
import taskmanager
from taskmanager import texts

PACKAGE = Path(taskmanager.__file__).parent
CALLS = {
    "static/*.js": re.compile(r"""\bt\(\s*"((?:[^"\\]|\\.)*)\""""),
    "templates/*.html": re.compile(r"""\bt\(\s*(?:"([^"]*)"|'([^']*)')"""),
    "mailer.py": re.compile(r"""\bt\(\s*"([^"]*)\""""),
    "looks.py": re.compile(r"""\bt\("([^"]*)\""""),
}
# Messages whose key is put together: t(`${priority} priority`), t(priority), t(color).
COMPOSED = {f"{priority} priority" for priority in ("high", "normal", "low", "none")} | {"high", "normal", "low"}
COMPOSED |= {"blue", "amber", "red", "violet", "teal", "gray"}
VALUE = re.compile(r"\{\w+\}")


def messages_of_the_sources() -> set[str]:
    found = set(COMPOSED)
    for pattern, call in CALLS.items():
        for path in PACKAGE.glob(pattern):
            found |= {"".join(match.groups("")) for match in call.finditer(path.read_text("utf-8"))}
    return found


def test_english_catalogue_holds_every_message_and_no_other() -> None:
    assert set(texts.catalogues()["en"]) == messages_of_the_sources()


@pytest.mark.parametrize("language", sorted(texts.catalogues()))
def test_translation_knows_the_messages_and_keeps_their_values(language: str) -> None:
    english = texts.catalogues()["en"]
    for text, message in texts.catalogues()[language].items():
        assert text in english
        for form in message.values() if isinstance(message, dict) else [message]:
            assert set(VALUE.findall(form)) <= set(VALUE.findall(text)), form


def test_number_chooses_the_form() -> None:
    t = texts.translator("en")
    assert [t("{n} tasks", n=n) for n in (0, 1, 2)] == ["0 tasks", "1 task", "2 tasks"]


def test_text_without_a_translation_stays_english() -> None:
    assert texts.translator("en")("No such message for {name}", name="Anna") == "No such message for Anna"
