"""Sentences that remember what they were put together from, so that a panel can translate them.

No bpy here.
"""

from collections.abc import Callable, Iterable
from typing import Any


class Message(str):
    """An English sentence, with its `words` (as for `str.format`) and the `values` in them.

    A value that is a tuple stands for all in it, with commas between.
    """

    __slots__ = ("values", "words")

    words: str
    values: dict[str, Any]

    def __new__(cls, words: str, **values: Any) -> "Message":
        """Fill in the values."""
        made = super().__new__(cls, _filled(words, values, str))
        made.words, made.values = words, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Return what a copy is made of: the sentence itself may have braces from a file's name."""
        return (self.words,), self.values


class UserError(Exception):
    """The root of all that is told to the user in plain words: what is wrong, where, what to do.

    Doors catch this (and OSError) and report it; any other exception is a bug and shows as one. Its
    first argument is the sentence, a `Message` where a panel is to translate it.
    """


def sentences(several: Iterable[str], *, between: str = " ") -> Message:
    """Return several sentences as one text."""
    values = {f"s{number}": one for number, one in enumerate(several)}
    return Message(between.join(f"{{{name}}}" for name in values), **values)


def counted(number: int, noun: str) -> str:
    """Return "1 job", "2 jobs": for the command line, which speaks English."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def why(error: OSError) -> Message:
    """Return what the system says, a few words that can be translated if it is a usual thing."""
    return Message(str(error.strerror))


def translated(said: str, translate: Callable[[str], str]) -> str:
    """Return what `said` is when its words, and those of its values, are translated."""
    if not isinstance(said, Message):
        return translate(said)
    return _filled(translate(said.words), said.values, lambda one: translated(one, translate))


def said_by(error: Exception) -> str:
    """Return the sentence of `error`, which can be translated if it was raised so, or by the system."""
    said = error.args[0] if len(error.args) == 1 else None
    if isinstance(error, OSError) and error.filename is not None:
        words = "{file} can't be read or written: {why}."
        return Message(words, file=error.filename, why=why(error))
    return said if isinstance(said, Message) else str(error)


def _filled(words: str, values: dict[str, Any], word: Callable[[str], str]) -> str:
    def shown(value: Any) -> Any:
        if isinstance(value, tuple):
            return ", ".join(map(shown, value))
        return word(value) if isinstance(value, Message) else value

    return words.format(**{name: shown(value) for name, value in values.items()})
