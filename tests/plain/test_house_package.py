"""The house: what loading the package does and does not do, and that its papers agree."""

import hashlib
import importlib
import queue
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import tshirt_render_queue

ROOT = Path(tshirt_render_queue.__path__[0])
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


def test_standard_library_queue_is_not_hidden():
    assert queue.SimpleQueue().empty()
    assert str(ROOT) not in sys.path


def test_loading_the_package_imports_nothing():
    script = (
        "import importlib.util, sys\n"
        "before = set(sys.modules)\n"
        "spec = importlib.util.spec_from_file_location('house', sys.argv[1])\n"
        "spec.loader.exec_module(importlib.util.module_from_spec(spec))\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(ROOT / "__init__.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


#: https://docs.blender.org/manual/en/latest/advanced/extensions/tags.html
TAGS = {
    "3D View", "Add Curve", "Add Mesh", "Animation", "Bake", "Camera", "Compositing", "Development",
    "Game Engine", "Geometry Nodes", "Grease Pencil", "Import-Export", "Lighting", "Material",
    "Mesh", "Modeling", "Node", "Object", "Paint", "Physics", "Pipeline", "Render", "Rigging",
    "Scene", "Sculpt", "Sequencer", "System", "Text Editor", "Tracking", "UV", "User Interface",
}  # fmt: skip


def test_manifest_says_what_the_extensions_platform_asks():
    assert MANIFEST["schema_version"] == "1.0.0"
    assert MANIFEST["blender_version_min"] == "4.2.0"
    assert "SPDX:GPL-3.0-or-later" in MANIFEST["license"]
    for sentence in (MANIFEST["tagline"], *MANIFEST["permissions"].values()):
        assert len(sentence) <= 64
        assert not sentence.endswith(".")
    assert "network" not in MANIFEST["permissions"]
    assert MANIFEST["website"].startswith("https://")
    assert "blender" not in MANIFEST["name"].lower()
    assert set(MANIFEST["tags"]) <= TAGS
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])
    assert "SPDX:CC0-1.0" in MANIFEST["license"]
    for wheel in MANIFEST["wheels"]:
        assert (ROOT / wheel).is_file()


def test_wheels_are_those_that_were_looked_at():
    """`cd wheels && sha256sum *.whl > sha256sums.txt` notes a new one, once it is PyPI's own."""
    lines = (ROOT / "wheels" / "sha256sums.txt").read_text("utf-8").splitlines()
    noted = {name: digest for digest, name in (line.split("  ") for line in lines)}
    wheels = (ROOT / "wheels").glob("*.whl")
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels} == noted
    assert {wheel.removeprefix("./wheels/") for wheel in MANIFEST["wheels"]} == noted.keys()


def test_newest_changelog_entry_is_the_manifest_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\S+)", text, re.MULTILINE)[0] == MANIFEST["version"]
    assert set(re.findall(r"^### (.+)", text, re.MULTILINE)) <= {"Added", "Changed", "Fixed"}


ROOM = """
import pathlib
LOG = pathlib.Path(__file__).with_name("log")

def note(what):
    with LOG.open("a") as log:
        log.write(f"{what} {__name__.rpartition('.')[2]}\\n")

def register():
    note("register")

def unregister():
    note("unregister")
"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    """The root module with rooms that only note what is asked of them."""
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "__init__.py").write_bytes((ROOT / "__init__.py").read_bytes())
    for room in ("operators", "panels"):
        (folder / f"{room}.py").write_text(ROOM)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("house"), folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "house"]:
        del sys.modules[name]


def test_rooms_are_undone_in_reverse(house):
    package, folder = house
    for _ in range(2):
        package.register()
        package.unregister()
    once = ["register operators", "register panels", "unregister panels", "unregister operators"]
    assert (folder / "log").read_text().splitlines() == once * 2


def test_a_room_that_fails_takes_the_others_along(house):
    package, folder = house
    with (folder / "panels.py").open("a") as room:
        room.write("\ndef register():\n    raise ValueError('no window')\n")
    with pytest.raises(ValueError, match="no window"):
        package.register()
    assert (folder / "log").read_text().split("\n")[:2] == [
        "register operators",
        "unregister operators",
    ]
