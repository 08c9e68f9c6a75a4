"""What the pages say, in every language there is a catalogue for: one JSON file each, the English text as key.

A message is a text, or its plural forms by CLDR category ("one", "other"), chosen by the value `n`.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from flask import request

Message = str | dict[str, str]
Translate = Callable[..., str]
DEFAULT = "en"


@cache
def catalogues() -> Mapping[str, Mapping[str, Message]]:
    """Return every catalogue by its language."""
    folder = files(__package__)
    found = {path.name.removesuffix(".json"): path for path in folder.iterdir() if path.name.endswith(".json")}
    return {language: json.loads(path.read_text("utf-8")) for language, path in sorted(found.items())}


def language_of_request() -> str:
    """Return the language that the browser likes best among those we have."""
    return request.accept_languages.best_match(list(catalogues())) or DEFAULT


def translator(language: str) -> Translate:
    """Return the function that templates call: the text in this language with its values put in."""
    messages = catalogues()[language]

    def translate(text: str, **values: object) -> str:
        message = messages.get(text, text)
        if isinstance(message, dict):
            message = message["one" if values.get("n") == 1 else "other"]
        return message.format(**values) if values else message

    return translate


@cache
def differing(language: str) -> dict[str, Message]:
    """Return the messages that are not their own key: all that a script has to be told."""
    return {text: message for text, message in catalogues()[language].items() if message != text}
