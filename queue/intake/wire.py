"""Turns sentences and facts into JSON and back, for the way out of the picture process.

Not by pickle: what comes from there may have been written by a hostile picture. No bpy here.
"""

from typing import Any

from ...presets.finding import Severity
from ...presets.image_info import ImageInfo, Remark
from ...presets.messages import Message


def to_plain(value: Any) -> Any:
    """Return `value` as what JSON has."""
    if isinstance(value, Message):
        return {"words": value.words, "values": {k: to_plain(v) for k, v in value.values.items()}}
    if isinstance(value, (ImageInfo, Remark)):
        return {name: to_plain(one) for name, one in vars(value).items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def sentence(plain: Any) -> Any:
    """Return the sentence, or the value in one, that `to_plain` was given."""
    if isinstance(plain, dict):
        return Message(plain["words"], **{k: sentence(v) for k, v in plain["values"].items()})
    return tuple(map(sentence, plain)) if isinstance(plain, list) else plain


def image_info(plain: dict[str, Any]) -> ImageInfo:
    """Return the facts that `to_plain` was given."""
    remarks = (
        Remark(
            severity=Severity(one["severity"]),
            code=one["code"],
            said=sentence(one["said"]),
            advice=sentence(one["advice"]),
        )
        for one in plain["remarks"]
    )
    facts: dict[str, Any] = plain | {"remarks": tuple(remarks)}
    return ImageInfo(**facts)
