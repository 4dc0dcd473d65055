"""Reads JSON into dataclasses and refuses what doesn't fit with a sentence. No bpy here."""

import math
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from .bad_request import BadRequest, unknown

T = TypeVar("T")

_TYPES: dict[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    float | None: ((int, float, NoneType), "a number or null"),
    bool: ((bool,), "true or false"),
    dict: ((dict,), "an object"),
}


def read(cls: type[T], data: Any, where: str) -> T:
    """Return the dataclass `cls` from the JSON object `data`, called `where` in messages.

    Its fields may be text, numbers, booleans, objects, and tuples of these or of further such
    dataclasses. Raises BadRequest for an unknown or missing field or another type.
    """
    if not isinstance(data, dict):
        raise BadRequest(f"The {where} is not a JSON object.")
    hints = _hints(cls)
    for name in data:
        if name not in hints:
            raise unknown(f"field of the {where}", str(name), hints)
    for needed in fields(cls):  # pyright: ignore[reportArgumentType]
        has_default = needed.default is not MISSING or needed.default_factory is not MISSING
        if needed.name not in data and not has_default:
            raise BadRequest(f"The {where} has no {needed.name!r}.")
    return cls(**{name: _value(hints[name], data[name], f"{where}'s {name}") for name in data})


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, (list, tuple)):
            raise BadRequest(f"The {where} is not a list.")
        item = get_args(hint)[0]
        return tuple(_value(item, one, f"{where}, number {n},") for n, one in enumerate(value, 1))
    if is_dataclass(hint):
        return read(hint, value, where)  # pyright: ignore[reportArgumentType]
    types, wanted = _TYPES[hint]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise BadRequest(f"The {where} is {value!r}, not {wanted}.")
    if float not in types or value is None:
        return value
    if not math.isfinite(value):
        raise BadRequest(f"The {where} is {value!r}, not a finite number.")
    return float(value)
