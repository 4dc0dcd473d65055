"""Reads an ICC colour profile's name. No bpy here. Layout: ICC.1:2022, https://color.org."""

import struct

#: a profile larger than this is left alone
LONGEST = 8 << 20


def profile_name(profile: bytes) -> str:
    """Return the description of an ICC profile, 'unnamed profile' where there is none."""
    try:
        return _description(profile) or "unnamed profile"
    except (struct.error, UnicodeDecodeError):
        return "unnamed profile"


def is_srgb(name: str) -> bool:
    """Return whether an image with a profile of this name ('' for none) can be read as sRGB."""
    return not name or "srgb" in name.lower()


def _description(profile: bytes) -> str:
    (count,) = struct.unpack_from(">I", profile, 128)
    for number in range(min(count, 100)):
        tag, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        if tag != b"desc":
            continue
        kind = profile[offset : offset + 4]
        if kind == b"desc":  # version 2: ASCII with its length
            (length,) = struct.unpack_from(">I", profile, offset + 8)
            return profile[offset + 12 : offset + 12 + length].rstrip(b"\0").decode("latin-1")
        if kind == b"mluc":  # version 4: UTF-16, the first language will do
            length, start = struct.unpack_from(">II", profile, offset + 20)
            end = min(start + length, size)
            return profile[offset + start : offset + end].decode("utf-16-be")
    return ""
