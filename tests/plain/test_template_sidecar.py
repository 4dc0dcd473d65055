"""The shipped templates' sidecars: what they promise is complete and belongs to the .blend beside them."""

import hashlib
import json
from pathlib import Path

import pytest
from tshirt_render_queue.presets import placing, template_info
from tshirt_render_queue.presets.order_form import OrderForm, fill_in
from tshirt_render_queue.presets.request import Print

FOLDER = Path(__file__).resolve().parents[2] / "presets" / "templates"
DESIGN = FOLDER.parents[1] / "docs" / "samples" / "north-ridge.png"
BLENDS = sorted(FOLDER.glob("*.blend"))


@pytest.fixture(params=BLENDS, ids=lambda path: path.stem)
def blend(request) -> Path:
    return request.param


@pytest.fixture
def facts(blend: Path) -> dict:
    return json.loads(blend.with_suffix(".json").read_text(encoding="utf-8"))


def test_the_default_template_ships() -> None:
    assert FOLDER / "tshirt.blend" in BLENDS


def test_sidecar_belongs_to_its_blend(blend: Path, facts: dict) -> None:
    assert facts["blend_sha256"] == hashlib.sha256(blend.read_bytes()).hexdigest()


def test_blends_leave_room_in_the_zip() -> None:
    """A shirt may weigh 4 MB, all of them 12, of the 40 that a platform's zip may have."""
    sizes = [blend.stat().st_size for blend in BLENDS]
    assert max(sizes) < 4_000_000
    assert sum(sizes) < 12_000_000


def test_a_folded_shirt_shows_no_print_at_its_hem() -> None:
    zone = template_info.resolve("folded").zones["front"]
    at_the_hem = Print(design="", name="", placement="front_bottom")
    placed = placing.place(at_the_hem, zone, 2.0)
    assert placed.overhang(zone)["bottom"] > placed.height


def test_zones_are_rectangles_around_their_anchors(blend: Path, facts: dict) -> None:
    for name, zone in facts["zones"].items():
        assert 0 < zone["centre"] < zone["width"] < 1, name
        assert zone["hem"] < zone["height"] < 1, name
        assert (zone["hem"] < 0) == (blend.stem == "folded"), name  # its hem is behind
        if zone["collar"] is not None:
            assert zone["hem"] < zone["collar"] < zone["height"], name
        assert zone["view"] in facts["views"], name


def test_each_shirt_offers_the_zones_that_it_shows(blend: Path, facts: dict) -> None:
    all_four = ["front", "back", "sleeve_left", "sleeve_right"]
    shown = {"flat_lay": ["front", "back"], "folded": ["front"]}
    assert list(facts["zones"]) == shown.get(blend.stem, all_four)


def test_default_template_has_the_four_zones_and_the_eight_views() -> None:
    facts = json.loads((FOLDER / "tshirt.json").read_text(encoding="utf-8"))
    assert list(facts["zones"]) == ["front", "back", "sleeve_left", "sleeve_right"]
    assert facts["views"] == [
        "front",
        "back",
        "left",
        "right",
        "front_left",
        "front_right",
        "closeup_collar",
        "closeup_print",
    ]
    assert facts["zones"]["front"]["wearer_left"] == 1
    assert facts["zones"]["back"]["wearer_left"] == -1


@pytest.mark.parametrize(
    "template, lies", [("tshirt", False), ("hanger", False), ("flat_lay", True), ("folded", True)]
)
@pytest.mark.parametrize("asked", [None, True, False])
def test_what_lies_throws_a_shadow_unless_one_says_otherwise(
    template: str, lies: bool, asked: bool | None
) -> None:
    form = OrderForm(designs=(str(DESIGN),), template=template, out="/out", ground_shadow=asked)
    (filled,) = fill_in(form)
    assert filled.request.ground_shadow == (lies if asked is None else asked)
