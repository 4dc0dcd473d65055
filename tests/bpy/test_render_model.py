"""The shirt as a GLB: true to size, printed where the pictures show it, whole."""

import json
import struct

import pytest

bpy = pytest.importorskip("bpy")
np = pytest.importorskip("numpy")

from tshirt_render_queue.render import model, pictures  # noqa: E402
from tshirt_render_queue.render.failures import OutputInvalid  # noqa: E402


@pytest.fixture
def exported(render, make_request, studio_blend):
    def export(**changed):
        request = make_request(studio_blend, mode="glb", views=(), **changed)
        work, result = render(request)
        (row,) = result["files"]
        return work / row["file"]

    return export


@pytest.fixture
def imported():
    """A function that reads a GLB into an empty file and returns its mesh objects."""

    def read(path):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_scene.gltf(filepath=str(path))
        return [thing for thing in bpy.context.scene.objects if thing.type == "MESH"]

    return read


def contents(path) -> dict:
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length])


def texture_of(name: str):
    material = bpy.data.materials[name]
    return next(node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")


def test_it_holds_one_shirt_with_a_texture_for_each_printed_zone(exported):
    scene = contents(exported(placements=("full_front", "sleeve_left", "front_bottom")))
    names = [material["name"] for material in scene["materials"]]
    assert sorted(names) == ["fabric", "front print", "sleeve_left print"]
    assert len(scene["images"]) == 2
    assert all("bufferView" in image for image in scene["images"]), "textures are inside"
    (mesh,) = scene["meshes"]
    for primitive in mesh["primitives"]:
        assert {"POSITION", "NORMAL", "TEXCOORD_0"} <= set(primitive["attributes"])
        assert "TEXCOORD_1" not in primitive["attributes"]


def test_it_is_as_large_as_the_shirt_and_stands_upright(exported, imported):
    (shirt,) = imported(exported())
    corners = np.array([shirt.matrix_world @ vertex.co for vertex in shirt.data.vertices])
    size = np.ptp(corners, axis=0)
    assert size[2] == pytest.approx(0.70, abs=0.005)
    assert size[1] == pytest.approx(0.60, abs=0.005)


def test_prints_lie_where_they_do_in_pictures(exported, imported, letter):
    path = exported(backgrounds=("#FFFFFF",))
    imported(path)
    pixels = pictures.pixels_of(texture_of("front print"))
    height, width = pixels.shape[:2]
    red = np.argwhere(np.abs(pixels[..., :3] * 255 - (214, 0, 40)).max(axis=-1) < 12)
    white = np.argwhere((pixels[..., :3] > 0.97).all(axis=-1))
    navy = np.round(pixels[2, 2, :3] * 255)
    assert tuple(navy) == (0x26, 0x31, 0x47)
    # 3 inches below the collar, 0.64 m up; 11 inches wide, of which the letter takes 80 %.
    metres = 0.70 / height
    assert (red[:, 0].max() + 1) * metres == pytest.approx(0.64 - 0.0762 - 0.0210, abs=0.001)
    assert np.ptp(red[:, 1]) * 0.54 / width == pytest.approx(0.2794 * 0.80, abs=0.001)
    assert white[:, 1].mean() > red[:, 1].mean() and white[:, 0].mean() < red[:, 0].mean()


def test_a_turned_print_is_turned(exported, imported, letter):
    from tshirt_render_queue.presets.request import Print

    turned = Print(design=str(letter), name="letter", placement="full_front", rotation_deg=90)
    imported(exported(prints=(turned,)))
    pixels = pictures.pixels_of(texture_of("front print"))
    red = np.argwhere(np.abs(pixels[..., :3] * 255 - (214, 0, 40)).max(axis=-1) < 12)
    white = np.argwhere((pixels[..., :3] > 0.97).all(axis=-1))
    assert white[:, 1].mean() > red[:, 1].mean() and white[:, 0].mean() > red[:, 0].mean()


def test_the_mesh_is_packed_where_the_build_can_and_the_result_says_so(
    render, make_request, studio_blend
):
    work, result = render(make_request(studio_blend, mode="glb", views=()))
    scene = contents(work / result["files"][0]["file"])
    primitives = [one for mesh in scene["meshes"] for one in mesh["primitives"]]
    packed = ["KHR_draco_mesh_compression" in one.get("extensions", {}) for one in primitives]
    assert packed == [result["facts"]["draco"]] * len(primitives)
    assert "draco" not in render(make_request(studio_blend))[1]["facts"]


def test_the_template_is_as_before(render, make_request, studio_blend):
    _, before = render(make_request(studio_blend))
    render(make_request(studio_blend, mode="glb", views=()))
    _, after = render(make_request(studio_blend))
    assert before["files"] == after["files"]
    assert [thing.name for thing in bpy.data.objects if thing.type == "MESH"] == [
        "Garment",
        "Ground",
    ]


def test_a_damaged_model_is_noticed(exported):
    path = exported()
    model.verify(path, 1)
    with pytest.raises(OutputInvalid, match="1 textures instead of 2"):
        model.verify(path, 2)
    whole = path.read_bytes()
    for part in (0, 15, 100, len(whole) - 1):
        path.write_bytes(whole[:part])
        with pytest.raises(OutputInvalid):
            model.verify(path, 1)
