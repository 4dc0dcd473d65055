"""The refusal of a request, and how a wrong name is answered with the right ones. No bpy here."""

import difflib
from collections.abc import Iterable


class BadRequest(ValueError):
    """The request can't be rendered as asked; the message is one clear sentence for the asker."""


def unknown(
    what: str, asked: str, names: Iterable[str], *, near: Iterable[str] = (), also: str = ""
) -> BadRequest:
    """Return the refusal of `asked`, naming the valid `names` and the nearest one first.

    The nearest is looked for in `near` where that is given; `also` is a closing sentence.
    """
    valid = list(names)
    close = difflib.get_close_matches(asked.lower(), list(near) or valid, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    ending = f" {also}" if also else ""
    return BadRequest(f"Unknown {what} {asked!r}.{hint} Valid: {', '.join(valid)}.{ending}")
