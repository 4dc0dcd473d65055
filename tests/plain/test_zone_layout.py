"""Cloth is laid flat true to size: bent, wrinkled, sewn of pieces, seen from each side."""

import math

import pytest

np = pytest.importorskip("numpy")

from tshirt_render_queue.operators.template.flattening import (  # noqa: E402
    flattened,
    principal_scales,
    turned_upright,
)
from tshirt_render_queue.operators.template.zone_layout import (  # noqa: E402
    SIDES,
    Cloth,
    Corrections,
    NoZone,
    lay_out,
    seen_from,
    side_of,
)


def grid(across: int, up: int) -> "tuple[np.ndarray, np.ndarray]":
    """Points (u, v) of a grid, each 0..1, and its triangles, counter-clockwise."""
    v, u = np.meshgrid(np.linspace(0, 1, up + 1), np.linspace(0, 1, across + 1), indexing="ij")
    at = (np.arange(up)[:, None] * (across + 1) + np.arange(across)).reshape(-1)
    low, high = (at, at + 1), (at + across + 1, at + across + 2)
    triangles = np.concatenate(
        [np.stack([low[0], low[1], high[1]], 1), np.stack([low[0], high[1], high[0]], 1)]
    )
    return np.stack([u.reshape(-1), v.reshape(-1)], 1), triangles


def cloth(points, triangles, printable=True) -> Cloth:
    count = len(triangles)
    return Cloth.welded(
        points,
        triangles,
        corners=np.arange(count * 3).reshape(-1, 3),
        printable=np.full(count, printable),
    )


def tube(radius=0.16, height=0.6, across=96, up=40) -> Cloth:
    """A body without sleeves; its seam is at the back."""
    uv, triangles = grid(across, up)
    angle = (uv[:, 0] - 0.5) * math.tau
    x, y = radius * np.sin(angle), -radius * np.cos(angle)
    return cloth(np.stack([x, y, uv[:, 1] * height], 1), triangles)


def bent(turn=2.0, width=0.4, height=0.5, wrinkle=0.0) -> "tuple[np.ndarray, np.ndarray]":
    """A sheet bent by `turn` radians round an upright axis, in front of which it hangs."""
    uv, triangles = grid(40, 50)
    angle = (uv[:, 0] - 0.5) * turn
    out = width / turn + wrinkle * np.sin(uv[:, 1] * 40)
    points = np.stack([out * np.sin(angle), -out * np.cos(angle), uv[:, 1] * height], 1)
    return points, triangles


def everything(one: Cloth) -> "np.ndarray":
    return np.ones(len(one.triangles), bool)


def all_of_them(some: "np.ndarray") -> "np.ndarray":
    """Nothing hides anything."""
    return some


def test_a_bent_sheet_is_flat_again_to_a_fifth_of_a_percent():
    points, triangles = bent()
    flat = flattened(points, triangles, points[:, [0, 2]])
    scales, _ = principal_scales(flat[triangles], points[triangles])
    assert np.abs(scales - 1).max() < 2e-3
    assert np.ptp(flat[:, 0]) == pytest.approx(0.4, abs=1e-3)


def test_a_wrinkled_sheet_keeps_the_length_of_its_cloth():
    one = cloth(*bent(wrinkle=0.002))
    zone = lay_out(one, "front", SIDES["front"], everything(one)).zone
    straight = np.linalg.norm(np.diff([(0.002 * math.sin(v * 40), v / 2)
                                       for v in np.linspace(0, 1, 51)], axis=0), axis=1).sum()  # fmt: skip
    assert straight > 0.502
    assert zone.height == pytest.approx(straight, rel=0.005)


def test_pieces_that_lie_together_are_one_cloth():
    points, triangles = bent()
    left = points[triangles].mean(1)[:, 0] < 0
    apart = np.concatenate([points, points])
    sewn = cloth(apart, np.concatenate([triangles[left], triangles[~left] + len(points)]))
    assert len(sewn.points) == len(points)
    layout = lay_out(sewn, "front", SIDES["front"], everything(sewn))
    assert layout.zone.width == pytest.approx(0.4, abs=1e-3)


@pytest.mark.parametrize("name, side, turn", [
    ("front", "front", 0), ("back", "back", 180), ("sleeve_left", "left", 90),
    ("sleeve_right", "right", 270),
])  # fmt: skip
def test_each_side_is_seen_upright_and_unmirrored(name, side, turn):
    points, triangles = bent()
    angle = math.radians(turn)
    cos, sin = math.cos(angle), math.sin(angle)
    turned = points @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    one = cloth(turned, triangles)
    assert side_of(one, everything(one)) == side
    layout = lay_out(one, name, SIDES[side], everything(one))
    zone = layout.zone
    assert (zone.width, zone.height) == pytest.approx((0.4, 0.5), abs=1e-3)
    assert zone.centre == pytest.approx(0.2, abs=1e-3)
    assert zone.hem == pytest.approx(0, abs=1e-3)
    if side in ("left", "right"):
        assert zone.collar is None
    else:
        assert zone.collar == pytest.approx(0.5, abs=1e-3)
    assert zone.wearer_left == (-1 if side == "back" else 1)
    # The grid's own (u, v) are what a printer would draw on the sheet.
    uv, _ = grid(40, 50)
    assert np.abs(layout.uv - uv[triangles].reshape(-1, 2)).max() < 2e-3


