"""`build.py test`: the same tests in every Blender that can be had here, and one sum at the end.

A test has a limit of time (pyproject.toml), a suite has none: how long it takes is the machine's affair.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import environment
import interpreters
from interpreters import ROOT, version

#: Real Blenders to test with, besides --blender, BLENDER and PATH; separated like PATH.
MORE_BLENDERS = "TSHIRT_BLENDERS"
#: Where tests/conftest.py writes which test starts and how it ends, a line of JSON each.
JOURNAL = "TSHIRT_TEST_JOURNAL"
#: pytest's exit code when no test was left to run.
NOTHING_CHOSEN = 5


class Suite(NamedTuple):
    """One call of pytest."""

    title: str
    made: environment.Environment
    folders: tuple[str, ...]
    real: bool = False  #: whether its Blender is a real one, which can open a window
    inside: bool = False  #: whether pytest runs in that Blender's own Python


class Result(NamedTuple):
    """What became of a suite."""

    title: str
    passed: int
    failed: tuple[str, ...]  #: the tests' ids, and a sentence where the suite itself ended badly
    skipped: int
    seconds: float

    def __str__(self) -> str:
        counts = f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped"
        lines = [f"  {self.title}: {counts} in {self.seconds:.0f} s"]
        return "\n".join([*lines, *(f"    failed: {name}" for name in self.failed)])


class Journal(NamedTuple):
    """What tests/conftest.py wrote down while a suite ran."""

    outcomes: dict[str, str]  #: "passed", "failed" or "skipped" by the test's id
    last: str  #: the test that started last, "" if none did
    finished: bool  #: whether pytest came to its end


def run_all(blender: str | None, arguments: list[str]) -> int:
    """Run every suite that this machine allows; say what was left out and why.

    Folders, files and tests may stand first; pytest's own options follow.
    """
    paths = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
    options = arguments[len(paths) :]
    suites, left_out = plan(blender)
    results = []
    for suite in suites:
        folders = chosen(suite.folders, paths)
        if folders:
            print(f"\n── {suite.title} ──", flush=True)
            chosen_suite = suite._replace(folders=folders)
            results.append(run(chosen_suite, options, may_be_empty=bool(arguments)))
    print("\nIn all:", *results, *(f"  left out: {line}" for line in left_out), sep="\n")
    passed = sum(result.passed for result in results)
    failed = sum(len(result.failed) for result in results)
    skipped = sum(result.skipped for result in results)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0


def chosen(folders: tuple[str, ...], paths: list[str]) -> tuple[str, ...]:
    """Return what of a suite's folders was asked for: those of the paths that lie in them."""
    if not paths:
        return folders
    asked = [(path, Path(path.partition("::")[0])) for path in paths]
    inside = [
        path for path, file in asked if any(Path(one) in (file, *file.parents) for one in folders)
    ]
    whole = [one for one in folders if any(file in Path(one).parents for _, file in asked)]
    return (*inside, *whole)


def plan(blender: str | None) -> tuple[list[Suite], list[str]]:
    """Return the suites for this machine, and a line for each that cannot run here."""
    suites, left_out = [], []
    reals = real_blenders(blender)
    outside = None
    for title, make in (
        ("newest bpy module", environment.for_newest_bpy),
        ("oldest bpy module", environment.for_oldest_bpy),
    ):
        try:
            made = make("test")
        except interpreters.CannotStart:
            raise  # one line mends it; left out, it would pass for tested
        except interpreters.NoPython as problem:
            left_out.append(f"{title}: {problem.short}")
            continue
        except interpreters.NothingFits as problem:
            left_out.append(f"{title}: {problem}")
            continue
        folders = (*plain_folders(), "tests/bpy")
        folders += ("tests/blender",) if outside is None else ()
        outside = outside or made
        suites.append(Suite(f"{title}, {version(str(made.blender))}", made, folders))
    for real in reals:
        made = (outside or environment.for_rendering("test", real))._replace(blender=real)
        if not suites:
            suites.append(Suite("plain Python", made, plain_folders()))
        name = f"real {version(real)}"
        suites.append(Suite(f"inside {name}", made, ("tests/bpy",), real=True, inside=True))
        suites.append(Suite(f"zip in {name}", made, ("tests/blender", "tests/ui"), real=True))
    if not reals:
        left_out.append(
            "real Blenders: none found (put one on PATH, or say --blender PATH, or name several in "
            f"{MORE_BLENDERS})"
        )
    return suites, left_out


