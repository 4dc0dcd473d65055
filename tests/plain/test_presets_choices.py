"""What can be asked for by name: placements, fabrics, colours, views, qualities, measures."""

import json
import random
from pathlib import Path

import pytest
from tshirt_render_queue.presets import colours
from tshirt_render_queue.presets.backgrounds import find_background, is_colour, is_picture
from tshirt_render_queue.presets.bad_request import BadRequest
from tshirt_render_queue.presets.fabrics import Fabric, fabrics, find_fabric
from tshirt_render_queue.presets.measures import inches, pixels
from tshirt_render_queue.presets.placements import aliases, find_placement, placements
from tshirt_render_queue.presets.qualities import (
    find_output_preset,
    find_quality,
    output_presets,
    qualities,
)
from tshirt_render_queue.presets.template_info import FORMAT, resolve
from tshirt_render_queue.presets.views import facing_view_or_none, in_order, views


def test_every_placement_is_seen_by_a_view():
    assert len(placements()) == 13
    assert all(facing_view_or_none(placement.zone) for placement in placements().values())


@pytest.mark.parametrize("alias", aliases())
def test_names_of_other_tools_work(alias):
    assert find_placement(alias).id == aliases()[alias]
    assert find_placement(alias.upper().replace("-", "_")).id == aliases()[alias]


@pytest.mark.parametrize(
    "asked, expected", [("free", "free"), ("FREE:back", "free:back"), ("free:front", "free")]
)
def test_free_placements_name_their_zone(asked, expected):
    assert find_placement(asked).id == expected


def test_a_wrong_placement_is_answered_with_the_right_ones():
    with pytest.raises(BadRequest, match=r"Did you mean 'left_chest'.*sleeve_right") as refusal:
        find_placement("left_cheest")
    assert "chest-small" in str(refusal.value)


@pytest.mark.parametrize(
    "asked, expected",
    [
        ("navy", Fabric("navy", "#263147")),
        ("Navy Blue", Fabric("navy", "#263147")),
        ("sport-gray", Fabric("sport_grey", "#97999B", heather=True)),
        ("light-blue", Fabric("light_blue", "#A4C8E1")),  # a fabric wins over CSS lightblue
        ("dark-red", Fabric("darkred", "#8B0000")),
        ("RebeccaPurple", Fabric("rebeccapurple", "#663399")),
        ("#abc", Fabric("#AABBCC", "#AABBCC")),
        ("#a1b2c3", Fabric("#A1B2C3", "#A1B2C3")),
        ("cream", Fabric("cream", "#FFFDD0")),
    ],
)
def test_finds_fabrics(asked, expected):
    assert find_fabric(asked) == expected


@pytest.mark.parametrize(
    "name",
    [
        "white",
        "black",
        "red",
        "dark-red",
        "green",
        "dark-green",
        "blue",
        "dark-blue",
        "navy",
        "yellow",
        "orange",
        "purple",
        "pink",
        "gray",
        "light-gray",
        "dark-gray",
        "brown",
        "beige",
        "cream",
    ],
)
def test_names_of_older_scripts_work(name):
    assert is_colour(find_fabric(name).hex)


@pytest.mark.parametrize(
    "asked, near", [("navvy", "navy"), ("rebecapurple", "rebeccapurple"), ("#12", ""), ("", "")]
)
def test_refuses_unknown_fabrics(asked, near):
    with pytest.raises(BadRequest, match=f"Unknown fabric.*{near}.*white.*#RRGGBB"):
        find_fabric(asked)


def test_the_data_is_complete():
    assert len(fabrics()) == 30
    assert len(colours.css_colours()) == 148
    assert all(is_colour(fabric.hex) for fabric in fabrics().values())
    assert all(is_colour(colour) for colour in colours.css_colours().values())


def test_linear_and_back():
    assert colours.linear_from_hex("#808080")[0] == pytest.approx(0.2158605)
    assert all(
        colours.hex_from_linear(colours.linear_from_hex(colour)) == colour
        for colour in colours.css_colours().values()
    )
    assert colours.luminance("#FFFFFF") == pytest.approx(1)


