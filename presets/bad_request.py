"""The refusal of a request, and how a wrong name is answered with the right ones. No bpy here."""

import difflib
from collections.abc import Iterable

from .messages import Message, UserError, sentences


class BadRequest(UserError, ValueError):
    """The request can't be rendered as asked; the message is one clear sentence for the asker."""


def unknown(
    what: str, asked: str, names: Iterable[str], *, near: Iterable[str] = (), also: str = ""
) -> BadRequest:
    """Return the refusal of `asked`, naming the valid `names` and the nearest one first.

    The nearest is looked for in `near` where that is given; `also` is a closing sentence.
    """
    valid = tuple(names)
    said = [Message("Unknown {what} {asked!r}.", what=Message(what), asked=asked)]
    if close := difflib.get_close_matches(asked.lower(), list(near) or valid, n=1):
        said.append(Message("Did you mean {name!r}?", name=close[0]))
    said.append(Message("Valid: {names}.", names=valid))
    return BadRequest(sentences([*said, also] if also else said))
