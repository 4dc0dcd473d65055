"""A print lands where the trade's figures say, to the pixel, on either side of the wearer."""

import math

import pytest
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.placements import find_placement, placements
from tshirt_render_queue.presets.placing import Placed, place
from tshirt_render_queue.presets.request import GARMENT_SIZES, Print
from tshirt_render_queue.presets.template_info import Zone

INCH = 0.0254


def zone(name: str, wearer_left: int = 1, collar: float | None = 0.66) -> Zone:
    return Zone(
        id=name,
        uv_map=f"zone_{name}",
        width=0.56,
        height=0.74,
        centre=0.28,
        collar=collar,
        hem=0.02,
        wearer_left=wearer_left,
        view=name,
    )


FRONT, BACK, SLEEVE = zone("front"), zone("back", -1), zone("sleeve_left", 1, None)


def printed(placement: str, **given) -> Print:
    return Print(design="/a.png", name="a", placement=placement, **given)


@pytest.mark.parametrize(
    "print_, where, aspect, expected",
    [
        # (centre right of the centre line, centre above the collar, width, height) in inches
        (printed("full_front"), FRONT, 1.0, (0, -3 - 5.5, 11, 11)),
        (printed("full_front"), FRONT, 0.5, (0, -3 - 7, 7, 14)),  # the box's height limits
        (printed("full_front"), FRONT, 4.0, (0, -3 - 1.375, 11, 2.75)),
        (printed("left_chest"), FRONT, 1.0, (4, -4, 3.5, 3.5)),  # her left is our right
        (printed("right_chest"), FRONT, 2.0, (-4, -4, 3.5, 1.75)),
        (printed("nape"), BACK, 1.0, (0, -1 - 1.25, 2.5, 2.5)),
        (printed("full_back", x_in=2), BACK, 1.0, (-2, -4 - 6, 12, 12)),  # her left is our left
        (printed("center_chest", width_in=9.5), FRONT, 1.9, (0, -3 - 2.5, 9.5, 5)),
        (printed("center_chest", y_in=1), FRONT, 1.2, (0, -1 - 2.5, 6, 5)),
        (printed("free", x_in=-1, y_in=2, width_in=4), FRONT, 1.0, (-1, -2 - 2, 4, 4)),
    ],
)
def test_lands_where_the_trade_prints(print_, where, aspect, expected):
    placed = place(print_, where, aspect)
    right, up, width, height = (value * INCH for value in expected)
    found = (placed.centre_u, placed.centre_v, placed.width, placed.height)
    assert found == pytest.approx((0.28 + right, 0.66 + up, width, height))


@pytest.mark.parametrize(
    "print_, where, bottom, width",
    [
        (printed("front_bottom"), FRONT, 2, 4),
        (printed("lower_back"), BACK, 6, 10),
        (printed("sleeve_left"), SLEEVE, 1, 3),
        (printed("free:sleeve_left", y_in=2, width_in=2), SLEEVE, 2, 2),
        (printed("free:pocket", y_in=2, width_in=2), zone("pocket", 1, None), 2, 2),
    ],
)
def test_low_prints_are_measured_from_the_hem(print_, where, bottom, width):
    placed = place(print_, where, 2.0)
    assert placed.centre_v - placed.height / 2 == pytest.approx(0.02 + bottom * INCH)
    assert placed.width == pytest.approx(width * INCH)
    assert placed.centre_u == pytest.approx(0.28)


@pytest.mark.parametrize("size, factor", [("XS", 0.9), ("L", 1.0), ("XXL", 1.08)])
def test_the_garment_scales_the_placements_width_only(size, factor):
    assert place(printed("full_front"), FRONT, 1.0, size).width == pytest.approx(11 * factor * INCH)
    assert place(printed("full_front", width_in=8), FRONT, 1, size).width == pytest.approx(8 * INCH)
    assert list(GARMENT_SIZES.values()) == sorted(GARMENT_SIZES.values())


def test_a_placement_from_the_collar_needs_one():
    with pytest.raises(BadRequest, match="'sleeve_left' names no collar"):
        place(printed("full_front"), SLEEVE, 1.0)


@pytest.mark.parametrize("name", [*placements(), "free", "free:back"])
@pytest.mark.parametrize("aspect", [0.2, 1.0, 5.0])
def test_every_default_fits_its_box(name, aspect):
    placement = find_placement(name)
    placed = place(printed(name), FRONT, aspect)
    assert placed.width <= placement.box_width_in * INCH + 1e-9
    assert placed.height <= placement.box_height_in * INCH + 1e-9
    assert placed.width / placed.height == pytest.approx(aspect)


@pytest.mark.parametrize("rotation", [0.0, 30.0, 90.0, -45.0, 180.0])
def test_every_pixel_of_the_art_has_its_place(rotation):
    placed = place(printed("left_chest", rotation_deg=rotation), FRONT, 1.5)
    lower_left, lower_right, upper_right, upper_left = placed.corners()
    for corner, art in (
        (lower_left, (0, 0)),
        (lower_right, (1, 0)),
        (upper_right, (1, 1)),
        (upper_left, (0, 1)),
    ):
        assert placed.art_uv(*corner) == pytest.approx(art, abs=1e-12)
    # 4,000 px wide art: a hundredth of a pixel right of the centre stays that
    step = placed.width / 4000 / 100
    u = placed.centre_u + step * math.cos(placed.rotation)
    v = placed.centre_v + step * math.sin(placed.rotation)
    assert placed.art_uv(u, v)[0] == pytest.approx(0.5 + 1 / 400_000, abs=1e-12)


def test_turns_counter_clockwise():
    placed = Placed(0.0, 0.0, 2.0, 1.0, math.radians(90))
    assert placed.corners()[0] == pytest.approx((0.5, -1.0))
    assert placed.art_uv(0.0, 1.0) == pytest.approx((1.0, 0.5))


@pytest.mark.parametrize(
    "given, beyond",
    [
        ({}, {}),
        ({"x_in": 8}, {"right": 0.28 + (8 + 5.5) * INCH - 0.56}),
        ({"x_in": -8}, {"left": -(0.28 - (8 + 5.5) * INCH)}),
        ({"y_in": -4}, {"top": 0.66 + 4 * INCH - 0.74}),
        ({"y_in": 20}, {"bottom": -(0.66 - 31 * INCH)}),
    ],
)
def test_says_how_far_the_art_leaves_the_cloth(given, beyond):
    placed = place(printed("full_front", **given), FRONT, 1.0)
    assert placed.overhang(FRONT) == pytest.approx(beyond)
