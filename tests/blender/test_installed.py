"""The installed zip at work: from add to picture, on and off again, the batch script."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

#: Run inside Blender: turns the extension off and on twice and tells what it left behind.
OFF_AND_ON = """
import gc, sys, threading
import addon_utils, bpy

name = next(module.__name__ for module in addon_utils.modules()
            if module.__name__.endswith(".tshirt_render_queue"))

def of_extension(module):
    return (module or "").startswith(name)

def what_is_there():
    things = set()
    for kind in (bpy.types.Operator, bpy.types.Panel, bpy.types.Menu, bpy.types.UIList,
                 bpy.types.PropertyGroup, bpy.types.AddonPreferences, bpy.types.FileHandler):
        things |= {f"class {cls.__name__}" for cls in kind.__subclasses__()
                   if of_extension(cls.__module__) and getattr(cls, "is_registered", False)}
    things |= {f"bpy.ops.tshirt.{operator}" for operator in dir(bpy.ops.tshirt)}
    for owner in (bpy.types.WindowManager, bpy.types.Scene, bpy.types.Object, bpy.types.Window):
        things |= {f"{owner.__name__}.{key}" for key in owner.bl_rna.properties.keys()
                   if "tshirt" in key}
    for where in dir(bpy.app.handlers):
        entries = getattr(bpy.app.handlers, where)
        if isinstance(entries, list):
            things |= {f"handler {where}: {entry}" for entry in entries
                       if of_extension(getattr(entry, "__module__", ""))}
    for cls in (getattr(bpy.types, kind) for kind in dir(bpy.types)):
        for drawn in getattr(getattr(cls, "draw", None), "_draw_funcs", ()):
            if of_extension(drawn.__module__):
                things.add(f"{cls.__name__} draws {drawn.__qualname__}")
    things |= {f"thread {thread.name}" for thread in threading.enumerate()
               if thread is not threading.main_thread() and "tshirt" in thread.name.lower()}
    return things

addon_utils.disable(name)
off = what_is_there()
for _ in range(2):
    assert addon_utils.enable(name) is not None, "it cannot be enabled"
    assert any("bpy.ops.tshirt" in thing for thing in what_is_there()), "nothing was registered"
    addon_utils.disable(name)
    left = what_is_there()
    assert left == set(), f"left behind: {sorted(left)}"
assert off == set(), f"left behind the first time: {sorted(off)}"
addon_utils.enable(name)
print("OFF AND ON IS CLEAN")
"""


def test_enabled_and_disabled_twice_it_leaves_nothing_behind(blender):
    done = blender("--background", "--python-exit-code", "1", "--python-expr", OFF_AND_ON)
    assert "OFF AND ON IS CLEAN" in done.stdout


OWN_FOLDERS = """
import importlib, os
import addon_utils, bpy

name = next(module.__name__ for module in addon_utils.modules()
            if module.__name__.endswith(".tshirt_render_queue"))
os.environ.pop("TSHIRT_QUEUE_DIR")
own = bpy.utils.extension_path_user(name)
queue_folder = importlib.import_module(f"{name}.operators.client.queue_location").queue_folder
print("OWN", str(queue_folder().path).startswith(own))
orders = importlib.import_module(f"{name}.operators.saved_orders")
print("ORDERS", str(orders.folder()).startswith(own))
chosen = bpy.context.preferences.addons[name].preferences.queue_folder = PATH
print("CHOSEN", str(queue_folder().path) == chosen)
"""


def test_the_queue_is_in_the_extensions_own_folder_or_the_one_of_the_preferences(blender, tmp_path):
    script = OWN_FOLDERS.replace("PATH", repr(str(tmp_path)))
    done = blender("--background", "--python-exit-code", "1", "--python-expr", script)
    assert {"OWN True", "ORDERS True", "CHOSEN True"} <= set(done.stdout.splitlines())


def test_from_add_to_picture(blender, design, tmp_path):
    add = blender(
        *("--command", "tshirt_queue", "add", design, "--out", tmp_path / "pictures", "--json"),
        *("--size", "64x64", "--samples", "1", "--fabric", "navy", "--placement", "full_front"),
    )
    assert add.stdout.strip()
    blender("--command", "tshirt_queue", "run", "--until-empty")
    listed = blender("--command", "tshirt_queue", "list", "--json")
    (job,) = json.loads(json_in(listed.stdout))
    assert (job["state"], job["attempts"], job["progress"]) == ("completed", 1, 1.0)
    (picture,) = (tmp_path / "pictures").glob("*.png")
    assert picture.name == "square_full_front_navy_transparent_front.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert [Path(file).name for file in job["files"]] == [picture.name]
    # Its work folder is gone, its manifest stays.
    assert not list((tmp_path / "pictures" / ".work").glob("*"))
    assert len(list((tmp_path / "pictures" / "manifests").glob("*.json"))) == 1


def test_an_svg_is_drawn_by_the_bundled_wheel(blender, tmp_path):
    design = tmp_path / "logo.svg"
    design.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="20mm">'
        '<rect width="40mm" height="20mm" fill="#C01020"/></svg>'
    )
    add = ("--command", "tshirt_queue", "add", design, "--out", tmp_path / "pictures")
    tiny = ("--size", "64x64", "--samples", "1", "--width", "5in", "--json")
    first, again = (json.loads(json_in(blender(*add, *tiny).stdout)) for _ in range(2))
    assert again == first
    blender("--command", "tshirt_queue", "run", "--until-empty")
    (picture,) = (tmp_path / "pictures").glob("*.png")
    assert picture.name == "logo_full_front_white_transparent_front.png"
    (manifest,) = (tmp_path / "pictures" / "manifests").glob("*.json")
    (print_,) = json.loads(manifest.read_text())["request"]["prints"]
    drawn = Path(print_["design"]).read_bytes()
    assert (drawn[1:4], drawn[16:24]) == (b"PNG", bytes((0, 0, 5, 220, 0, 0, 2, 238)))  # 1500 × 750


def test_a_wrong_order_is_refused_with_the_valid_names(blender, design):
    refused = blender(
        "--command", "tshirt_queue", "add", design, "--placement", "forehead", exit_code=2
    )
    assert "forehead" in refused.stderr
    assert "full_front" in refused.stderr


def test_documented_batch_script(blender, design, tmp_path):
    documented = (ROOT / "docs" / "batch_render.py").read_text(encoding="utf-8")
    small = documented.replace('quality="draft"', "width=64, height=64, samples=1")
    assert small != documented
    script = tmp_path / "batch_render.py"
    script.write_text(small, encoding="utf-8")
    designs, pictures = tmp_path / "designs", tmp_path / "pictures"
    designs.mkdir()
    for name in ("one.png", "two.png"):
        (designs / name).write_bytes(design.read_bytes())
    call = (
        *("--background", "--python-exit-code", "1"),
        *("--python", script, "--", designs, pictures),
    )
    blender(*call)
    expected = {
        f"{name}_full_front_{fabric}_transparent_{view}.png"
        for name in ("one", "two")
        for fabric in ("white", "navy")
        for view in ("front", "back")
    }
    made = {path.name: path.stat().st_mtime_ns for path in pictures.glob("*.png")}
    assert expected == set(made) - {"contact-sheet.png"}
    # What is done is done: a second run renders none of them again.
    blender(*call)
    assert expected == {
        name for name in expected if (pictures / name).stat().st_mtime_ns == made[name]
    }


def json_in(output: str) -> str:
    """Leave out what Blender itself prints before a command's output."""
    return output[min(at for at in (output.find("["), output.find("{")) if at >= 0) :]
