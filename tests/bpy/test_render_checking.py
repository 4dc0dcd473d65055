"""check-template: one finding for each thing that is wrong, none for a good template."""

import json
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from mathutils import Matrix  # noqa: E402
from tshirt_render_queue.presets.template_info import resolve  # noqa: E402
from tshirt_render_queue.render import checking  # noqa: E402

SHIPPED = Path(__file__).resolve().parents[2] / "presets" / "templates" / "tshirt.blend"


@pytest.fixture
def codes(bounce_blend, tmp_path):
    """A function that changes the template by another and returns the codes of what is found."""

    def check(how) -> set[str]:
        bpy.ops.wm.open_mainfile(filepath=str(bounce_blend), use_scripts=False)
        how(bpy.context.scene)
        path = tmp_path / "changed.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)
        return {finding.code for finding in checking.check(path)} - {"newer"}

    return check


def layer(name="zone_front"):
    return bpy.context.scene.objects["Garment"].data.uv_layers[name].uv


def move_uvs(how):
    """Change the zone's UVs by a function of (u, v)."""

    def change(_scene):
        for item in layer():
            if item.vector.x > -5:
                item.vector = how(*item.vector)

    return change


def zone(**changed):
    def change(scene):
        garment = scene.objects["Garment"]
        zones = json.loads(garment["mockup_zones"])
        zones["front"] |= changed
        garment["mockup_zones"] = json.dumps(zones)

    return change


def test_a_good_template_has_no_findings(codes):
    assert codes(lambda _scene: None) == set()


def test_the_shipped_template_has_no_errors():
    assert [one for one in checking.check(SHIPPED) if one.severity == "error"] == []


def set_property(name, key, value):
    def change(scene):
        scene.objects[name][key] = value

    return change


@pytest.mark.parametrize(
    "change, code",
    [
        (lambda scene: scene.pop("mockup_template"), "not_a_template"),
        (lambda scene: scene.pop("mockup_licence"), "unsigned"),
        (lambda scene: setattr(scene.unit_settings, "scale_length", 0.01), "units"),
        (lambda scene: scene.objects["Garment"].pop("mockup_role"), "no_garment"),
        (lambda scene: scene.objects["Garment"].pop("mockup_zones"), "no_zone"),
        (
            lambda scene: scene.objects["Garment"].data.transform(Matrix.Scale(100, 4)),
            "real_size",
        ),
        (set_property("Garment", "mockup_zones", "{"), "zones_unreadable"),
        (lambda scene: setattr(scene.objects["Garment"], "scale", (2, 2, 2)), "scale"),
        (
            lambda scene: scene.objects["Garment"].modifiers.new("Smooth", "SUBSURF"),
            "slow_modifier",
        ),
        (lambda scene: setattr(bpy.data.lights["Key"], "color", (1, 0.9, 0.8)), "light_not_baked"),
        (zone(uv_map="nowhere"), "no_uv_map"),
        (zone(view="top"), "zone_without_view"),
        (zone(width=0.6), "zone_size"),
        (zone(width=-1), "zone_values"),
        (zone(wearer_left=-1), "wearer_left"),
        (move_uvs(lambda u, v: (1 - u, v)), "mirrored"),
        (move_uvs(lambda u, v: (1 - u, 1 - v)), "upside_down"),
        (move_uvs(lambda u, v: (u**2, v)), "stretch"),
        (move_uvs(lambda u, v: (u * 0.4, v)), "sparse"),
        (move_uvs(lambda u, v: (u + 5, v)), "zone_without_cloth"),
        (lambda scene: scene.objects["Garment"].data.flip_normals(), "inside_out"),
        (lambda _scene: bpy.data.materials["Fabric"].pop("mockup_printable"), "not_printable"),
        (lambda _scene: bpy.data.materials["Fabric"].pop("mockup_colour"), "fabric_nodes"),
        (lambda scene: scene.objects["Camera back"].pop("view_id"), "camera_without_view"),
        (set_property("Camera back", "view_id", "left"), "view_twice"),
        (set_property("Camera front", "view_id", "top"), "no_front"),
        (lambda scene: scene.objects["Camera back"].pop("azimuth_deg"), "no_azimuth"),
        (lambda scene: scene.objects["Lights"].pop("mockup_role"), "no_light_rig"),
        (lambda scene: scene.objects["Turntable"].pop("mockup_role"), "no_turntable"),
        (lambda scene: setattr(scene.objects["Garment"], "parent", None), "not_on_turntable"),
        (lambda _scene: setattr(bpy.data.texts.new("x.py"), "use_module", True), "danger"),
    ],
)
def test_each_fault_is_found(codes, change, code):
    assert code in codes(change)


def test_every_finding_is_a_sentence_and_a_fix(tmp_path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    path = tmp_path / "empty.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    findings = checking.check(path)
    assert len(findings) > 5
    for finding in findings:
        assert finding.sentence[0].isupper() and finding.sentence.endswith(".")
        assert finding.advice[0].isupper() and finding.advice.endswith(".")


def test_the_sidecar_tells_doors_what_the_template_offers(bounce_blend, tmp_path):
    blend = tmp_path / "mine.blend"
    blend.write_bytes(bounce_blend.read_bytes())
    report = tmp_path / "report.json"
    assert checking.main(str(blend), report=str(report), sidecar=True) == 0
    assert {one["code"] for one in json.loads(report.read_text("utf-8"))} <= {"newer"}
    info = resolve(str(blend))
    assert info.views == ("front", "back", "left", "right", "front_left", "front_right")
    assert list(info.zones) == ["front", "back", "sleeve_left", "sleeve_right"]
    assert info.zones["front"].collar == 0.64
    assert info.view_facing("back") == "back"
    assert info.relightable


def test_another_files_json_is_not_written_over(studio_blend, tmp_path):
    blend = tmp_path / "prices.blend"
    blend.write_bytes(studio_blend.read_bytes())
    prices = blend.with_suffix(".json")
    prices.write_text('{"tank": 19}')
    assert checking.main(str(blend), report=None, sidecar=True) == 1
    assert checking.check(blend)[0].code == "sidecar_taken"
    assert prices.read_text() == '{"tank": 19}'


def test_a_template_with_errors_gets_no_sidecar(tmp_path):
    blend = tmp_path / "text.blend"
    blend.write_text("not a blend")
    assert checking.main(str(blend), report=None, sidecar=True) == 1
    assert not blend.with_suffix(".json").exists()
