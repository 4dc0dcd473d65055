"""`build.py test` counts honestly: limits, failures named at once and in the sum, suites that die."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import tshirt_render_queue

ROOT = Path(tshirt_render_queue.__path__[0])


@pytest.fixture
def suites(monkeypatch):
    """The tool as build.py sees it."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    for name in ("interpreters", "environment", "suites"):
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
    return sys.modules["suites"]


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


ENDED = ["", "finished"]
BAD = [["t.py::b", "started"], ["t.py::b", "failed"], ["t.py::b", "passed"]]
GOOD = [["t.py::a", "started"], ["t.py::a", "passed"]]


@pytest.mark.parametrize(
    ("written", "code", "passed", "failed", "skipped"),
    [
        (lines(*GOOD, ENDED), 0, 1, (), 0),
        # It failed, and what comes after it passed.
        (lines(*GOOD, *BAD, ["t.py::c", "skipped"], ENDED), 1, 1, ("t.py::b",), 1),
        # Blender crashed at its end: all passed, yet something is wrong.
        (
            lines(*GOOD, ENDED), 139, 1,
            ("the suite ended with exit code 139, after its last test",), 0,
        ),
        # It died in a test, in the middle of a line.
        (
            lines(*GOOD, ["t.py::b", "started"]) + '["t.py::b", "fai', -11, 1,
            ("the suite ended by itself (SIGSEGV), the last test that ran was t.py::b",), 0,
        ),
        # No journal, though it ended well: a Blender in which pytest never ran.
        (None, 0, 0, ("the suite ended by itself (exit code 0), before any test",), 0),
    ],
)  # fmt: skip
def test_a_suite_is_counted_by_its_journal_and_its_end(
    suites, tmp_path, written, code, passed, failed, skipped
):
    path = tmp_path / "journal"
    if written is not None:
        path.write_text(written)
    result = suites.counted("title", suites.read(path), code, 1.0)
    assert (result.passed, result.failed, result.skipped) == (passed, failed, skipped)
    for name in failed:
        assert f"\n    failed: {name}" in str(result)


@pytest.mark.parametrize(
    "paths, chosen",
    [
        ([], ("tests/chaos", "tests/plain")),
        (["tests/plain"], ("tests/plain",)),
        (["tests/plain/test_retry.py::test_it"], ("tests/plain/test_retry.py::test_it",)),
        (["tests/plain/", "tests/bpy"], ("tests/plain/",)),
        (["tests/bpy"], ()),
        (["tests"], ("tests/chaos", "tests/plain")),
    ],
)
def test_a_suite_takes_what_was_asked_for_of_its_folders(suites, paths, chosen):
    assert suites.chosen(("tests/chaos", "tests/plain"), paths) == chosen


TESTS = """
import os, signal, time
import pytest

def test_good():
    pass

def test_bad():
    assert "reality" == "expectation"

@pytest.fixture
def broken():
    raise OSError("the fixture has no disk")

def test_never_set_up(broken):
    pass

def test_hangs():
    time.sleep(60)

def test_after_all():
    pass

def test_deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)

def test_kills():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def run(suites, tmp_path, capfd):
    """Run some of TESTS as a suite; return the result and what was printed."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_things.py").write_text(TESTS)
    (tests / "conftest.py").symlink_to(ROOT / "tests/conftest.py")
    made = SimpleNamespace(python=sys.executable, blender="", variables=lambda: dict(os.environ))

    def run(words):
        settings = ("-o", "timeout=2", "-o", "faulthandler_timeout=5", "--rootdir", str(tmp_path))
        options = ["-c", str(ROOT / "pyproject.toml"), *settings, "-k", words]
        result = suites.run(suites.Suite("these", made, (str(tests),)), options, may_be_empty=True)
        return result, capfd.readouterr().out

    return run


needs_signals = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")


@needs_signals
def test_a_hanging_test_fails_alone_and_every_failure_is_named_at_once(run):
    result, printed = run("good or bad or set_up or hangs or after")
    assert (result.passed, result.skipped) == (2, 0)
    named = [name.partition("::")[2] for name in result.failed]
    assert named == ["test_bad", "test_never_set_up", "test_hangs"]
    before_summary, _, _ = printed.partition("= FAILURES =")
    assert "::test_bad failed: AssertionError" in before_summary
    assert "::test_never_set_up failed in setup: OSError: the fixture has no disk" in before_summary
    assert "::test_hangs failed: Failed: Timeout" in before_summary


@needs_signals
@pytest.mark.parametrize(
    "words, how", [("good or deaf", "exit code 1"), ("good or kills", "SIGKILL")]
)
def test_a_suite_that_dies_names_its_last_test(run, words, how):
    result, _ = run(words)
    assert result.passed == 1
    (told,) = result.failed
    assert told.startswith(f"the suite ended by itself ({how}), the last test that ran was ")
    assert told.endswith(f"::test_{words.split()[-1]}")


def test_no_test_of_ours_may_take_for_ever(pytestconfig):
    assert (
        60
        <= float(pytestconfig.getini("timeout"))
        < float(pytestconfig.getini("faulthandler_timeout"))
    )
    assert pytestconfig.getini("faulthandler_exit_on_timeout")
