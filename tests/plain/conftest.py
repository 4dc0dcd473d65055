"""Designs for tests that need a real image file."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest


def _png(red: int = 200, side: int = 900) -> bytes:
    """A square of one colour, with a lighter half so that it isn't flat."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    line = b"\0" + bytes((red, 30, 60)) * (side // 2) + bytes((red, 200, 60)) * (side - side // 2)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(line * side))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def png() -> Callable[..., bytes]:
    """Make a PNG: `png(red=200, side=900)`; enough pixels for any placement as it is."""
    return _png


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """A design file that preflight has no error for."""
    path = tmp_path / "art.png"
    path.write_bytes(_png())
    return path
