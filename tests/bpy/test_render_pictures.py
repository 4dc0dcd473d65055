"""Renders come out as asked: the same warm as cold, right way round, on exact backgrounds."""

import itertools
import json

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from tshirt_render_queue.presets.colours import srgb_from_hex  # noqa: E402
from tshirt_render_queue.render import compositing, pictures  # noqa: E402
from tshirt_render_queue.render.session import Session  # noqa: E402

RED, YELLOW, WHITE = (214, 0, 40), (254, 209, 65), (255, 255, 255)


def read(work, name):
    pixels, is_linear = pictures.read(work / name)
    assert not is_linear
    return pixels


def hashes(result):
    return {row["file"]: row["sha256"] for row in result["files"]}


def test_a_warm_worker_renders_what_a_cold_one_does(render, make_request, studio_blend):
    asked = make_request(studio_blend, placements=("full_front", "sleeve_left"), views=("front",))
    other = make_request(
        studio_blend,
        placements=("left_chest",),
        technique="embroidery",
        fabric="red",
        fabric_hex="#D50032",
        views=("back", "left"),
        samples=2,
        width=64,
        height=48,
        ground_shadow=True,
    )
    _, cold = render(asked, session=Session())
    warm = Session()
    render(other, session=warm)
    _, after_another = render(asked, session=warm)
    assert hashes(after_another) == hashes(cold)


@pytest.mark.parametrize(
    "placement, view",
    [
        ("full_front", "front"),
        ("full_front", "front_left"),
        ("full_front", "front_right"),
        ("full_back", "back"),
        ("sleeve_left", "left"),
        ("sleeve_left", "front_left"),
        ("sleeve_right", "right"),
        ("sleeve_right", "front_right"),
    ],
)
def test_print_is_upright_and_never_mirrored(render, make_request, even_blend, placement, view):
    size = 360 if placement.startswith("sleeve") else 200
    request = make_request(
        even_blend, placements=(placement,), views=(view,), width=size, height=size
    )
    work, _ = render(request)
    picture = read(work, f"letter_navy_transparent_{view}.png")
    red, yellow, white = (where(picture, colour) for colour in (RED, YELLOW, WHITE))
    assert white[0] > red[0] + 2, "the spot is at the right of the letter"
    assert white[1] < red[1] - 2, "and below it"
    assert red[0] < white[0] and yellow[1] < red[1] + size / 4


def where(picture, colour):
    """Mean column and row (from below) of the pixels that show `colour`."""
    near = np.abs(picture[..., :3] * 255 - colour).max(axis=-1) < 40
    rows, columns = np.nonzero(near & (picture[..., 3] > 0.9))
    assert rows.size > 3, f"{colour} isn't in the picture"
    return columns.mean(), rows.mean()


def test_background_is_the_asked_colour_to_the_last_bit(render, make_request, studio_blend):
    colours = ("#FFFFFF", "#000000", "#0102FE", "#7F8081")
    request = make_request(studio_blend, backgrounds=("transparent", *colours))
    work, _ = render(request)
    clear = read(work, "letter_navy_transparent_front.png")
    nothing = clear[..., 3] == 0
    assert 0.2 < nothing.mean() < 0.9
    for colour in colours:
        picture = read(work, f"letter_navy_{colour[1:]}_front.png")
        assert (picture[..., 3] == 1).all()
        asked = np.round(np.array(srgb_from_hex(colour)) * 255)
        assert (np.round(picture[nothing][:, :3] * 255) == asked).all()


