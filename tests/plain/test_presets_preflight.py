"""Preflight says what a print shop would say, and nothing about art that is fine."""

import dataclasses
import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image
from tshirt_render_queue.presets import preflight
from tshirt_render_queue.presets.finding import Severity
from tshirt_render_queue.presets.image_info import ImageInfo, Remark
from tshirt_render_queue.presets.pixels import Grid
from tshirt_render_queue.presets.placing import Placed
from tshirt_render_queue.presets.request import Print, Request


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


TURNED = Remark(severity=Severity.NOTE, code="turned", said="was turned", advice="Look.")


@pytest.mark.parametrize(
    "print_, image, expected",
    [
        ({}, info(), []),
        ({}, info(1650, 1650), []),  # 150 DPI at 11 inches
        ({}, info(1640, 1640), [("warning", "low_dpi", "149 DPI at 27.9 cm.*1650 px wide")]),
        ({}, info(430, 430), [("error", "low_dpi", "39 DPI.*single pixels would show")]),
        ({"width_in": 2.0}, info(430, 430), []),
        ({}, info(icc="Adobe RGB (1998)"), []),
        ({}, info(remarks=(TURNED,)), [("note", "turned", "The design 'sun' was turned. Look.")]),
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


def test_a_file_is_looked_at_from_end_to_end(request_, looked):
    page = Image.new("RGB", (30, 30), "white")
    page.paste((213, 0, 50), (10, 10, 20, 20))
    file = io.BytesIO()
    page.save(file, "PNG")
    look = looked(file.getvalue())
    small = dataclasses.replace(request_.prints[0], width_in=0.2)
    request = dataclasses.replace(request_, prints=(small,))
    found = list(preflight.findings(request, lambda _path: look.info, lambda _path: look.grid))
    assert [(one.severity, one.code) for one in found] == [(Severity.WARNING, "box_around_art")]
    assert list(preflight.findings(request, lambda _path: look.info)) == []
