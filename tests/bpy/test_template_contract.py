"""The shipped .blend keeps the template contract: roles, cameras, zones that lie upright and unmirrored."""

import json
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")
mathutils = pytest.importorskip("mathutils")

FOLDER = Path(__file__).resolve().parents[2] / "presets" / "templates"


@pytest.fixture(scope="module")
def scene():
    blend = FOLDER / "tshirt.blend"
    bpy.ops.wm.open_mainfile(filepath=str(blend), load_ui=False, use_scripts=False)
    return bpy.context.scene


def having(scene, role: str) -> list:
    return [thing for thing in scene.objects if thing.get("mockup_role") == role]


def test_the_scene_says_that_it_is_a_template(scene) -> None:
    assert scene["mockup_template"] == 1
    assert scene["mockup_licence"] == "CC0-1.0"
    assert not bpy.data.texts


def test_sidecar_tells_what_the_blend_holds(scene) -> None:
    facts = json.loads((FOLDER / "tshirt.json").read_text(encoding="utf-8"))
    (garment,) = having(scene, "garment")
    assert json.loads(garment["mockup_zones"]) == facts["zones"]
    assert [camera["view_id"] for camera in having(scene, "camera")] == facts["views"]


def test_lights_hang_on_one_rig_and_the_shirt_on_one_turntable(scene) -> None:
    (rig,) = having(scene, "light_rig")
    (turntable,) = having(scene, "turntable")
    (garment,) = having(scene, "garment")
    lights = [thing for thing in scene.objects if thing.type == "LIGHT"]
    assert lights
    assert all(light.parent == rig for light in lights)
    assert garment.parent == turntable
    (ground,) = having(scene, "ground")
    assert ground.hide_render


def test_cameras_stand_where_their_azimuth_says(scene) -> None:
    for camera in having(scene, "camera"):
        azimuth = np.radians(camera["azimuth_deg"])
        ahead = camera.matrix_world.to_3x3() @ mathutils.Vector((0, 0, -1))
        across = np.array([ahead.x, ahead.y]) / np.hypot(ahead.x, ahead.y)
        np.testing.assert_allclose(across, [-np.sin(azimuth), np.cos(azimuth)], atol=1e-3)


def test_fabrics_have_one_principled_and_the_marked_nodes(scene) -> None:
    fabrics = [m for m in bpy.data.materials if m.get("mockup_role") == "fabric"]
    assert sum(bool(m.get("mockup_printable")) for m in fabrics) == 1
    for material in fabrics:
        nodes = material.node_tree.nodes
        assert sum(node.type == "BSDF_PRINCIPLED" for node in nodes) == 1
        assert nodes[material["mockup_colour"]].type == "RGB"
        assert nodes[material["mockup_bounce"]].type == "BSDF_DIFFUSE"


def zone_triangles(garment, zone: dict) -> tuple[np.ndarray, np.ndarray]:
    """Corner positions (m, 3, 3) and UVs in metres (m, 3, 2) of the triangles in a zone."""
    mesh = garment.data
    layer = mesh.uv_layers[zone["uv_map"]]
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    layer.data.foreach_get("uv", uv)
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.calc_loop_triangles()
    loops = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", loops)
    loops = loops.reshape(-1, 3)
    uv = uv.reshape(-1, 2)[loops]
    inside = (uv > -1).all((1, 2))
    return points.reshape(-1, 3)[corners[loops]][inside], uv[inside] * [
        zone["width"],
        zone["height"],
    ]


@pytest.mark.parametrize("name", ["front", "back", "sleeve_left", "sleeve_right"])
def test_zone_is_upright_unmirrored_and_within_its_rectangle(scene, name: str) -> None:
    (garment,) = having(scene, "garment")
    zone = json.loads(garment["mockup_zones"])[name]
    points, uv = zone_triangles(garment, zone)
    assert uv.min() >= -1e-5
    assert (uv <= np.array([zone["width"], zone["height"]]) + 1e-5).all()
    (u1, v1), (u2, v2) = ((uv[:, k] - uv[:, 0]).T for k in (1, 2))
    area = u1 * v2 - u2 * v1
    assert (area > 0).all(), "mirrored faces"
    edge1, edge2 = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    up = (edge2 * u1[:, None] - edge1 * u2[:, None]) / area[:, None]
    right = (edge1 * v2[:, None] - edge2 * v1[:, None]) / area[:, None]
    # the sleeve's zone goes all round the arm: only its outer half faces the camera
    weight = area * (np.abs(uv[..., 0].mean(1) - zone["centre"]) < 0.07)
    weight /= weight.sum()
    assert (up * weight[:, None]).sum(0)[2] > 0.5
    mean_right = (right * weight[:, None]).sum(0)
    axis, sign = {
        "front": (0, 1),
        "back": (0, -1),
        "sleeve_left": (1, 1),
        "sleeve_right": (1, -1),
    }[name]
    assert mean_right[axis] * sign > 0.4
