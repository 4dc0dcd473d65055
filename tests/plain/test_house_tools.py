"""build.py and its tools: they run in old Pythons, find interpreters, and count tests honestly."""

import ast
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import tshirt_render_queue

ROOT = Path(tshirt_render_queue.__path__[0])
OLD = (
    "build.py",
    "queue/runner/system_libraries.py",
    *(f"tools/{name}.py" for name in ("environment", "interpreters", "package", "suites")),
)


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("name", OLD)
def test_what_runs_before_a_fitting_python_is_found_is_python_3_8(name):
    ast.parse((ROOT / name).read_text("utf-8"), filename=name, feature_version=(3, 8))


@pytest.mark.parametrize("name", OLD)
def test_build_uses_only_the_standard_library(name):
    own = {path.stem for path in (ROOT / "tools").glob("*.py")}
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    first = {module.partition(".")[0] for module in imported}
    assert first <= set(sys.stdlib_module_names) | own


def test_no_tool_hides_a_module_of_the_standard_library():
    names = {
        path.stem for folder in ("tools", "docs/samples") for path in (ROOT / folder).glob("*.py")
    }
    assert not names & set(sys.stdlib_module_names)


def test_build_names_every_verb():
    done = subprocess.run(
        [sys.executable, str(ROOT / "build.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    for verb in ("env", "demo", "test", "zip", "lint", "bench", "template", "queue"):
        assert f"\n  {verb} " in done.stdout


BECOMES = """
import os, runpy, sys, types
sys.path.insert(0, sys.argv[1] + "/tools")
import environment
made = types.SimpleNamespace(python=sys.executable, variables=dict)
environment.for_rendering = lambda *_: made
os.execve = lambda file, command, _: sys.exit(f"became {command[-2:]}")
sys.argv = [sys.argv[1] + "/build.py", "queue", "status", "--json"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.skipif(os.name != "posix", reason="no process can become another one")
def test_a_signal_to_build_reaches_the_runner_because_build_becomes_it():
    done = subprocess.run(
        [sys.executable, "-c", BECOMES, str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "became ['status', '--json']"


def test_no_fitting_python_is_told_with_what_to_install(tools, monkeypatch):
    interpreters = tools("interpreters")
    monkeypatch.setattr(interpreters, "candidates", lambda versions: [[sys.executable]])
    with pytest.raises(interpreters.NothingFits) as told:
        interpreters.find_python([(3, 99)], "demo")
    assert "build.py demo --blender" in str(told.value)
    assert "needs Python 3.99 " in str(told.value)
    assert "uv python install 3.99 " in str(told.value)
    assert f"({sys.version_info[0]}.{sys.version_info[1]})" in str(told.value)


@pytest.mark.parametrize(
    "versions, wanted, installs",
    [
        ([(3, 11)], "needs Python 3.11, looked at", "python install 3.11 "),
        ({(3, 11): "bpy", (3, 13): "bpy"}, "needs Python 3.11 or 3.13,", "python install 3.13 "),
        ([(3, minor) for minor in range(11, 20)], "needs Python 3.11 or later,", "install 3.13 "),
    ],
)
def test_the_python_that_is_wanted_is_named(tools, monkeypatch, versions, wanted, installs):
    interpreters = tools("interpreters")
    monkeypatch.setattr(interpreters, "candidates", lambda versions: [])
    with pytest.raises(interpreters.NoPython) as told:
        interpreters.find_python(versions)
    assert told.value.short.startswith(wanted)
    assert installs in str(told.value)


def test_this_python_is_found(tools):
    interpreters = tools("interpreters")
    found = interpreters.find_python([sys.version_info[:2]])
    assert found.version == sys.version_info[:2]


@pytest.mark.skipif(os.name != "posix", reason="a script can't stand in for Python there")
def test_a_python_without_venv_is_named_with_what_it_lacks(tools, tmp_path, monkeypatch):
    interpreters = tools("interpreters")
    bare = tmp_path / "python3"
    without = "import sys; sys.modules['ensurepip'] = None; exec(sys.argv[-1])"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{without}" "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(interpreters, "candidates", lambda versions: [[str(bare)]])
    with pytest.raises(interpreters.NoPython, match="without venv") as told:
        interpreters.find_python([sys.version_info[:2]])
    assert "apt install python3 python3-venv" in str(told.value)


def test_named_blender_must_exist(tools, tmp_path):
    interpreters = tools("interpreters")
    with pytest.raises(interpreters.NothingFits, match="no such program"):
        interpreters.find_blender(str(tmp_path / "blender"))


def test_own_launcher_is_no_real_blender(tools):
    interpreters = tools("interpreters")
    assert interpreters.is_own_launcher(str(ROOT / ".venv" / "bin" / "blender"))
    assert interpreters.is_own_launcher(str(ROOT / ".venv-4.2" / "bin" / "blender"))
    assert not interpreters.is_own_launcher("/opt/blender/blender")


@pytest.fixture
def blender_that_says(tmp_path):
    def make(script):
        program = tmp_path / "blender"
        program.write_text(f"#!{sys.executable}\n{script}\n")
        program.chmod(0o755)
        return str(program)

    return make


@pytest.mark.skipif(os.name != "posix", reason="a script can't stand in for Blender there")
@pytest.mark.parametrize(
    "script, told",
    [
        ("raise ImportError('libX11.so.6: cannot open shared object file')", "needs libX11.so.6"),
        ("import sys; sys.exit('no licence')", "exit code 1, it said: no licence"),
        ("", "exit code 0, it said: nothing"),
    ],
)
def test_a_blender_that_does_not_start_is_told_in_one_sentence(
    tools, blender_that_says, script, told
):
    interpreters = tools("interpreters")
    with pytest.raises(interpreters.CannotStart, match=told) as problem:
        interpreters.version(blender_that_says(script))
    assert "Traceback" not in str(problem.value)


@pytest.mark.skipif(os.name != "posix", reason="a script can't stand in for Blender there")
def test_the_blender_of_an_environment_is_tried_until_it_has_started(
    tools, blender_that_says, tmp_path, monkeypatch
):
    environment = tools("environment")
    monkeypatch.setattr(environment, "install", lambda *_: None)
    monkeypatch.setattr(environment, "interpreter_of", lambda _: sys.executable)
    monkeypatch.setattr(environment, "write_launcher", lambda folder: folder / "blender")
    lacks = "ImportError: libgomp.so.1: cannot open shared object file"
    for script, starts in (
        (f"import sys; sys.exit({lacks!r})", False),
        ("print('Blender 5')", True),
    ):
        environment.write_stamp(tmp_path, {"python": [3, 11]})
        blender_that_says(script)
        if starts:
            environment.with_bpy(tmp_path, None, "bpy")
        else:
            with pytest.raises(sys.modules["interpreters"].CannotStart, match=r"libgomp\.so\.1"):
                environment.with_bpy(tmp_path, None, "bpy")
        assert environment.read_stamp(tmp_path).get("starts", False) is starts


def test_what_a_missing_library_keeps_from_being_tested_is_not_left_out(tools, monkeypatch):
    suites = tools("suites")

    def lacks_a_library(verb):
        raise suites.interpreters.CannotStart("Blender needs libgomp.so.1.")

    monkeypatch.setattr(suites.environment, "for_newest_bpy", lacks_a_library)
    monkeypatch.setattr(suites, "real_blenders", lambda asked: [])
    with pytest.raises(suites.interpreters.CannotStart, match="libgomp"):
        suites.run_all(None, [])


@pytest.mark.skipif(os.name != "posix", reason="a script can't stand in for Blender there")
def test_a_demo_without_pictures_names_no_sheet(blender_that_says, tmp_path):
    lacks = "ImportError: libX11.so.6: cannot open shared object file"
    blender = blender_that_says(f"import sys; sys.exit({lacks!r})")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py"), str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        env={**os.environ, "BLENDER": blender},
    )
    assert done.returncode == 1
    assert "Blender needs libX11.so.6, which this system lacks" in done.stdout
    assert done.stderr.endswith("\nNo picture was rendered: what went wrong is said above.\n")
    assert "contact-sheet" not in done.stdout


def test_a_zip_depends_on_nothing_but_its_files(tools, tmp_path):
    package = tools("package")
    files = {"__init__.py": b"print()\n" * 99, "wheels/a.whl": b"PK" * 99, "presets/b.json": b"{}"}

    def build(name, order, year, rights):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(zipfile.ZipInfo("presets/", (year, 1, 2, 3, 4, 6)), b"")
            for file in order:
                info = zipfile.ZipInfo(file, (year, 1, 2, 3, 4, 6))
                info.external_attr = rights << 16
                kind = zipfile.ZIP_STORED if file.endswith(".whl") else zipfile.ZIP_DEFLATED
                made.writestr(info, files[file], kind)
        before = path.read_bytes()
        package.pack_anew(path)
        assert path.read_bytes() != before
        return path

    first = build("first.zip", files, 2024, 0o100600)
    second = build("second.zip", reversed(files), 2026, 0o100755)
    assert package.sha256(first) == package.sha256(second)
    with zipfile.ZipFile(first) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
        assert opened.getinfo("wheels/a.whl").compress_type == zipfile.ZIP_STORED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.zip", "second.zip"]
