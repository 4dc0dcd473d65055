"""Packs the planes of a light into bytes and back: small, and checked when read. No bpy here.

Nothing of it is ever run: a header in JSON, then each plane's numbers, packed by zlib.
"""

import hashlib
import json
import math
import zlib

import numpy as np

from .light_set import Planes

#: starts every file; the number is the layout's
MAGIC = b"tshirt light 1\n"

#: zlib's; 6 takes three times as long for a tenth less
LEVEL = 2

#: planes of places on cloth: neighbours differ by a nearly constant step, so that second
#: differences are small
PLACES = ("u", "v")

KINDS = ("uint8", "uint16", "int32", "float16")

#: bytes of a plane that are believed: 16,384 px of side in four camera samples' zones
MOST = 1 << 32


class Damaged(Exception):
    """The bytes aren't a light, or not as they were written."""


def pack(planes: Planes) -> bytes:
    """Return `planes` as bytes."""
    head, packed = [], []
    for name, plane in planes.items():
        if plane.dtype.name not in KINDS:
            raise TypeError(f"{name} is {plane.dtype.name}; a light keeps {', '.join(KINDS)}")
        data = zlib.compress(_apart(_differences(plane) if name in PLACES else plane), LEVEL)
        head.append([name, plane.dtype.name, list(plane.shape), len(data)])
        packed.append(data)
    start = json.dumps(head, separators=(",", ":")).encode()
    body = b"".join([len(start).to_bytes(4, "little"), start, *packed])
    return MAGIC + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> dict[str, np.ndarray]:
    """Return the planes in `data`; raises Damaged."""
    start = len(MAGIC) + 32
    if not data.startswith(MAGIC) or len(data) < start + 4:
        raise Damaged("it is no light of this version")
    body = memoryview(data)[start:]
    if hashlib.sha256(body).digest() != data[len(MAGIC) : start]:
        raise Damaged("its check sum is another")
    length = int.from_bytes(body[:4], "little")
    at = 4 + length
    planes = {}
    try:
        for name, kind, shape, size in json.loads(bytes(body[4:at])):
            planes[name] = _plane(name, kind, shape, body[at : at + size])
            at += size
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise Damaged(f"it can't be read: {error}") from error
    return planes


def _plane(name: str, kind: str, shape: list[int], data: memoryview) -> np.ndarray:
    number = np.dtype(kind)
    wanted = math.prod(shape) * number.itemsize
    if kind not in KINDS or not 0 <= wanted <= MOST:
        raise ValueError(f"{name} is {kind} of {shape}")
    plain = zlib.decompressobj().decompress(data, wanted + 1)
    if len(plain) != wanted:
        raise ValueError(f"{name} has {len(plain)} bytes instead of {wanted}")
    apart = np.frombuffer(plain, np.uint8).reshape(number.itemsize, -1)
    plane = np.ascontiguousarray(apart.T).view(number).reshape(shape)
    return _sums(plane) if name in PLACES else plane


def _apart(plane: np.ndarray) -> bytes:
    """Return the plane's bytes, all first ones, then all second: that packs better."""
    plain = np.ascontiguousarray(plane)
    return plain.view(np.uint8).reshape(-1, plain.itemsize).T.tobytes()


def _differences(plane: np.ndarray) -> np.ndarray:
    once = np.diff(plane, axis=1, prepend=plane.dtype.type(0))
    return np.diff(once, axis=0, prepend=plane.dtype.type(0))


def _sums(plane: np.ndarray) -> np.ndarray:
    once = np.cumsum(plane, axis=0, dtype=plane.dtype)
    return np.cumsum(once, axis=1, dtype=plane.dtype)
