"""On the shipped shirts every placement keeps its size and its place along the cloth."""

import importlib.util
import sys
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

FOLDER = Path(__file__).resolve().parents[2] / "presets" / "templates"


@pytest.fixture(scope="module")
def cloth_tape():
    path = Path(__file__).resolve().parents[1] / "cloth_tape.py"
    spec = importlib.util.spec_from_file_location("cloth_tape", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["cloth_tape"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=sorted(FOLDER.glob("*.blend")), ids=lambda path: path.stem)
def measured(request, cloth_tape) -> dict:
    from tshirt_render_queue.presets.template_info import resolve

    bpy.ops.wm.open_mainfile(filepath=str(request.param), load_ui=False, use_scripts=False)
    (garment,) = (o for o in bpy.context.scene.objects if o.get("mockup_role") == "garment")
    info = resolve(str(request.param))
    return {found.placement: found for found in cloth_tape.measure_all(garment, info)}


def test_prints_keep_their_size_within_three_percent(measured: dict) -> None:
    assert measured
    for print_ in measured.values():
        assert print_.width == pytest.approx(1, abs=0.03), print_
        assert print_.height == pytest.approx(1, abs=0.03), print_


def test_prints_keep_their_place_within_five_millimetres(measured: dict) -> None:
    for print_ in measured.values():
        assert print_.off_x == pytest.approx(0, abs=0.005), print_
        assert print_.off_y == pytest.approx(0, abs=0.005), print_


def test_no_part_of_a_print_is_stretched(measured: dict) -> None:
    for print_ in measured.values():
        assert print_.smallest > 0.95, print_
        assert print_.largest < 1.05, print_
