"""The operators that make a template change what they say, keep the rest, and can be undone."""

import json
import math
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Matrix, Vector  # noqa: E402
from tshirt_render_queue.operators.client import background_operator  # noqa: E402
from tshirt_render_queue.operators.template import check_template, maker  # noqa: E402
from tshirt_render_queue.presets.views import round_the_shirt  # noqa: E402
from tshirt_render_queue.render import checking  # noqa: E402
from tshirt_render_queue.render.template import read_cloth, read_zones  # noqa: E402
from tshirt_render_queue.render.zone_fit import measure_or_none  # noqa: E402

SHIPPED = Path(__file__).resolve().parents[2] / "presets" / "templates" / "tshirt.blend"


@pytest.fixture(scope="module", autouse=True)
def _operators():
    rooms = (background_operator, maker, check_template)
    for room in rooms:
        room.register()
    yield
    for room in reversed(rooms):
        room.unregister()


@pytest.fixture
def tube():
    """A garment-sized tube without a material, alone in the file, active."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_cylinder_add(
        vertices=64, radius=0.16, depth=0.6, end_fill_type="NOTHING", location=(0.1, 0, 1.0)
    )
    tube = bpy.context.active_object
    tube.name = "Tube"
    return tube


@pytest.fixture
def garment(tube):
    bpy.ops.tshirt.mark_garment()
    return tube


def material(name, tube):
    made = bpy.data.materials.new(name)
    if made.node_tree is None:
        made.use_nodes = True
    tube.data.materials.append(made)
    return made


def refusal(operator, **arguments) -> str:
    with pytest.raises(RuntimeError) as caught:
        operator(**arguments)
    return str(caught.value)


def test_a_garment_without_a_material_gets_a_cotton(tube):
    bpy.ops.tshirt.mark_garment(title="Tube", author="A", licence="CC0-1.0")
    scene = bpy.context.scene
    assert [scene[f"mockup_{key}"] for key in ("template", "name", "author", "licence")] == [
        1, "Tube", "A", "CC0-1.0",
    ]  # fmt: skip
    assert tube["mockup_role"] == "garment"
    assert read_cloth(tube.data.materials[0]).printable


def test_marking_again_keeps_what_was_written(garment):
    bpy.context.scene["mockup_author"] = "B"
    colour = garment.data.materials[0]["mockup_colour"]
    bpy.ops.tshirt.mark_garment()
    assert bpy.context.scene["mockup_author"] == "B"
    assert bpy.context.scene["mockup_name"] == "Tube"
    assert garment.data.materials[0]["mockup_colour"] == colour
    assert len(garment.data.materials) == 1


def test_the_material_that_covers_most_is_the_fabric(tube):
    label, cloth = material("Label", tube), material("Cloth", tube)
    for face in tube.data.polygons:
        face.material_index = 0 if face.index < 3 else 1
    bpy.ops.tshirt.mark_garment()
    assert "mockup_role" not in label
    assert cloth["mockup_printable"] == 1
    bpy.ops.tshirt.mark_garment(material="Label", printable=False)
    assert (label["mockup_role"], label["mockup_printable"]) == ("fabric", 0)
    assert "has no material 'Rib'; it has Label, Cloth" in refusal(
        bpy.ops.tshirt.mark_garment, material="Rib"
    )


@pytest.mark.parametrize("keep_picture", [False, True])
def test_a_pictured_material_takes_the_fabrics_colour(tube, keep_picture):
    cloth = material("Cloth", tube)
    nodes, links = cloth.node_tree.nodes, cloth.node_tree.links
    base = nodes["Principled BSDF"].inputs["Base Color"]
    picture = nodes.new("ShaderNodeTexImage")
    links.new(picture.outputs["Color"], base)
    bpy.ops.tshirt.mark_garment(keep_picture=keep_picture)
    read_cloth(cloth)
    before = {link.from_node.name for link in links if link.to_socket == base}
    if keep_picture:
        mix = nodes[before.pop()]
        assert mix.blend_type == "MULTIPLY"
        assert {link.from_node for one in mix.inputs for link in one.links} == {
            nodes[cloth["mockup_colour"]], picture,
        }  # fmt: skip
    else:
        assert before == {cloth["mockup_colour"]}


def test_an_rgb_node_that_is_there_is_taken(tube):
    cloth = material("Cloth", tube)
    own = cloth.node_tree.nodes.new("ShaderNodeRGB")
    own.name = "My Blue"
    base = cloth.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    cloth.node_tree.links.new(own.outputs[0], base)
    bpy.ops.tshirt.mark_garment()
    assert cloth["mockup_colour"] == "My Blue"


def test_a_material_without_one_principled_is_refused(tube):
    cloth = material("Cloth", tube)
    cloth.node_tree.nodes.remove(cloth.node_tree.nodes["Principled BSDF"])
    assert "0 Principled BSDF nodes" in refusal(bpy.ops.tshirt.mark_garment)
    assert "mockup_role" not in tube


def test_scale_is_applied_to_its_own_mesh_alone(tube):
    twin = bpy.data.objects.new("Twin", tube.data)
    bpy.context.scene.collection.objects.link(twin)
    tube.scale = (1.0, 0.5, 1.2)
    bpy.ops.tshirt.mark_garment()
    assert tuple(tube.scale) == (1, 1, 1)
    assert max(v.co.z for v in tube.data.vertices) == pytest.approx(0.36)
    assert max(v.co.z for v in twin.data.vertices) == pytest.approx(0.3)


def test_only_a_mesh_can_be_a_garment_and_only_a_garment_has_zones(tube):
    assert bpy.ops.tshirt.mark_garment.poll()
    assert not bpy.ops.tshirt.add_zone.poll()
    assert not bpy.ops.tshirt.add_cameras.poll()
    bpy.ops.object.empty_add()
    assert not bpy.ops.tshirt.mark_garment.poll()


def zones(garment) -> dict:
    return json.loads(garment["mockup_zones"])


def select(garment, choose) -> None:
    """Select the faces of which `choose` is true, and stay in edit mode."""
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_mode(type="FACE")
    bpy.ops.mesh.select_all(action="DESELECT")
    bpy.ops.object.mode_set(mode="OBJECT")
    for face in garment.data.polygons:
        face.select = choose(face)
    bpy.ops.object.mode_set(mode="EDIT")


def test_selected_faces_make_a_zone_without_leaving_edit_mode(garment):
    select(garment, lambda face: face.normal.y < -0.5)
    bpy.ops.tshirt.add_zone(zone="front")
    assert garment.mode == "EDIT"
    bpy.ops.object.mode_set(mode="OBJECT")
    zone = zones(garment)["front"]
    # A third of the way round, to the edges of the faces.
    assert zone["width"] == pytest.approx(math.tau * 0.16 / 3, abs=0.02)
    assert (zone["height"], zone["hem"]) == pytest.approx((0.6, 0.0), abs=1e-3)
    assert zone["centre"] == pytest.approx(zone["width"] / 2, abs=1e-3)
    uv = np.empty(len(garment.data.loops) * 2, np.float32)
    garment.data.uv_layers["zone_front"].uv.foreach_get("vector", uv)
    assert set(uv[uv < -1]) == {-10.0}
    assert uv[uv > -1].min() >= 0
    assert uv.max() <= 1


def test_a_refusal_leaves_edit_mode_as_it_was(garment):
    select(garment, lambda face: face.normal.y > 0.5)
    assert "can't be seen from the front" in refusal(bpy.ops.tshirt.add_zone, zone="front")
    assert garment.mode == "EDIT"
    assert [face.select for face in garment.data.polygons].count(True) > 10
    bpy.ops.object.mode_set(mode="OBJECT")
    assert "mockup_zones" not in garment


def test_an_own_zone_faces_where_its_faces_look(garment):
    select(garment, lambda face: face.normal.x < -0.8)
    bpy.ops.tshirt.add_zone(zone="own", own_name="cuff")
    bpy.ops.object.mode_set(mode="OBJECT")
    assert zones(garment)["cuff"]["view"] == "right"
    assert "can't be called 'my cuff'" in refusal(
        bpy.ops.tshirt.add_zone, zone="own", own_name="my cuff"
    )


def test_a_zone_made_again_replaces_the_one_before_and_can_be_removed(garment):
    layers = garment.data.uv_layers
    first = layers.active.name
    bpy.ops.tshirt.add_zone(zone="front")
    bpy.ops.tshirt.add_zone(zone="front", shift_collar=-0.02, shift_hem=0.01)
    bpy.ops.tshirt.add_zone(zone="back")
    assert list(zones(garment)) == ["front", "back"]
    assert zones(garment)["front"]["collar"] == pytest.approx(0.58, abs=1e-3)
    assert zones(garment)["front"]["hem"] == pytest.approx(0.01, abs=1e-3)
    assert layers.keys() == [first, "zone_front", "zone_back"]
    assert layers.active.name == first
    bpy.ops.tshirt.remove_zone(zone="front")
    assert layers.keys() == [first, "zone_back"]
    assert list(zones(garment)) == ["back"]
    assert "no zone 'front'; there is back" in refusal(bpy.ops.tshirt.remove_zone, zone="front")


def test_the_pattern_of_the_active_uv_map_is_taken(garment):
    layer = garment.data.uv_layers.active
    for loop in garment.data.loops:
        x, y, z = garment.data.vertices[loop.vertex_index].co
        layer.data[loop.index].uv = z * 0.4, -math.atan2(x, -y) * 0.16 * 0.4
    select(garment, lambda face: face.normal.y < -0.5)
    bpy.ops.tshirt.add_zone(zone="front", layout="UV_MAP")
    bpy.ops.object.mode_set(mode="OBJECT")
    zone = read_zones(garment)[0]
    fit = measure_or_none(garment, zone)
    assert (fit.least, fit.greatest) == pytest.approx((1, 1), abs=2e-3)
    assert fit.right[0] > 0.7
    assert fit.up[2] > 0.99
    garment.data.uv_layers.remove(garment.data.uv_layers["zone_front"])
    garment.data.uv_layers.remove(garment.data.uv_layers.active)
    assert "no UV map" in refusal(bpy.ops.tshirt.add_zone, zone="back", layout="UV_MAP")


def test_a_mesh_full_of_uv_maps_is_refused(garment):
    while len(garment.data.uv_layers) < 8:
        garment.data.uv_layers.new()
    assert "has 8 UV maps" in refusal(bpy.ops.tshirt.add_zone, zone="front")
    assert "mockup_zones" not in garment


def test_zones_that_cant_be_read_are_left_alone(garment):
    garment["mockup_zones"] = "{"
    assert "can't be read" in refusal(bpy.ops.tshirt.add_zone, zone="front")
    assert garment["mockup_zones"] == "{"


def test_bent_by_a_modifier_it_is_measured_as_it_is_bent(garment):
    bend = garment.modifiers.new("Wide", "CAST")
    bend.cast_type, bend.factor, bend.size = "CYLINDER", 1.0, 0.32
    bend.use_radius_as_size = False
    bend.use_z = False
    select(garment, lambda face: face.normal.y < -0.5)
    bpy.ops.tshirt.add_zone(zone="front")
    bpy.ops.object.mode_set(mode="OBJECT")
    (zone,) = read_zones(garment)
    fit = measure_or_none(garment, zone)
    assert (fit.across, fit.along) == pytest.approx((1, 1), abs=0.01)
    assert zone.width > 0.4


def test_smoothed_by_subdivision_it_is_measured_as_it_is_shown(tube):
    bpy.ops.object.delete()
    bpy.ops.mesh.primitive_cylinder_add(
        vertices=10, radius=0.16, depth=0.6, end_fill_type="NOTHING", location=(0, 0, 0.5)
    )
    coarse = bpy.context.active_object
    bpy.ops.tshirt.mark_garment()
    coarse.modifiers.new("Smooth", "SUBSURF").render_levels = 2
    coarse.modifiers.new("Thickness", "SOLIDIFY").thickness = 0.001
    bpy.ops.tshirt.add_zone(zone="front")
    (zone,) = read_zones(coarse)
    fit = measure_or_none(coarse, zone)
    assert (fit.across, fit.along) == pytest.approx((1, 1), abs=0.002)
    rounded = 0.16 * (2 + math.cos(math.tau / 10)) / 3
    assert zone.width < math.pi * rounded


def test_the_garment_fills_85_percent_of_the_picture_where_it_is_largest(garment):
    bpy.ops.tshirt.add_cameras()
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 100
    bpy.context.view_layer.update()
    cameras = {one["view_id"]: one for one in scene.objects if one.get("mockup_role") == "camera"}
    assert list(cameras) == list(round_the_shirt())
    assert scene.camera == cameras["front"]
    fills = []
    for camera in cameras.values():
        seen = np.array([
            world_to_camera_view(scene, camera, garment.matrix_world @ vertex.co)
            for vertex in garment.data.vertices
        ])  # fmt: skip
        low, high = seen.min(axis=0), seen.max(axis=0)
        assert (low[:2] + high[:2]) / 2 == pytest.approx((0.5, 0.5), abs=0.01)
        fills.append(max(high[:2] - low[:2]))
    assert max(fills) == pytest.approx(0.85, abs=0.002)
    assert min(fills) > 0.8


def test_what_is_there_already_stays(garment):
    bpy.ops.tshirt.add_cameras(ground=False)
    scene = bpy.context.scene
    front = next(one for one in scene.objects if one.get("view_id") == "front")
    front.location.x += 1
    count = len(scene.objects)
    bpy.ops.tshirt.add_cameras(ground=False)
    assert len(scene.objects) == count
    assert front.location.x == pytest.approx(1.1, abs=0.01)
    bpy.ops.tshirt.add_cameras(ground=False, replace=True)
    again = next(one for one in scene.objects if one.get("view_id") == "front")
    assert again.location.x == pytest.approx(0.1, abs=1e-4)
    assert len(scene.objects) == count


def test_the_artists_own_lights_and_rig_of_the_garment_turn_where_they_stand(garment):
    bpy.ops.object.light_add(type="AREA", location=(1, -2, 2))
    lamp = bpy.context.active_object
    bones = bpy.data.objects.new("Bones", None)
    bones.location = (0.3, 0, 0)
    bpy.context.scene.collection.objects.link(bones)
    bpy.context.view_layer.update()
    garment.parent = bones
    garment.matrix_parent_inverse = bones.matrix_world.inverted()
    bpy.context.view_layer.update()
    stood = [one.matrix_world.copy() for one in (lamp, garment)]
    bpy.ops.tshirt.add_cameras()
    bpy.context.view_layer.update()
    assert [one.matrix_world for one in (lamp, garment)] == stood
    assert lamp.parent["mockup_role"] == "light_rig"
    assert bones.parent["mockup_role"] == "turntable"
    assert sum(one.type == "LIGHT" for one in bpy.context.scene.objects) == 1
    lamp.parent.rotation_euler.z = math.pi
    bpy.context.view_layer.update()
    mirrored = Vector((0.2, 0, 0)) + Matrix.Rotation(math.pi, 3, "Z") @ Vector((1, -2, 2))
    assert tuple(lamp.matrix_world.translation) == pytest.approx(tuple(mirrored), abs=1e-3)


def test_each_step_can_be_undone(tube):
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.tshirt.mark_garment("EXEC_DEFAULT", True)
    bpy.ops.tshirt.add_zone("EXEC_DEFAULT", True, zone="front")
    assert "zone_front" in bpy.data.objects["Tube"].data.uv_layers
    bpy.ops.ed.undo()
    tube = bpy.data.objects["Tube"]
    assert "zone_front" not in tube.data.uv_layers
    assert "mockup_zones" not in tube
    assert tube["mockup_role"] == "garment"
    bpy.ops.ed.undo()
    assert "mockup_role" not in bpy.data.objects["Tube"]
    assert "mockup_template" not in bpy.context.scene


def test_the_shipped_shirts_zones_are_found_again_by_looking_at_it(tmp_path):
    bpy.ops.wm.open_mainfile(filepath=str(SHIPPED), use_scripts=False)
    shirt = next(one for one in bpy.data.objects if one.get("mockup_role") == "garment")
    bpy.context.view_layer.objects.active = shirt
    true = {zone.id: zone for zone in read_zones(shirt)}
    assert set(true) == set(maker.ZONES)
    for zone in true:
        bpy.ops.tshirt.add_zone(zone=zone)
    for found in read_zones(shirt):
        zone = true[found.id]
        assert found.hem == pytest.approx(zone.hem, abs=0.02)
        assert (found.view, found.wearer_left) == (zone.view, zone.wearer_left)
        if zone.collar is not None:
            # The rib is of the same material: it is found with the body, 2 to 3 cm high.
            assert 0.0 < (found.collar - found.hem) - (zone.collar - zone.hem) < 0.04
        fit = measure_or_none(shirt, found)
        assert (fit.across, fit.along) == pytest.approx((1, 1), abs=0.02)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "again.blend"))
    found = checking.check(tmp_path / "again.blend")
    assert [one for one in found if one.severity == "error"] == []


def test_the_check_needs_a_file_and_raises_what_it_finds(tube, tmp_path):
    assert "Save the file under a name first" in refusal(bpy.ops.tshirt.check_template)
    assert "no template" in refusal(
        bpy.ops.tshirt.check_template, filepath=str(tmp_path / "none.blend")
    )
