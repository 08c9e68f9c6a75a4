"""How people and days look on a page: initials, a hue, days told relative to today. static/ does the same for what changes."""

from collections.abc import Mapping
from datetime import date

from flask import Flask, request

from taskmanager import texts

HUES = 6
THEMES = ("light", "dark")
SOON_DAYS = 3


def install(app: Flask) -> None:
    """Give templates these filters, and the language and theme of who asks."""
    app.jinja_env.filters["initials"] = initials
    app.jinja_env.filters["hue"] = hue
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["browser"] = browser
    app.context_processor(of_request)


def of_request() -> dict[str, object]:
    """Return what every page needs to know of the browser that asks."""
    language = texts.language_of_request()
    theme = request.cookies.get("theme")
    return {"language": language, "t": texts.translator(language), "theme": theme if theme in THEMES else None}


def initials(name: str) -> str:
    """Return one or two letters that stand for a name."""
    words = name.split()
    letters = words[0][:2] if len(words) == 1 else "".join(word[0] for word in (*words[:1], *words[-1:]))
    return letters.upper()


def hue(identifier: object) -> int:
    """Return the number of the colour that goes with an id."""
    return int(str(identifier)[:8] or "0", 16) % HUES


def browser(agent: str, t: texts.Translate) -> str:
    """Return the name of a browser from what it calls itself; most call themselves each other, the rarer one last."""
    for mark, name in (
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ):
        if mark in agent:
            return name
    return t("Another browser")


def day(iso: str, done: bool, t: texts.Translate) -> Mapping[str, str]:
    """Return how a day reads today; the page's script says it again with the browser's own date and language."""
    then = date.fromisoformat(iso)
    away = (then - date.today()).days
    state = "" if done or away > SOON_DAYS else "late" if away < 0 else "soon"
    return {"text": relative(then, away, t), "state": state, "exact": then.strftime("%A, %-d %B %Y")}


def relative(then: date, away: int, t: texts.Translate) -> str:
    """Return a near day by its distance or weekday, a far one as a date."""
    if -100 < away < 0:
        return t("{n} d late", n=-away)
    if away in (0, 1):
        return t("Tomorrow") if away else t("Today")
    if 1 < away < 7:
        return then.strftime("%a")
    return then.strftime("%-d %b" if abs(away) < 180 else "%-d %b %Y")
