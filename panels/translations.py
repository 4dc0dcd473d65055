"""The panel in German and Spanish: `translations.json` has for each English text those two."""

import json
from pathlib import Path

import bpy

from .preferences import PACKAGE

#: Blender's names of the languages, in the order of the lists in the file. Spanish was "es_ES" too.
LANGUAGES = (("de_DE", "de"), ("es", "es_ES"))
#: Where Blender looks: buttons of operators have a context of their own.
_CONTEXTS = ("*", "Operator")


def _read() -> dict[str, dict[tuple[str, str], str]]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    words: dict[str, dict[tuple[str, str], str]] = {}
    for english, others in json.loads(text).items():
        for names, word in zip(LANGUAGES, others, strict=True):
            for name in names:
                for context in _CONTEXTS:
                    words.setdefault(name, {})[context, english] = word
    return words


def register() -> None:
    """Add the words to Blender's own."""
    bpy.app.translations.register(PACKAGE, _read())


def unregister() -> None:
    """Take them away."""
    bpy.app.translations.unregister(PACKAGE)
