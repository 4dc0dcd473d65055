"""A shirt of one's own on the command line: looked at once, refused with its faults, or printed."""

import json
from pathlib import Path

import pytest

SIMPLE = Path(__file__).resolve().parent.parent / "bpy" / "simple_template.py"


@pytest.fixture(scope="module")
def shirts(blender, tmp_path_factory) -> Path:
    """A folder with good.blend, and broken.blend whose zone is mirrored and whose camera is gone."""
    folder = tmp_path_factory.mktemp("shirts")
    blender("-b", "--factory-startup", "--python", SIMPLE, "--", folder / "good.blend")
    spoil = (
        "import bpy;"
        "[setattr(u, 'vector', (1 - u.vector.x, u.vector.y))"
        " for u in bpy.data.objects['Garment'].data.uv_layers['zone_front'].uv];"
        "bpy.data.objects.remove(bpy.data.objects['Camera back']);"
        f"bpy.ops.wm.save_as_mainfile(filepath={str(folder / 'broken.blend')!r})"
    )
    blender("-b", folder / "good.blend", "--python-expr", spoil)
    return folder


def test_a_broken_template_is_refused_before_anything_is_queued(blender, shirts, design):
    order = ("--command", "tshirt_queue", "add", design, "--template", shirts / "broken.blend")
    refused = blender(*order, "--out", shirts / "out", exit_code=2)
    assert "its u runs to the left. Mirror its UVs" in refused.stderr
    assert "names the view 'back', for which there is no camera" in refused.stderr
    assert not (shirts / "broken.json").exists()
    listed = blender("--command", "tshirt_queue", "list", "--json")
    assert listed.stdout.splitlines()[-1] == "[]"  # some Blenders print a warning before


def test_a_good_template_is_described_by_its_first_order_and_printed_on(blender, shirts, design):
    order = ("--command", "tshirt_queue", "add", design, "--template", shirts / "good.blend")
    small = ("--size", "64x64", "--samples", "1", "--out", shirts / "out", "--force")
    assert not (shirts / "good.json").exists()
    blender(*order, *small)
    assert json.loads((shirts / "good.json").read_text("utf-8"))["name"] == "Four sheets"
    blender("--command", "tshirt_queue", "run", "--until-empty")
    assert list((shirts / "out").glob("*.png"))
