"""The panel in German and Spanish: `translations.json` has for each English text those two."""

import json
from pathlib import Path

import bpy

from ..presets.messages import translated

PACKAGE = __package__.rpartition(".")[0]
#: Our words' own context. Blender's come before ours elsewhere: there "Order" is a sequence.
CONTEXT = "T-Shirt"

#: Blender's names of the languages, in the order of the lists in the file. Spanish was "es_ES" too.
LANGUAGES = (("de_DE", "de"), ("es", "es_ES"))
#: Where Blender looks: buttons of operators have a context of their own.
_CONTEXTS = ("*", "Operator", CONTEXT)


def iface(text: str) -> str:
    """The text in the artist's language, if Blender translates its interface."""
    return bpy.app.translations.pgettext_iface(text, CONTEXT)


def in_words(said: str) -> str:
    """`iface` of a sentence that may have values in it."""
    return translated(said, iface)


def in_our_words(group: type) -> type:
    """Class decorator: names of the group's properties and of their choices are our words."""
    for declared in group.__annotations__.values():
        declared.keywords["translation_context"] = CONTEXT
    return group


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
