"""Loads the extension as `tshirt_render_queue`, the way Blender does: as a package, by its id.

The repository's root must not be on `sys.path`, where its `queue/` folder would hide the standard
library's `queue`; `python -m pytest` puts it there.

Names a failing test when it fails, and keeps a journal for `build.py test`, which survives a crash.
"""

import importlib.util
import json
import os
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: the file that tools/suites.py reads; none when pytest was started by hand
JOURNAL = os.environ.get("TSHIRT_TEST_JOURNAL")


def _take_root_off_the_path() -> None:
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != ROOT]


def _load_package() -> None:
    name = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["id"]
    if name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)


_take_root_off_the_path()
# At the end: an installed persist-queue wins, without one the bundled wheel is imported as it is.
sys.path.extend(str(wheel) for wheel in sorted((ROOT / "wheels").glob("*-none-any.whl")))
_load_package()


def _note(test: str, event: str) -> None:
    if JOURNAL:
        with open(JOURNAL, "a", encoding="utf-8") as journal:
            journal.write(json.dumps([test, event]) + "\n")


class Journalist:
    """Writes down what tests do; says at once when one fails."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        _note(nodeid, "started")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            _note(report.nodeid, report.outcome)
        if report.failed:
            self._say(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            _note(report.nodeid, report.outcome)
        if report.failed:
            self._say(report)

    def pytest_sessionfinish(self) -> None:
        _note("", "finished")

    def _say(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        said = getattr(getattr(report.longrepr, "reprcrash", None), "message", "")
        words = (
            "failed" if getattr(report, "when", "call") == "call" else f"failed in {report.when}"
        )
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line("")  # behind the letter of this test
            reporter.write_line(f"{report.nodeid} {words}: {said.partition(chr(10))[0]}")


def pytest_configure(config: pytest.Config) -> None:
    """Have it told what happens."""
    config.pluginmanager.register(Journalist(config), "journalist")