def test_half_a_tube_is_seen_from_the_front_and_as_wide_as_its_cloth():
    body = tube()
    chosen = seen_from(body, SIDES["front"], all_of_them)
    zone = lay_out(body, "front", SIDES["front"], chosen).zone
    assert zone.width == pytest.approx(math.pi * 0.16, rel=0.12)
    assert zone.height == pytest.approx(0.6, rel=0.01)
    assert zone.centre == pytest.approx(zone.width / 2, abs=0.001)


def with_sleeves() -> Cloth:
    """A body of 32 cm, and beside it two hanging tubes of 10 cm that end half-way up."""
    body = tube()
    points, triangles = [body.points], [body.triangles]
    for side in (-1, 1):
        sleeve = tube(radius=0.05, height=0.25)
        triangles.append(sleeve.triangles + sum(map(len, points)))
        points.append(sleeve.points + np.array([side * 0.26, 0, 0.35]))
    return cloth(np.concatenate(points), np.concatenate(triangles))


def test_body_and_sleeves_are_told_apart():
    shirt = with_sleeves()
    middle = shirt.points[shirt.triangles].mean(1)
    front = seen_from(shirt, SIDES["front"], all_of_them)
    assert np.abs(middle[front][:, 0]).max() < 0.165
    left = seen_from(shirt, SIDES["left"], all_of_them)
    assert middle[left][:, 0].min() > 0.2
    zone = lay_out(shirt, "sleeve_left", SIDES["left"], left).zone
    assert zone.height == pytest.approx(0.25, rel=0.02)
    assert zone.centre == pytest.approx(zone.width / 2, abs=0.002)


def test_without_sleeves_a_side_is_the_side_of_the_body():
    body = tube()
    zone = lay_out(
        body, "sleeve_left", SIDES["left"], seen_from(body, SIDES["left"], all_of_them)
    ).zone
    assert zone.height == pytest.approx(0.6, rel=0.01)


def test_what_looks_the_other_way_is_left_out_and_told():
    body = tube()
    layout = lay_out(body, "front", SIDES["front"], everything(body))
    assert layout.left_out == pytest.approx(math.tau * 0.16 * 0.6 / 2, rel=0.1)
    assert len(layout.corners) == len(layout.uv) < body.corners.size


def test_a_zone_beside_the_centre_line_knows_where_the_line_is():
    body = tube()
    middle = body.points[body.triangles].mean(1)
    pocket = (middle[:, 1] < 0) & (middle[:, 0] > 0.05) & (middle[:, 2] > 0.3)
    zone = lay_out(body, "front", SIDES["front"], pocket).zone
    assert zone.centre == pytest.approx(-0.16 * math.asin(0.05 / 0.16), abs=0.03)


def test_a_sewing_pattern_is_taken_as_it_lies_but_turned_upright_and_true_to_size():
    points, triangles = bent(width=0.4, height=0.5)
    uv, _ = grid(40, 50)
    one = cloth(points, triangles)
    metres = uv * (0.4, 0.5)
    mirrored = np.stack([-metres[:, 1], -metres[:, 0]], 1) * 0.7 + 3  # lying, small, mirrored
    layout = lay_out(one, "front", SIDES["front"], everything(one), pattern=mirrored[triangles])
    assert (layout.zone.width, layout.zone.height) == pytest.approx((0.4, 0.5), abs=1e-3)
    assert np.abs(layout.uv - uv[triangles].reshape(-1, 2)).max() < 2e-3


def test_corrections_are_added_to_what_was_found():
    one = cloth(*bent())
    by_hand = Corrections(centre=0.01, collar=-0.02, hem=0.005)
    zone = lay_out(one, "front", SIDES["front"], everything(one), corrections=by_hand).zone
    assert (zone.centre, zone.collar, zone.hem) == pytest.approx((0.21, 0.48, 0.005), abs=1e-3)
    turned = lay_out(
        one, "front", SIDES["front"], everything(one), corrections=Corrections(turn=math.pi / 2)
    )
    assert (turned.zone.width, turned.zone.height) == pytest.approx((0.5, 0.4), abs=1e-3)


def test_flat_cloth_without_height_is_left_as_it_lies():
    uv, triangles = grid(4, 5)
    flat, lying = uv[triangles], np.pad(uv, ((0, 0), (0, 1)))
    assert (turned_upright(flat, lying[triangles]) == flat).all()


@pytest.mark.parametrize("change, sentence", [
    (lambda one: (one, np.zeros(len(one.triangles), bool)), "No face was found"),
    (lambda one: (cloth(one.points, one.triangles, False), everything(one)), "printable material"),
    (lambda one: (cloth(one.points, one.triangles[:, ::-1]), everything(one)), "can't be seen"),
])  # fmt: skip
def test_what_can_be_no_zone_is_refused_in_words(change, sentence):
    one, chosen = change(cloth(*bent()))
    with pytest.raises(NoZone, match=sentence):
        lay_out(one, "front", SIDES["front"], chosen)


def test_a_uv_map_without_the_pattern_is_refused():
    one = cloth(*bent())
    nothing = np.zeros((len(one.triangles), 3, 2))
    with pytest.raises(NoZone, match="active UV map"):
        lay_out(one, "front", SIDES["front"], everything(one), pattern=nothing)
