"""Which room may import which: panels → operators → queue → presets ← render, and who sees bpy."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import tshirt_render_queue

ROOT = Path(tshirt_render_queue.__path__[0])
NAME = "tshirt_render_queue"

#: What each room may import of the others.
MAY_IMPORT = {
    "panels": {"operators", "queue", "presets"},
    "operators": {"queue", "presets"},
    "queue": {"presets"},
    "presets": set(),
    "render": {"presets"},
}
#: Modules of Blender; `mathutils` and friends come with bpy.
OF_BLENDER = {"bpy", "bpy_extras", "bmesh", "mathutils", "gpu", "blf", "addon_utils", "bl_ui"}


class Import(NamedTuple):
    where: str  # "queue/store/job_store.py:12"
    room: str  # of the importing file
    target: tuple[str, ...]  # ("presets", "request") in here, ("bpy", "types") outside
    inside: bool  # whether the target is this package
    at_module_level: bool


def files() -> list[Path]:
    return [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]


def imports_of(path: Path, source: str) -> Iterator[Import]:
    tree = ast.parse(source, filename=str(path))
    inside_functions = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.walk(node)
    }
    parts = path.relative_to(ROOT).parts
    for node in ast.walk(tree):
        where = f"{'/'.join(parts)}:{getattr(node, 'lineno', 0)}"
        top = id(node) not in inside_functions
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(where, parts[0], tuple(alias.name.split(".")), False, top)
        elif isinstance(node, ast.ImportFrom):
            module = tuple(node.module.split(".")) if node.module else ()
            base = parts[: len(parts) - node.level] if node.level else ()
            for alias in node.names:
                target = (*base, *module, alias.name)
                yield Import(where, parts[0], target, node.level > 0, top)


def all_imports() -> list[Import]:
    return [found for path in files() for found in imports_of(path, path.read_text("utf-8"))]


ALL = all_imports()


def told(wrong: list[Import]) -> str:
    return "\n".join(f"{one.where} imports {'.'.join(one.target)}" for one in wrong)


def test_arrows_run_one_way():
    wrong = [
        one
        for one in ALL
        if one.inside
        and one.target[0] in MAY_IMPORT
        and one.target[0] != one.room
        and one.target[0] not in MAY_IMPORT[one.room]
    ]
    assert not wrong, told(wrong)


def test_own_modules_are_imported_relatively():
    own = {NAME, "bl_ext", "panels", "operators", "presets", "render"}
    wrong = [one for one in ALL if not one.inside and one.target[0] in own]
    assert not wrong, told(wrong)


@pytest.mark.parametrize("room", ["queue", "presets"])
def test_room_never_imports_bpy(room):
    wrong = [
        one for one in ALL if one.room == room and not one.inside and one.target[0] in OF_BLENDER
    ]
    assert not wrong, told(wrong)


def test_command_line_and_room_entrances_import_bpy_only_inside_functions():
    entrances = ("operators/cli/command_line.py:", "operators/__init__.py:", "panels/__init__.py:")
    wrong = [
        one
        for one in ALL
        if one.where.startswith(entrances) and one.at_module_level and one.target[0] in OF_BLENDER
    ]
    assert not wrong, told(wrong)


def test_only_one_file_imports_persistqueue():
    importing = {one.where.split(":")[0] for one in ALL if one.target[0] == "persistqueue"}
    assert importing <= {"queue/store/job_store.py"}, importing


def test_nothing_that_ships_can_reach_the_network_or_install_packages():
    ways = {"aiohttp", "asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl"}
    ways |= {"ensurepip", "pip", "urllib", "urllib3", "venv", "xmlrpc"}
    #: `gethostname`, which tells two machines apart that share a folder
    allowed = ("queue/runner/lock.py:", "socket")
    wrong = [
        one
        for one in ALL
        if not one.inside
        and one.target[0] in ways
        and one.target[:2] != ("urllib", "parse")
        and not (one.where.startswith(allowed[0]) and one.target[0] == allowed[1])
    ]
    assert not wrong, told(wrong)


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in files()
        if path.read_text("utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_a_wrong_arrow_would_be_seen():
    path = ROOT / "queue" / "example.py"
    source = (
        "import bpy\nfrom ..panels import lists\ndef late():\n    from ..presets.views import x\n"
    )
    found = list(imports_of(path, source))
    assert [one.target[0] for one in found] == ["bpy", "panels", "presets"]
    assert [one.inside for one in found] == [False, True, True]
    assert [one.at_module_level for one in found] == [True, True, False]
