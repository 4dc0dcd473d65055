"""Values that can be stored and read again: whole characters, and no nesting without end.

Half of a character is what is left of an emoji that was cut in two; nothing can write it as UTF-8.
"""

import json
from typing import Any

from .bad_request import BadRequest
from .messages import Message

#: lists and objects inside each other
DEEPEST = 50


def refuse_unstorable(value: Any) -> None:
    """Raise BadRequest for a value that JSON, a database or a file can't hold."""
    fault = fault_or_none(value)
    if fault is not None:
        raise BadRequest(fault)


def fault_or_none(value: Any) -> Message | None:
    """What is wrong with a value that is to be stored as JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError as error:
        around = error.object[max(0, error.start - 20) : error.start]
        return Message(
            "Text must consist of whole characters; after {around!r} stands half of one, as is left"
            " of an emoji that was cut in two.",
            around=around.encode(errors="replace").decode(),
        )
    except RecursionError:
        return _too_deep()
    except (TypeError, ValueError) as error:
        return Message(
            "The request's metadata can't be written as JSON: {error}.", error=str(error)
        )
    # Counting costs next to nothing, looking how deep they are does not.
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(value, DEEPEST):
        return _too_deep()
    return None


def is_sound(value: Any, text: str) -> bool:
    """Whether a value that was read from that JSON can be written again."""
    deep = text.count("[") + text.count("{") > DEEPEST
    return not (deep or "\\u" in text) or fault_or_none(value) is None


def _too_deep() -> Message:
    return Message("Lists and objects may lie at most {most} deep in each other.", most=DEEPEST)


def _is_deeper(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list | tuple):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_is_deeper(one, left - 1) for one in inside)