def test_a_heathers_fibres_mix_to_its_colour():
    for colour in ("#97999B", "#FFFFFF", "#000000", "#FF0000", "#F0F1EA"):
        dark, light = colours.heather_fibres(colour)
        mean = [(a + b) / 2 for a, b in zip(dark, light, strict=True)]
        assert mean == pytest.approx(colours.linear_from_hex(colour))
        assert max(light) <= 1 + 1e-12


def test_backgrounds(tmp_path: Path):
    picture = tmp_path / "wall.png"
    picture.touch()
    assert find_background("None") == "transparent"
    assert find_background("white") == "#FFFFFF"
    assert find_background(str(picture)) == str(picture)
    assert is_picture(str(picture))
    with pytest.raises(BadRequest, match=r"Unknown background 'no\.png'"):
        find_background("no.png")


def test_views_are_shown_front_first():
    shuffled = [*views(), "detail"]
    random.Random(1).shuffle(shuffled)
    assert in_order(shuffled) == [*views(), "detail"]


def test_qualities_and_outputs():
    assert find_quality("Final") is qualities()["final"]
    assert find_output_preset("white-2000") is output_presets()["white_2000"]
    with pytest.raises(BadRequest, match="draft, standard, final"):
        find_quality("finall")
    with pytest.raises(BadRequest, match="thumbnail_512"):
        find_output_preset("thumb")
    costs = [quality.samples * quality.size**2 for quality in qualities().values()]
    assert costs == sorted(costs)


@pytest.mark.parametrize(
    "asked, expected",
    [("11", 11), ("11in", 11), ('11"', 11), ("27,94 cm", 11), ("279.4mm", 11), (-2.5, -2.5)],
)
def test_inches(asked, expected):
    assert inches(asked) == pytest.approx(expected)


@pytest.mark.parametrize("asked", ["", "x", "11ft", "1e9", "nan", "1 1in"])
def test_refuses_what_is_no_length(asked):
    with pytest.raises(BadRequest, match="11in, 28cm or 280mm"):
        inches(asked)


def test_pixels():
    assert pixels("2048x1024") == (2048, 1024)
    assert pixels(" 512 ") == (512, 512)
    assert pixels("2700×2025") == (2700, 2025)
    with pytest.raises(BadRequest, match="WIDTHxHEIGHT"):
        pixels("big")


def sidecar(blend: Path, **changes) -> Path:
    zone = {"uv_map": "z", "width": 1, "height": 1, "centre": 0.5, "collar": None, "hem": 0,
            "wearer_left": 1, "view": "side"}  # fmt: skip
    data = {"format": FORMAT, "name": "Bag", "views": ["side"], "zones": {"side": zone}}
    path = blend.with_suffix(".json")
    path.write_text(json.dumps(data | changes))
    return path


def test_a_template_is_read_without_blender(tmp_path: Path):
    blend = tmp_path / "bag.blend"
    blend.write_bytes(b"BLENDER")
    sidecar(blend)
    info = resolve(str(blend))
    assert (info.name, info.views, info.view_facing("side")) == ("Bag", ("side",), "side")


def test_a_template_without_description_says_what_to_do(tmp_path: Path):
    blend = tmp_path / "bag.blend"
    blend.write_bytes(b"BLENDER")
    with pytest.raises(BadRequest, match=r"no description bag.json beside it; check-template"):
        resolve(str(blend))
    sidecar(blend).write_text("{")
    with pytest.raises(BadRequest, match=r"description .* is damaged"):
        resolve(str(blend))
    sidecar(blend, format=7)
    with pytest.raises(BadRequest, match="format 7, not 1"):
        resolve(str(blend))
    sidecar(blend, blend_sha256="00")
    with pytest.raises(BadRequest, match=r"was changed after bag.json"):
        resolve(str(blend))


@pytest.mark.parametrize(
    "asked, sentence",
    [("no such", "Unknown template 'no such'"), ("/none/bag.blend", "does not exist")],
)
def test_refuses_unknown_templates(asked, sentence):
    with pytest.raises(BadRequest, match=sentence):
        resolve(asked)
