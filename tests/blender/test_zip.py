"""The zip that ships: exactly what belongs into it, valid, and installable."""

import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))

#: Files at the zip's top, and folders that ship.
FILES = {"__init__.py", "blender_manifest.toml", "LICENSE"}
FOLDERS = {"operators", "panels", "presets", "queue", "render", "wheels"}
#: What may lie in them.
KINDS = {".py", ".json", ".blend", ".png", ".csv", ".whl", ".html", ".svg", ".txt", ".md", ".ttf"}
LARGEST = 40_000_000


@pytest.fixture(scope="module")
def names(zip_file):
    with zipfile.ZipFile(zip_file) as opened:
        assert opened.testzip() is None
        return {name for name in opened.namelist() if not name.endswith("/")}


def should_ship(name: str) -> bool:
    return name in FILES or name.partition("/")[0] in FOLDERS


def test_nothing_stray_ships(names):
    stray = {name for name in names if not should_ship(name)}
    stray |= {name for name in names if Path(name).suffix not in KINDS} - FILES
    assert stray == set()


def test_all_that_belongs_to_it_ships(names):
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nothing tells which files belong to it")
    assert names == {name for name in listed.stdout.split("\0") if name and should_ship(name)}


def test_wheels_of_the_manifest_ship(names):
    assert {wheel.removeprefix("./") for wheel in MANIFEST["wheels"]} <= names


def test_for_each_platform_there_is_a_zip_that_the_extensions_platform_takes(
    bare_blender, tmp_path
):
    folders = ("--source-dir", ROOT, "--output-dir", tmp_path)
    bare_blender("--command", "extension", "build", *folders, "--split-platforms")
    built = {path.stem.rpartition("-")[2].replace("_", "-", 1): path for path in tmp_path.iterdir()}
    assert set(built) == set(MANIFEST["platforms"])
    shipped = set()
    for platform, path in built.items():
        assert path.stat().st_size < LARGEST, platform
        with zipfile.ZipFile(path) as opened:
            wheels = {name for name in opened.namelist() if name.endswith(".whl")}
        compiled = sorted(
            name.split("/")[1].split("-")[:3:2] for name in wheels if "-any" not in name
        )
        pythons = ["cp311", "cp313", *(["cp314"] if platform == "linux-x64" else [])]
        assert compiled == [*(["pillow", one] for one in pythons), ["resvg_py", "cp310"]]
        shipped |= wheels
        bare_blender("--command", "extension", "validate", path)
    assert {f"./{wheel}" for wheel in shipped} == set(MANIFEST["wheels"])


def test_blender_finds_it_valid(bare_blender, zip_file):
    done = bare_blender("--command", "extension", "validate", zip_file)
    assert "Success" in done.stdout


def test_it_installs_enables_lists_and_goes(bare_blender, zip_file):
    bare_blender(
        "--command", "extension", "install-file", "-r", "user_default", "--enable", zip_file
    )
    # install-file exits 0 even for a file that isn't an extension: the list tells.
    listed = bare_blender("--command", "extension", "list").stdout
    assert f"{MANIFEST['id']} [installed]" in listed
    bare_blender("--command", "tshirt_queue", "status")
    bare_blender("--command", "extension", "remove", MANIFEST["id"])
    assert MANIFEST["id"] not in bare_blender("--command", "extension", "list").stdout
