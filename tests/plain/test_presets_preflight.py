"""Preflight says what a print shop would say, and nothing about art that is fine."""

import dataclasses
import json
import random
import re
import struct
import zlib
from pathlib import Path

import pytest
from tshirt_render_queue.presets import pixels, preflight
from tshirt_render_queue.presets.finding import Severity
from tshirt_render_queue.presets.image_headers import PNG_SIGNATURE
from tshirt_render_queue.presets.images import BadDesign, ImageInfo, probe
from tshirt_render_queue.presets.pixels import Grid, grid_or_none
from tshirt_render_queue.presets.placing import Placed
from tshirt_render_queue.presets.request import Print, Request

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _paeth(a: int, b: int, c: int) -> int:
    guess = a + b - c
    return min((abs(guess - a), 0, a), (abs(guess - b), 1, b), (abs(guess - c), 2, c))[2]


def png(width, height, bits, colour, lines, filters=(0,), extra=b"", interlaced=0) -> bytes:
    """Encode rows of bytes, taking turns with the filters of the PNG specification."""
    step = max(1, CHANNELS[colour] * bits // 8)
    packed, above = bytearray(), bytes(len(lines[0]))
    for y, line in enumerate(lines):
        kind = filters[y % len(filters)]
        packed.append(kind)
        for at, value in enumerate(line):
            left = line[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            up = above[at]
            guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
            packed.append((value - guess) & 255)
        above = line
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + extra
        + _chunk(b"IDAT", zlib.compress(bytes(packed))) + _chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.fixture(params=["plain", "numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Decode with numpy where there is one, and without."""
    if request.param == "numpy":
        pytest.importorskip("numpy")
    else:
        monkeypatch.setattr(pixels, "find_spec", lambda _name: None)
    return request.param


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("colour", [0, 2, 4, 6])
@pytest.mark.parametrize("size", [(1, 1), (5, 4), (3, 23), (130, 3)])
def test_reads_every_filter(way, tmp_path: Path, bits, colour, size):
    width, height = size
    wide = bits // 8
    rng = random.Random(width)
    lines = [rng.randbytes(width * CHANNELS[colour] * wide) for _ in range(height)]
    path = tmp_path / "art.png"
    path.write_bytes(png(width, height, bits, colour, lines, filters=(4, 3, 1, 2, 0, 4, 4)))
    grid = grid_or_none(path)
    assert grid is not None

    def expected(x: int, y: int) -> tuple[int, ...]:
        step = CHANNELS[colour] * wide
        values = tuple(lines[y][x * step : (x + 1) * step : wide])
        alpha = values[-1] if colour in (4, 6) else 255
        return (*(values[:1] * 3 if colour in (0, 4) else values[:3]), alpha)

    last = grid.rows[-1][-1]
    assert (grid.rows[0][0], last) == (expected(0, 0), expected(width - 1, height - 1))
    if width <= pixels.GRID:
        assert grid.rows == tuple(
            tuple(expected(x, y) for x in range(width)) for y in range(height)
        )


def test_reads_palettes(way, tmp_path: Path):
    palette = _chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0])) + _chunk(b"tRNS", b"\0")
    path = tmp_path / "art.png"
    path.write_bytes(png(2, 1, 8, 3, [bytes([0, 1])], extra=palette))
    grid = grid_or_none(path)
    assert grid.rows == (((255, 0, 0, 0), (0, 255, 0, 255)),)
    assert grid.ink == (0.5, 0.0, 1.0, 1.0)


def test_finds_the_smallest_dot_of_ink(way, tmp_path: Path):
    lines = [bytearray(4 * 300) for _ in range(200)]
    lines[150][4 * 31 : 4 * 32] = b"\1\2\3\xff"
    path = tmp_path / "dot.png"
    path.write_bytes(png(300, 200, 8, 6, lines))
    grid = grid_or_none(path)
    assert grid is not None
    assert grid.ink == (31 / 300, 150 / 200, 32 / 300, 151 / 200)


def test_what_it_cannot_read_is_none(way, tmp_path: Path, monkeypatch):
    path = tmp_path / "art"
    for data in (
        b"\xff\xd8\xff",
        png(8, 1, 1, 0, [b"\xff"]),
        png(1, 1, 8, 2, [b"\1\2\3"], interlaced=1),
        png(1, 1, 8, 0, [b"\1"], extra=_chunk(b"tRNS", b"\0\1")),
    ):
        path.write_bytes(data)
        assert grid_or_none(path) is None
    monkeypatch.setattr(pixels, "LARGEST_WITH_NUMPY", 3)
    monkeypatch.setattr(pixels, "LARGEST_WITHOUT", 3)
    path.write_bytes(png(2, 2, 8, 0, [b"\1\2", b"\3\4"]))
    assert grid_or_none(path) is None


@pytest.mark.parametrize(
    "coded, fault",
    [
        (b"no zlib at all", "can't be unpacked"),
        (zlib.compress(b"\0\1\2"), "a part of its pixels is missing"),
        (zlib.compress(b"\0\1\2\5\3\4"), "a row of its pixels makes no sense"),
    ],
)
def test_damaged_pixels_are_told_with_the_file(way, tmp_path: Path, coded: bytes, fault: str):
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
    path = tmp_path / "art.png"
    path.write_bytes(PNG_SIGNATURE + head + _chunk(b"IDAT", coded) + _chunk(b"IEND", b""))
    probe(path)
    with pytest.raises(BadDesign, match=f"art.png is damaged: .*{fault}.*; save it again"):
        grid_or_none(path)


# What it says


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    (tmp_path / "tee.blend").write_bytes(b"BLENDER")
    zone = {"uv_map": "z", "width": 0.56, "height": 0.74, "centre": 0.28, "collar": 0.66,
            "hem": 0.02, "wearer_left": 1, "view": "front"}  # fmt: skip
    sidecar = {"format": 1, "name": "Tee", "views": ["front"], "zones": {"front": zone}}
    (tmp_path / "tee.json").write_text(json.dumps(sidecar))
    return Request(
        prints=(Print(design="/sun.png", name="sun", placement="full_front"),),
        fabric="navy",
        fabric_hex="#263147",
        heather=False,
        views=("front",),
        backgrounds=("transparent",),
        mode="stills",
        samples=1,
        width=64,
        height=64,
        format="png",
        template=str(tmp_path / "tee.blend"),
        out="/out",
        name="{design}",
    )


def info(width=3300, height=3300, **more) -> ImageInfo:
    facts = {"format": "PNG", "mode": "rgb", "alpha": True, "bits": 8} | more
    return ImageInfo(width=width, height=height, **facts)


@pytest.mark.parametrize(
    "print_, image, expected",
    [
        ({}, info(), []),
        ({}, info(1650, 1650), []),  # 150 DPI at 11 inches
        ({}, info(1640, 1640), [("warning", "low_dpi", "149 DPI at 27.9 cm.*1650 px wide")]),
        ({}, info(430, 430), [("error", "low_dpi", "39 DPI.*single pixels would show")]),
        ({"width_in": 2.0}, info(430, 430), []),
        ({}, info(icc="sRGB IEC61966-2.1"), []),
        ({}, info(icc="Adobe RGB (1998)"), [("warning", "colour_profile", "'Adobe RGB")]),
        ({"x_in": 7}, info(), [("warning", "art_outside", "by 37 mm at the right; .*cut off")]),
        (
            {"x_in": 6, "y_in": -7},
            info(),
            [("warning", "art_outside", "12 mm at the right, 98 mm at the top")],
        ),
        ({"x_in": 20}, info(), [("error", "art_off_the_cloth", "lies beside the zone 'front'")]),
        ({"width_in": 14}, info(), [("note", "larger_than_usual", "14.0 × 14.0 inches")]),
        ({"placement": "free", "width_in": 14}, info(), []),
    ],
)
def test_told_from_sizes(request_, print_, image, expected):
    changed = dataclasses.replace(request_.prints[0], **print_)
    request = dataclasses.replace(request_, prints=(changed,))
    found = list(preflight.findings(request, lambda _path: image))
    assert [(one.severity, one.code) for one in found] == [(s, c) for s, c, _ in expected]
    for one, (_, _, sentence) in zip(found, expected, strict=True):
        assert re.search(sentence, f"{one.sentence} {one.advice}")


RED, WHITE, NAVY, NONE = (213, 0, 50, 255), (255, 255, 255, 255), (38, 49, 71, 255), (0, 0, 0, 0)
FULL = (0.0, 0.0, 1.0, 1.0)


def ring(edge, middle, ink: tuple[float, float, float, float] | None = FULL) -> Grid:
    rows = [[edge] * 12 for _ in range(12)]
    for y in range(2, 10):
        rows[y][2:10] = [middle] * 8
    return Grid(tuple(map(tuple, rows)), ink)


@pytest.mark.parametrize(
    "grid, fabric, codes",
    [
        (ring(NONE, RED), "#263147", []),
        (ring(NONE, NONE, None), "#263147", ["art_is_clear"]),
        (ring(NONE, NONE, (0.1, 0.1, 0.9, 0.9)), "#263147", []),  # fine lines between the samples
        (ring(WHITE, RED), "#263147", ["box_around_art"]),
        (ring(WHITE, RED), "#FFFFFF", ["fabric_colour"]),  # no box is seen on white
        (ring(WHITE, WHITE), "#263147", []),  # a plain square is meant
        (ring(NONE, NAVY), "#263147", ["fabric_colour"]),
        (ring(NONE, NAVY), "#FFFFFF", []),
        (ring(NONE, (213, 0, 50, 120)), "#263147", ["soft_alpha"]),
        (ring(NONE, (213, 0, 50, 120)), "#FFFFFF", []),
        (ring(NONE, RED, (0.25, 0, 0.75, 1)), "#263147", ["transparent_margins"]),
    ],
)
def test_told_from_pixels(grid, fabric, codes):
    placed = Placed(0.28, 0.4, 0.2, 0.2)
    found = list(preflight.pixel_findings("sun", grid, placed, fabric))
    assert [one.code for one in found] == codes


def test_a_design_is_looked_at_once_however_many_fabrics_it_goes_on():
    grid = ring(WHITE, RED)
    looked = [preflight._visible.cache_info().misses, preflight._around_or_none.cache_info().misses]
    for fabric in range(50):
        placed = Placed(0, 0, 0.2, 0.2)
        assert list(preflight.pixel_findings("sun", grid, placed, f"#{fabric:06X}"))
    after = [preflight._visible.cache_info().misses, preflight._around_or_none.cache_info().misses]
    assert after == [one + 1 for one in looked]


def test_margins_are_told_in_centimetres():
    (one,) = preflight.pixel_findings(
        "sun", ring(NONE, RED, (0.25, 0, 0.75, 1)), Placed(0, 0, 0.2, 0.2), "#263147"
    )
    assert "empty at the left, right: of 20.0 cm width the art itself takes 10.0 cm" in one.sentence


def test_a_file_is_looked_at_from_end_to_end(request_, tmp_path: Path):
    path = tmp_path / "logo.png"
    page = [bytearray(b"\xff" * 90) for _ in range(30)]
    for line in page[10:20]:
        line[30:60] = b"\xd5\x00\x32" * 10
    path.write_bytes(png(30, 30, 8, 2, page))
    small = dataclasses.replace(request_.prints[0], design=str(path), width_in=0.2)
    request = dataclasses.replace(request_, prints=(small,))
    found = list(preflight.findings(request, probe, grid_or_none))
    assert [(one.severity, one.code) for one in found] == [(Severity.WARNING, "box_around_art")]
    assert list(preflight.findings(request, probe)) == []
