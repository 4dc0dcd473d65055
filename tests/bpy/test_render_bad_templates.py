"""A stranger's .blend: broken ones are told apart in words, and none ever runs what it carries."""

import json
import shutil
import struct

import pytest

bpy = pytest.importorskip("bpy")

from tshirt_render_queue.render.failures import BadTemplate  # noqa: E402
from tshirt_render_queue.render.session import Session  # noqa: E402
from tshirt_render_queue.render.template import open_template  # noqa: E402


@pytest.fixture
def spoil(studio_blend, tmp_path):
    """A function that changes the template by another, and returns the file it was saved to."""

    def change(how):
        bpy.ops.wm.open_mainfile(filepath=str(studio_blend), use_scripts=False)
        how(bpy.context.scene)
        path = tmp_path / "spoiled" / "spoiled.blend"
        path.parent.mkdir(exist_ok=True)
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)
        return path

    return change


def refusal(path) -> str:
    with pytest.raises(BadTemplate) as caught:
        open_template(path)
    return str(caught.value)


def test_nothing_in_a_hostile_file_runs(spoil, tmp_path, render, make_request):
    trap = tmp_path / "it-ran"
    code = f"open({str(trap)!r}, 'w').close()"

    def hostile(scene):
        text = bpy.data.texts.new("innocent.py")
        text.write(code)
        text.use_module = True
        handler = bpy.data.texts.new("handlers.py")
        handler.write(f"import bpy\nbpy.app.handlers.load_post.append(lambda *_: {code})")
        handler.use_module = True
        driver = scene.objects["Garment"].driver_add("location", 0).driver
        driver.type = "SCRIPTED"
        driver.expression = f"len(str(open({str(trap)!r}, 'w')))"
        style = scene.view_layers[0].freestyle_settings
        style.mode = "SCRIPT"
        style.modules.new().script = text
        scene.render.use_freestyle = True

    path = spoil(hostile)
    trap.unlink(missing_ok=True)  # the driver may have run while the file was made
    with pytest.raises(BadTemplate, match="script"):
        render(make_request(path))
    bpy.context.view_layer.update()
    bpy.context.scene.frame_set(2)
    assert not trap.exists()


def test_python_in_a_driver_is_refused_and_a_simple_expression_is_not(spoil):
    def drive(expression):
        def how(scene):
            driver = scene.objects["Turntable"].driver_add("rotation_euler", 2).driver
            driver.type, driver.expression = "SCRIPTED", expression

        return how

    assert open_template(spoil(drive("(frame - 1) / 36 * 6.2831853"))).turntable
    assert "runs Python" in refusal(spoil(drive("__import__('os').getpid()")))


def test_files_outside_its_folder_are_refused_packed_ones_are_not(spoil, letter):
    def use(pack):
        def how(_scene):
            image = bpy.data.images.load(str(letter))
            image.use_fake_user = True
            if pack:
                image.pack()

        return how

    assert str(letter) in refusal(spoil(use(pack=False)))
    assert open_template(spoil(use(pack=True)))


def test_a_linked_library_is_refused(spoil, even_blend, tmp_path):
    library = tmp_path / "spoiled" / "library.blend"
    library.parent.mkdir()
    shutil.copy(even_blend, library)

    def link(scene):
        with bpy.data.libraries.load(str(library), link=True) as (found, wanted):
            wanted.materials = found.materials
        scene.objects["Garment"].data.materials.append(wanted.materials[0])

    assert "links data" in refusal(spoil(link))


def test_broken_files_are_told_apart(spoil, tmp_path, letter):
    whole = spoil(lambda _scene: None).read_bytes()
    broken = tmp_path / "broken.blend"

    broken.write_bytes(whole[: len(whole) // 2])
    assert "damaged or incomplete" in refusal(broken)
    broken.write_bytes(b"")
    assert "not a .blend" in refusal(broken)
    broken.write_bytes(letter.read_bytes())
    assert "not a .blend" in refusal(broken)
    assert "does not exist" in refusal(tmp_path / "gone.blend")


def test_a_newer_blenders_file_is_called_newer(spoil, tmp_path):
    whole = bytearray(spoil(lambda _scene: None).read_bytes())
    newer = tmp_path / "newer.blend"
    # The header's last three (to 4.x) or four (from 5.0) digits are the version.
    digits = slice(9, 12) if whole[7:8] in b"-_" else slice(13, 17)
    whole[digits] = b"9" * (digits.stop - digits.start)
    # Which Blender is needed at least is kept in the file's GLOB block.
    at = whole.index(b"GLOB")
    _raise_minimum(whole, at)
    newer.write_bytes(whole)
    assert "newer Blender" in refusal(newer)


def _raise_minimum(data: bytearray, at: int) -> None:
    """Set minversion and minsubversion of the GLOB block at `at` to 99.9."""
    large = data[7:9] == b"17"
    start = at + (32 if large else 24)
    struct.pack_into("<hh", data, start + 6, 999, 9)


def test_a_file_that_is_no_template_says_what_is_missing(spoil):
    def without(change):
        return refusal(spoil(change))

    assert "mockup_template" in without(lambda scene: scene.pop("mockup_template"))
    assert "mockup_role = 'garment'" in without(lambda s: s.objects["Garment"].pop("mockup_role"))
    assert "mockup_role = 'fabric'" in without(
        lambda _: [material.pop("mockup_role") for material in bpy.data.materials]
    )

    def second_shader(_scene):
        bpy.data.materials["Fabric"].node_tree.nodes.new("ShaderNodeBsdfPrincipled")

    assert "2 Principled" in without(second_shader)

    def garbled(scene):
        scene.objects["Garment"]["mockup_zones"] = json.dumps({"front": {"uv": 1}})

    assert "mockup_zones" in without(garbled)


def test_a_view_or_zone_it_lacks_is_named(render, make_request, studio_blend):
    with pytest.raises(BadTemplate, match="no camera for the view 'closeup_collar'"):
        render(make_request(studio_blend, views=("closeup_collar",)))
    with pytest.raises(BadTemplate, match="no print zone 'pocket'"):
        render(make_request(studio_blend, placements=("free:pocket",)))


def test_a_worker_renders_the_next_template_after_a_broken_one(
    render, make_request, studio_blend, tmp_path
):
    session = Session()
    _, before = render(make_request(studio_blend), session=session)
    broken = tmp_path / "broken.blend"
    broken.write_bytes(b"BLENDER")
    with pytest.raises(BadTemplate):
        render(make_request(broken), session=session)
    _, after = render(make_request(studio_blend), session=session)
    assert before["files"] == after["files"]
