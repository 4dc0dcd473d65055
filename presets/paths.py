"""Paths as people type them. No bpy here."""

import os
from pathlib import Path

from .bad_request import BadRequest
from .messages import Message


def typed(path: str | os.PathLike[str]) -> Path:
    """Return `path` with `~` as the user's home; raises BadRequest for what can't be stored.

    `~name` of nobody stays what it is: a name that starts so.
    """
    text = os.path.expanduser(path)
    if "\0" in text:
        words = "The path {path!r} holds a NUL character, which no file can have."
        raise BadRequest(Message(words, path=text))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        words = "The path {path!r} holds bytes that are no UTF-8; rename it."
        raise BadRequest(Message(words, path=text)) from error
    return Path(text)
