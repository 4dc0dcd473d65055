"""Lengths, sizes and angles as people write them: '28cm', '11in', '2048x2048'. No bpy here."""

import math
import re

from .bad_request import BadRequest
from .messages import Message

METRES_PER_INCH = 0.0254
CM_PER_INCH = 2.54

_PER_INCH = {"": 1.0, "in": 1.0, "inch": 1.0, "inches": 1.0, '"': 1.0, "cm": 2.54, "mm": 25.4}
_LENGTH = re.compile(r"\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+))\s*([a-z\"]*)\s*\Z", re.IGNORECASE)
_SIZE = re.compile(r"\s*(\d{1,6})\s*[x×*]\s*(\d{1,6})\s*\Z", re.IGNORECASE)


def inches(asked: str | float, what: str = "length") -> float:
    """Return inches of '11', '11in', '11\\"', '28cm', '280mm' or a number; raises BadRequest."""
    match = _LENGTH.match(str(asked))
    unit = _PER_INCH.get(match[2].lower()) if match else None
    value = float(match[1].replace(",", ".")) / unit if match and unit else math.nan
    if not math.isfinite(value):
        words = "The {what} {asked!r} is no length; write 11in, 28cm or 280mm."
        raise BadRequest(Message(words, what=Message(what), asked=asked))
    return value


def pixels(asked: str) -> tuple[int, int]:
    """Return width and height of '2048x1536', or of '2048' for a square; raises BadRequest."""
    text = asked.strip()
    match = _SIZE.match(f"{text}x{text}" if text.isdigit() else text)
    if not match:
        words = "The size {asked!r} is not WIDTHxHEIGHT; write for example 2048x2048."
        raise BadRequest(Message(words, asked=asked))
    return int(match[1]), int(match[2])
