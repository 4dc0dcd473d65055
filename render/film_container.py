"""Reads size and number of frames out of an MP4 or WebM, by its container. No bpy here.

Blender could tell too, but 4.2 overruns its memory when it opens a film whose width isn't a
multiple of 16.
"""

from collections.abc import Iterator

# ISO/IEC 14496-12: a box is its length and name, 4 bytes each, then its content.
_MP4_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")

# RFC 8794 and RFC 9559: an element is its id and length, both of variable size, then its content.
_SEGMENT, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_CLUSTER, _GROUP = 0x1F43B675, 0xA0
_WIDTH, _HEIGHT, _BLOCK, _SIMPLE_BLOCK = 0xB0, 0xBA, 0xA1, 0xA3
_WEBM_PARENTS = (_SEGMENT, _TRACKS, _TRACK, _VIDEO, _CLUSTER, _GROUP)


class Unreadable(ValueError):
    """The file is no such container, or is cut short."""


def mp4_facts(data: bytes) -> tuple[int, int, int]:
    """Return width, height and number of frames of an MP4 with one track; raises Unreadable."""
    found = dict(_boxes(data))
    try:
        head, sizes = found[b"tkhd"], found[b"stsz"]
    except KeyError as error:
        raise Unreadable("it has no index of its frames") from error
    # The head ends with width and height as 16.16 fixed point; the sizes' count is at 8.
    width, height = (int.from_bytes(head[at : at + 2]) for at in (len(head) - 8, len(head) - 4))
    return width, height, int.from_bytes(sizes[8:12])


def webm_facts(data: bytes) -> tuple[int, int, int]:
    """Return width, height and number of frames of a WebM with one track; raises Unreadable."""
    found = list(_elements(data))
    values = {name: int.from_bytes(content) for name, content in found if name in (_WIDTH, _HEIGHT)}
    if len(values) < 2:
        raise Unreadable("it has no picture track")
    frames = sum(name in (_BLOCK, _SIMPLE_BLOCK) for name, _ in found)
    return values[_WIDTH], values[_HEIGHT], frames


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if length < 8 or at + length > len(data):
            raise Unreadable("it is cut short")
        content = data[at + 8 : at + length]
        if name in _MP4_PARENTS:
            yield from _boxes(content)
        else:
            yield name, content
        at += length


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        name, at = _number(data, at, keep_marker=True)
        length, at = _number(data, at, keep_marker=False)
        if at + length > len(data):
            raise Unreadable("it is cut short")
        content = data[at : at + length]
        if name in _WEBM_PARENTS:
            yield from _elements(content)
        else:
            yield name, content
        at += length


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """Return the number of variable size at `at`, and where it ends.

    The first set bit of its first byte tells how many bytes it has; an id keeps that bit.
    """
    width = 9 - data[at].bit_length() if at < len(data) else 9
    if width > 8 or at + width > len(data):
        raise Unreadable("it is cut short")
    value = int.from_bytes(data[at : at + width])
    return value if keep_marker else value & ~(1 << (7 * width)), at + width
