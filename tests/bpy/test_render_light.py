"""Pictures printed into a light that is baked once are as near to the truth as rendered ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

import tshirt_render_queue  # noqa: E402
from tshirt_render_queue.presets import light_folder  # noqa: E402
from tshirt_render_queue.presets.fabrics import find_fabric  # noqa: E402
from tshirt_render_queue.presets.request import Print  # noqa: E402
from tshirt_render_queue.render import light_checking, pictures, template  # noqa: E402
from tshirt_render_queue.render.session import Session  # noqa: E402

ROOT = Path(tshirt_render_queue.__path__[0])
SHIPPED = ROOT / "presets" / "templates" / "tshirt.blend"
GREY = "#808080"
STANDARD, MANY = 48, 256


@pytest.fixture(scope="module")
def lights(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("light")


@pytest.fixture
def shirt(make_request):
    """A function that returns a request for the shipped shirt on grey."""

    def ask(fabric="navy", **changed):
        found = find_fabric(fabric)
        usual = {
            "fabric": fabric,
            "fabric_hex": found.hex,
            "heather": found.heather,
            "backgrounds": (GREY,),
            "samples": STANDARD,
        }
        return make_request(SHIPPED, **(usual | changed))

    return ask


def hashes(result):
    return {row["file"]: row["sha256"] for row in result["files"]}


def picture(done):
    work, result = done
    (row,) = result["files"]
    return pictures.read(work / row["file"])[0][..., :3]


def baked(result) -> int:
    assert result["facts"]["light"] == "once"
    return result["facts"]["parts_baked"]


@pytest.mark.parametrize(
    "what, changed",
    [
        ("ink", {}),
        ("heather", {"fabric": "sport_grey", "placements": ("left_chest",)}),
        ("thread", {"fabric": "red", "technique": "embroidery"}),
        ("label", {"fabric": "gold", "views": ("closeup_collar",)}),
        (
            "shadow",
            {
                "fabric": "white",
                "technique": "vinyl",
                "ground_shadow": True,
                "width": 64,
                "height": 64,
            },
        ),
        ("underbase", {"fabric": "black", "technique": "screen", "views": ("front_left",)}),
    ],
)
def test_it_is_as_near_to_many_samples_as_standard(
    render, shirt, lights, delta_e_2000, what, changed
):
    asked = shirt(**changed)
    once = picture(render(replace(asked, light="once"), lights=lights))
    standard = picture(render(asked))
    truth = picture(render(replace(asked, samples=MANY)))
    shown = np.abs(truth - truth[0, 0]).max(axis=-1) > 0.004
    ours, theirs = (delta_e_2000(one, truth)[shown] for one in (once, standard))
    assert ours.mean() < max(1.15 * theirs.mean(), 0.5)
    assert np.percentile(ours, 99) < max(1.15 * np.percentile(theirs, 99), 2.5)
    assert ours.mean() < 1.0


def test_a_light_serves_other_designs_fabrics_and_places(
    render, make_request, bounce_blend, letter, lights
):
    asked = make_request(bounce_blend, light="once")
    _, first = render(asked, lights=lights)
    assert baked(first) == 3, "camera samples, cloth and ink"
    other = replace(
        asked,
        prints=(
            Print(design=str(letter), name="a", placement="left_chest", rotation_deg=30.0),
            Print(design=str(letter), name="b", placement="free:front", width_in=9.0, y_in=12.0),
        ),
        fabric_hex="#D50032",
        backgrounds=("#FFFFFF", "transparent"),
        garment_size="XL",
        format="webp",
    )
    _, second = render(other, lights=lights)
    assert baked(second) == 0
    vinyl = replace(asked, prints=(replace(asked.prints[0], technique="vinyl"),))
    assert baked(render(vinyl, lights=lights)[1]) == 1
    assert baked(render(replace(asked, samples=MANY), lights=lights)[1]) == 2


def test_a_cold_worker_prints_what_a_warm_one_did(render, make_request, bounce_blend, tmp_path):
    asked = make_request(bounce_blend, light="once", placements=("full_front", "sleeve_left"))
    lights = tmp_path / "light"
    _, made = render(asked, session=Session(), lights=lights)
    _, cold = render(asked, session=Session(), lights=lights)
    _, alone = render(asked, session=Session())
    assert baked(made) == baked(alone) == 3 and baked(cold) == 0
    assert hashes(made) == hashes(cold) == hashes(alone)
    for file in light_folder.lights(lights):
        file.path.write_bytes(b"damaged")
    _, mended = render(asked, session=Session(), lights=lights)
    assert baked(mended) == 3 and hashes(mended) == hashes(cold)


def test_baking_leaves_no_trace_in_a_full_picture(render, make_request, studio_blend, bounce_blend):
    full = make_request(bounce_blend, placements=("full_front",), technique="screen")
    once = replace(full, light="once", heather=True, ground_shadow=True, views=("left",))
    warm = Session()
    _, before = render(full, session=warm)
    render(once, session=warm)
    _, after = render(full, session=warm)
    assert hashes(after) == hashes(before)


def test_the_frames_of_a_film_are_baked_once(render, make_request, bounce_blend, lights):
    film = make_request(
        bounce_blend, mode="turntable", views=(), frames=3, width=48, height=48, light="once",
        name="{design}_{fabric}_{background}_{view}",
    )  # fmt: skip
    _, first = render(film, lights=lights)
    assert baked(first) >= 2 * 3
    again = replace(film, fabric="red", fabric_hex="#D50032")
    _work, second = render(again, lights=lights)
    assert baked(second) == 0
    frames = [row for row in second["files"] if row["frame"]]
    assert len(frames) == 3 and len({row["sha256"] for row in frames}) == 3


def test_what_keeps_a_light_from_being_baked_is_told(simple_template, bounce_blend, tmp_path):
    template.load(bounce_blend)
    assert list(light_checking.why_not()) == []
    bpy.data.lights["Key"].color = (1.0, 0.8, 0.6)
    assert [why for why in light_checking.why_not() if "'Key' has a color" in why]
    template.load(simple_template.build(tmp_path / "plain.blend"))
    assert [why for why in light_checking.why_not() if "mockup_bounce" in why]
    bpy.context.scene.world.node_tree.nodes["Background"].inputs[0].default_value = (0, 0, 1, 1)
    assert [why for why in light_checking.why_not() if "world" in why]
