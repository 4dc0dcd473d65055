"""Loads the extension without Blender, under its own name and without its folder on `sys.path`."""

import importlib.util
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
NAME = "tshirt_render_queue"


def load(module: str = "") -> ModuleType:
    """Return the package, or one of its modules: `load("operators.cli.command_line")`."""
    if NAME not in sys.modules:
        # At the end: an installed persist-queue wins, else the bundled wheel is imported as it is.
        # (Compiled wheels can't be imported so.)
        sys.path.extend(str(wheel) for wheel in sorted((ROOT / "wheels").glob("*-none-any.whl")))
        spec = importlib.util.spec_from_file_location(
            NAME, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules[NAME] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[NAME])
    return import_module(f"{NAME}.{module}" if module else NAME)
