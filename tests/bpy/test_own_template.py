"""The worked example of docs/templates.md, run as it stands there, makes a template that prints."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.operators import enqueue  # noqa: E402
from tshirt_render_queue.operators.client import background_operator  # noqa: E402
from tshirt_render_queue.operators.template import check_template, maker  # noqa: E402
from tshirt_render_queue.presets.template_info import resolve  # noqa: E402
from tshirt_render_queue.queue.folder import ENVIRONMENT_VARIABLE  # noqa: E402
from tshirt_render_queue.queue.store.job_store import JobStore  # noqa: E402
from tshirt_render_queue.render import checking, pictures  # noqa: E402
from tshirt_render_queue.render.template import read_zones  # noqa: E402
from tshirt_render_queue.render.zone_fit import measure_or_none  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def _operators():
    rooms = (background_operator, enqueue, maker, check_template)
    for room in rooms:
        room.register()
    yield
    for room in reversed(rooms):
        room.unregister()


@pytest.fixture
def blender(tmp_path, monkeypatch):
    """A Blender that the check can start: this one, or the launcher round this Python's module."""
    program = bpy.app.binary_path
    if not program:
        if sys.platform == "win32":
            pytest.skip("the launcher is a shell script here")
        program = tmp_path / "blender"
        launcher = ROOT / "tools" / "launcher.py"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{launcher}" "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("BLENDER", str(program))


@pytest.fixture(scope="module")
def steps():
    """The code of the worked example, step by step."""
    example = GUIDE[GUIDE.index("## A worked example") :]
    return re.findall(r"```python\n(.*?)```", example, re.DOTALL)


@pytest.fixture(scope="module")
def tank(steps, tmp_path_factory):
    """The tank top as it is after its cameras were added, saved."""
    bpy.ops.wm.read_factory_settings()
    names = {}
    for step in steps[:6]:
        exec(compile(step, "docs/templates.md", "exec"), names)
    path = tmp_path_factory.mktemp("tank") / "tank-top.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_the_worked_example_ends_with_a_job_in_the_queue(
    steps, tank, blender, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "queue"))
    shutil.copy(ROOT / "docs" / "samples" / "north-ridge.png", "art.png")
    bpy.ops.wm.open_mainfile(filepath=str(tank))
    names = {"Path": Path, "bpy": bpy}
    assert len(steps) == 8
    for step in steps[6:]:
        exec(compile(step, "docs/templates.md", "exec"), names)
    assert check_template.last.errors == 0
    store = JobStore(tmp_path / "queue")
    (job,) = store.jobs()
    store.close()
    assert job.request["template"] == str(tmp_path / "tank-top.blend")
    assert job.request["views"] == ["front"]


def test_it_has_nothing_that_check_template_would_mend(tank):
    assert {finding.code for finding in checking.check(tank)} <= {"newer", "light_not_baked"}


def test_its_zones_are_true_to_size_with_their_anchors_where_the_seams_are(tank, on_cloth):
    bpy.ops.wm.open_mainfile(filepath=str(tank))
    garment = bpy.data.objects["Tank Top"]
    front, back = read_zones(garment)
    for zone in (front, back):
        fit = measure_or_none(garment, zone)
        assert fit.across == pytest.approx(1, abs=0.01)
        assert fit.along == pytest.approx(1, abs=0.01)
        assert fit.least > 0.93 and fit.greatest < 1.07
        on_line = on_cloth.Zone(garment, zone.uv_map).point(zone.centre / zone.width, 0.5)
        assert on_line.x == pytest.approx(0, abs=0.002)
        assert zone.hem == pytest.approx(0, abs=0.005)
    # The tube is 66 cm long; the neck is cut 13 cm deep in front and 4 cm at the back.
    assert front.collar - front.hem == pytest.approx(0.53, abs=0.01)
    assert back.collar - back.hem == pytest.approx(0.63, abs=0.015)
    assert (front.wearer_left, back.wearer_left) == (1, -1)


@pytest.mark.parametrize("placement, view", [("full_front", "front"), ("full_back", "back")])
def test_a_print_on_it_is_upright_and_not_mirrored(render, make_request, tank, placement, view):
    checking.main(str(tank), report=None, sidecar=True)
    assert view in resolve(str(tank)).views
    request = make_request(tank, placements=(placement,), views=(view,), width=64, height=64)
    work, _ = render(request)
    picture, _ = pictures.read(work / f"letter_navy_transparent_{view}.png")
    red, green, blue = (picture[..., channel] for channel in range(3))
    shown = picture[..., 3] > 0.9
    bar = middle(shown & (red > 1.4 * blue) & (green > 0.6 * red) & (red > 0.3))
    letter = middle(shown & (red > 2.5 * green))
    spot = middle(shown & (picture[..., :3].min(axis=-1) > 0.55))
    assert spot[0] > letter[0] + 4, "the spot is at the right of the letter"
    assert spot[1] + 3 < bar[1] < letter[1], "and below its yellow bar"
    assert 10 < letter[0] < 54
    assert 20 < letter[1] < 54


def middle(pixels):
    """Mean column and row (from below) of the pixels, a mask."""
    rows, columns = np.nonzero(pixels)
    assert rows.size > 2
    return columns.mean(), rows.mean()


def test_the_guide_explains_every_finding_and_names_the_operators():
    sources = [ROOT / "render" / name for name in ("checking.py", "garment_checking.py")]
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    found = re.findall(r'\b(error|warning|note)\(\s*"(\w+)"', text)
    assert len(found) > 30
    for severity, code in found:
        assert re.search(rf"^\| `{code}` \| {severity} \|", GUIDE, re.MULTILINE), code
    labels = {operator.bl_label for operator in maker.classes} - {"Remove Print Zone"}
    assert {label for label in labels if f"**{label}**" not in GUIDE} == set()


def test_zones_json_holds_what_the_guide_lists(tank):
    bpy.ops.wm.open_mainfile(filepath=str(tank))
    zones = json.loads(bpy.data.objects["Tank Top"]["mockup_zones"])
    listed = re.findall(r"^\| ((?:`\w+` ?)+) \|", GUIDE[GUIDE.index("### A print zone") :], re.M)
    fields = {name for row in listed[:7] for name in re.findall(r"\w+", row)}
    assert fields == set(zones["front"]) == set(zones["back"])