def test_edges_mix_in_linear_light(render, make_request, studio_blend):
    """The clear picture, put over the colour by who gets it, gives ours as far as 8 bits go."""
    request = make_request(studio_blend, backgrounds=("transparent", "#E0A030"))
    work, _ = render(request)
    clear = read(work, "letter_navy_transparent_front.png").astype(np.float64)
    picture = read(work, "letter_navy_E0A030_front.png")[..., :3]
    under = compositing.decode_srgb(np.array(srgb_from_hex("#E0A030")))
    assert ((clear[..., 3] > 0.05) & (clear[..., 3] < 0.95)).any()
    possible = []
    for rounding in itertools.product((-0.5, 0.5), repeat=2):
        colour = compositing.decode_srgb(np.clip(clear[..., :3] + rounding[0] / 255, 0, 1))
        alpha = np.clip(clear[..., 3:] + rounding[1] / 255, 0, 1)
        possible.append(compositing.encode_srgb(colour * alpha + under * (1 - alpha)))
    half_a_step = 0.51 / 255
    assert (picture >= np.min(possible, axis=0) - half_a_step).all()
    assert (picture <= np.max(possible, axis=0) + half_a_step).all()


def test_a_picture_can_be_the_background(render, make_request, studio_blend, tmp_path):
    ground = np.zeros((40, 80, 4), np.uint8)
    ground[..., 3] = 255
    ground[:20] = (10, 200, 30, 255)
    ground[20:] = (200, 10, 30, 255)
    pictures.write(ground, tmp_path / "meadow.png")
    work, _ = render(make_request(studio_blend, backgrounds=(str(tmp_path / "meadow.png"),)))
    picture = np.round(read(work, "letter_navy_meadow_front.png")[..., :3] * 255)
    assert tuple(picture[2, 2]) == (10, 200, 30)
    assert tuple(picture[-2, -2]) == (200, 10, 30)


@pytest.mark.parametrize("kind, ending", [("png", "png"), ("jpeg", "jpg"), ("webp", "webp")])
def test_every_format_has_the_asked_size_and_is_listed(
    render, make_request, studio_blend, kind, ending
):
    request = make_request(studio_blend, format=kind, width=80, height=64, backgrounds=("#FFFFFF",))
    work, result = render(request)
    (row,) = result["files"]
    assert row["file"] == f"letter_navy_FFFFFF_front.{ending}"
    assert (row["width"], row["height"]) == (80, 64)
    assert row["bytes"] == (work / row["file"]).stat().st_size
    assert json.loads((work / "result.json").read_text(encoding="utf-8")) == result
    assert sorted(path.name for path in work.iterdir()) == [row["file"], "result.json"]


def test_shirt_has_the_asked_colour(render, make_request, even_blend, delta_e_2000):
    request = make_request(
        even_blend, placements=("left_chest",), fabric="gold", fabric_hex="#EEAD1A"
    )
    work, _ = render(request)
    picture = read(work, "letter_gold_transparent_front.png")
    cloth = picture[20:30, 44:52, :3].reshape(-1, 3)
    assert delta_e_2000(cloth, srgb_from_hex("#EEAD1A")).max() < 1


def test_one_render_gives_pictures_to_several_presets(render, make_request, studio_blend):
    request = make_request(
        studio_blend,
        views=("front", "back"),
        backgrounds=("transparent", "#E0A030"),
        also=("white_2000", "thumbnail_512"),
    )
    work, result = render(request)
    rows = {row["file"]: row for row in result["files"]}
    assert list(rows)[:5] == [
        "letter_navy_transparent_front.png",
        "letter_navy_E0A030_front.png",
        "letter_navy_FFFFFF_front_white_2000.jpg",
        "letter_navy_transparent_front_thumbnail_512.webp",
        "letter_navy_E0A030_front_thumbnail_512.webp",
    ]
    assert len(rows) == 10
    for row in rows.values():
        picture = read(work, row["file"])
        assert picture.shape[:2] == (row["height"], row["width"])
    white = read(work, "letter_navy_FFFFFF_front_white_2000.jpg")
    assert (white[:200, :200, :3] > 0.99).all()
    clear = read(work, "letter_navy_transparent_front_thumbnail_512.webp")
    assert clear[..., 3].min() == 0 and clear[..., 3].max() == 1
