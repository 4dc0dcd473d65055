"""Reads the times people type for `--at`: a clock time, a date, or a wait from now. No bpy."""

import datetime as dt
import re

from ...presets.bad_request import BadRequest
from ...presets.messages import Message

_WAIT = re.compile(r"^\+?\s*(\d+(?:\.\d+)?)\s*(s|m|h|d)$", re.IGNORECASE)
#: unix seconds, in the year 2126
_LATEST = 4.93e9
_TOO_FAR = "'{text}' is too far away: give a time within a hundred years."
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse(text: str, now: float) -> float:
    """The moment `text` names, in unix seconds.

    `22:30` is the next half past ten at night on this machine's clock, `+90m` is ninety minutes
    from `now`, and anything else is an ISO date with or without a time and a UTC offset.

    Raises:
        BadRequest: the text is none of these, or names a moment that is past.
    """
    asked = text.strip()
    if wait := _WAIT.match(asked):
        at = now + float(wait[1]) * _SECONDS[wait[2].lower()]
        if at > _LATEST:
            raise BadRequest(Message(_TOO_FAR, text=text))
        return at
    here = dt.datetime.fromtimestamp(now).astimezone()
    try:
        clock = dt.time.fromisoformat(asked) if ":" in asked and "-" not in asked else None
        if clock is not None:
            moment = dt.datetime.combine(here.date(), clock.replace(tzinfo=None)).astimezone()
            if moment <= here:
                moment = dt.datetime.combine(
                    here.date() + dt.timedelta(days=1), clock.replace(tzinfo=None)
                ).astimezone()
        else:
            moment = dt.datetime.fromisoformat(asked).astimezone()
    except ValueError:
        words = "'{text}' is no time: give 22:30, 2030-01-31T08:00, or a wait such as +90m."
        raise BadRequest(Message(words, text=text)) from None
    if moment.timestamp() < now:
        words = "'{text}' is in the past ({moment:%Y-%m-%d %H:%M}): give a later time."
        raise BadRequest(Message(words, text=text, moment=moment))
    if moment.timestamp() > _LATEST:
        raise BadRequest(Message(_TOO_FAR, text=text))
    return moment.timestamp()