def plain_folders() -> tuple[str, ...]:
    """Return the folders of tests that need no Blender, or only one to start as a worker."""
    tested = {path.parent for path in (ROOT / "tests").glob("*/test_*.py")}
    others = {ROOT / "tests" / name for name in ("bpy", "blender", "ui")}
    return tuple(f"tests/{folder.name}" for folder in sorted(tested - others))


def real_blenders(asked: str | None) -> list[str]:
    """Return every real Blender of this machine, each once."""
    named = [name for name in os.environ.get(MORE_BLENDERS, "").split(os.pathsep) if name]
    found = [interpreters.find_blender(name) for name in named]
    if asked or not named:
        found.insert(0, interpreters.find_blender(asked))
    return list(dict.fromkeys(real for real in found if real))


def run(suite: Suite, options: list[str], *, may_be_empty: bool) -> Result:
    """Run one suite, its output as it comes."""
    variables = suite.made.variables()
    variables[MORE_BLENDERS] = str(suite.made.blender) if suite.real else ""
    command = [suite.made.python, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [*suite.folders, *options]
    if suite.inside:
        variables["PYTHONPATH"] = str(environment.pytest_for_blender(suite.made))
        # The exit code comes first: without it a Blender without pytest would count as passed.
        blender_options = [
            "--python-exit-code",
            "1",
            "--factory-startup",
            "--python-use-system-env",
        ]
        command += ["-p", "pytest-blender", "--blender-executable", suite.made.blender]
        # pytest-blender 3.0.8 still asks for `config.inicfg`.
        command += ["-W", "ignore::pytest.PytestRemovedIn10Warning", "--", *blender_options]
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "journal"
        variables[JOURNAL] = str(written)
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=variables).returncode
        journal = read(written)
    if code == NOTHING_CHOSEN and may_be_empty:
        code = 0
    if code < 0 and not suite.real and journal.finished:
        # pytest had finished and said so: bpy 4.2 as a module sometimes dies while Python ends.
        print(f"{suite.title}: {in_words(code)} while Python ended, after the last test")
        code = 0
    return counted(suite.title, journal, code, time.monotonic() - started)


def read(written: Path) -> Journal:
    """Return a journal from its file; a line that was cut off by the suite's death is left out."""
    outcomes, last, finished = {}, "", False
    lines = written.read_text(encoding="utf-8").splitlines(True) if written.is_file() else []
    for line in lines:
        if not line.endswith("\n"):
            break
        test, event = json.loads(line)
        if event == "started":
            last = test
        elif event == "finished":
            finished = True
        elif outcomes.get(test) != "failed":  # also when it passes what comes after
            outcomes[test] = event
    return Journal(outcomes, last, finished)


def counted(title: str, journal: Journal, code: int, seconds: float) -> Result:
    """Count a suite by its journal and its exit code; one that ended badly never counts as passed."""
    outcomes = list(journal.outcomes.values())
    failed = [test for test, outcome in journal.outcomes.items() if outcome == "failed"]
    if not journal.finished:
        last = f"the last test that ran was {journal.last}" if journal.last else "before any test"
        failed.append(f"the suite ended by itself ({in_words(code)}), {last}")
    elif code != 0 and not failed:
        failed.append(f"the suite ended with {in_words(code)}, after its last test")
    return Result(
        title, outcomes.count("passed"), tuple(failed), outcomes.count("skipped"), seconds
    )


def in_words(code: int) -> str:
    """Return an exit code as people call it: "exit code 3", "SIGSEGV"."""
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"
