"""What can stand behind the shirt: nothing, a colour, or a picture. No bpy here."""

import re

from .bad_request import BadRequest
from .colours import hex_or_none
from .messages import Message
from .paths import typed

TRANSPARENT = "transparent"

_CANONICAL_HEX = re.compile(r"#[0-9A-F]{6}\Z")


def find_background(asked: str) -> str:
    """Return the background as a request names it: 'transparent', '#RRGGBB' or an absolute path.

    Accepts 'none' for transparent, hex and CSS colour names, and the path of a picture that is
    there. Raises BadRequest.
    """
    text = asked.strip()
    if text.lower() in (TRANSPARENT, "none"):
        return TRANSPARENT
    if colour := hex_or_none(text):
        return colour
    path = typed(text)
    if text and not text.startswith("#") and path.is_file():
        return str(path.absolute())
    raise BadRequest(
        Message(
            "Unknown background {asked!r}; give 'transparent', a color as #RRGGBB or by its CSS "
            "name, or the path of a picture.",
            asked=asked,
        )
    )


def is_colour(background: str) -> bool:
    """Return whether `background`, as a request names it, is a colour."""
    return bool(_CANONICAL_HEX.match(background))


def is_picture(background: str) -> bool:
    """Return whether `background`, as a request names it, is the path of a picture."""
    return background != TRANSPARENT and not is_colour(background)
