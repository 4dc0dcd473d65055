"""build.py and its tools: they run in old Pythons, find interpreters, and count tests honestly."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tshirt_render_queue

ROOT = Path(tshirt_render_queue.__path__[0])
OLD = (
    "build.py",
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
    assert "uv python install" in str(told.value)
    assert f"({sys.version_info[0]}.{sys.version_info[1]})" in str(told.value)


def test_this_python_is_found(tools):
    interpreters = tools("interpreters")
    found = interpreters.find_python([sys.version_info[:2]])
    assert found.version == sys.version_info[:2]


def test_named_blender_must_exist(tools, tmp_path):
    interpreters = tools("interpreters")
    with pytest.raises(interpreters.NothingFits, match="no such program"):
        interpreters.find_blender(str(tmp_path / "blender"))


def test_own_launcher_is_no_real_blender(tools):
    interpreters = tools("interpreters")
    assert interpreters.is_own_launcher(str(ROOT / ".venv" / "bin" / "blender"))
    assert interpreters.is_own_launcher(str(ROOT / ".venv-4.2" / "bin" / "blender"))
    assert not interpreters.is_own_launcher("/opt/blender/blender")


REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase>
<testcase name="d"><error/></testcase><testcase name="e"/>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("report", "code", "counts"),
    [
        (REPORT, 1, (2, 2, 1)),
        # Blender crashed at its end: all passed, yet something is wrong.
        ("<testsuites><testcase name='a'/></testsuites>", 139, (1, 1, 0)),
        ("<testsuites><testcase name='a'/></testsuites>", 0, (1, 0, 0)),
        # No report at all, though it ended well: a Blender in which pytest never ran.
        (None, 0, (0, 1, 0)),
    ],
)
def test_a_suite_is_counted_by_its_report_and_its_end(tools, tmp_path, report, code, counts):
    suites = tools("suites")
    path = tmp_path / "report.xml"
    if report:
        path.write_text(report)
    result = suites.counted("title", path, code, 1.0)
    assert (result.passed, result.failed, result.skipped) == counts
