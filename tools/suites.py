"""`build.py test`: the same tests in every Blender that can be had here, and one sum at the end."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import environment
import interpreters
from interpreters import ROOT

#: Real Blenders to test with, besides --blender, BLENDER and PATH; separated like PATH.
MORE_BLENDERS = "TSHIRT_BLENDERS"
#: Longest time in seconds for one suite; the longest takes about a third of it.
LIMIT = 600
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
    failed: int
    skipped: int
    seconds: float

    def __str__(self) -> str:
        counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"  {self.title}: {counts} in {self.seconds:.0f} s"


def run_all(blender: str | None, arguments: list[str]) -> int:
    """Run every suite that this machine allows; say what was left out and why."""
    suites, left_out = plan(blender)
    results = []
    for suite in suites:
        print(f"\n── {suite.title} ──", flush=True)
        results.append(run(suite, arguments))
    print("\nIn all:", *results, *(f"  left out: {line}" for line in left_out), sep="\n")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    skipped = sum(result.skipped for result in results)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0


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


def version(blender: str) -> str:
    """Ask a Blender what it is: "Blender 4.3.2"."""
    done = subprocess.run(
        [blender, "--version"], capture_output=True, text=True, check=True, timeout=120
    )
    return next(line for line in done.stdout.splitlines() if line.startswith("Blender"))


def run(suite: Suite, arguments: list[str]) -> Result:
    """Run one suite, its output as it comes."""
    variables = suite.made.variables()
    variables[MORE_BLENDERS] = str(suite.made.blender) if suite.real else ""
    command = [suite.made.python, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += suite.folders
    with tempfile.TemporaryDirectory() as reports:
        report = Path(reports) / "report.xml"
        command += [f"--junitxml={report}", *arguments]
        if suite.inside:
            variables["PYTHONPATH"] = str(environment.pytest_for_blender(suite.made))
            # The exit code comes first: without it a Blender without pytest would count as passed.
            options = ["--python-exit-code", "1", "--factory-startup", "--python-use-system-env"]
            command += ["-p", "pytest-blender", "--blender-executable", suite.made.blender]
            # pytest-blender 3.0.8 still asks for `config.inicfg`.
            command += ["-W", "ignore::pytest.PytestRemovedIn10Warning", "--", *options]
        started = time.monotonic()
        try:
            code = subprocess.run(command, cwd=ROOT, env=variables, timeout=LIMIT).returncode
        except subprocess.TimeoutExpired:
            print(f"{suite.title}: stopped after {LIMIT} s")
            code = 1
        if code == NOTHING_CHOSEN and arguments:
            code = 0
        if code < 0 and not suite.real and report.is_file():
            # pytest had finished and said so: bpy 4.2 as a module sometimes dies while Python ends.
            print(f"{suite.title}: signal {-code} while Python ended, after the last test")
            code = 0
        seconds = time.monotonic() - started
        return counted(suite.title, report, code, seconds)


def counted(title: str, report: Path, code: int, seconds: float) -> Result:
    """Read pytest's report; a suite that ended badly without naming a test counts as one failed."""
    if not report.is_file():
        return Result(title, 0, 1, 0, seconds)
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        failed += bool(kinds & {"failure", "error"})
        skipped += "skipped" in kinds
        passed += not kinds & {"failure", "error", "skipped"}
    return Result(title, passed, max(failed, int(code != 0)), skipped, seconds)
