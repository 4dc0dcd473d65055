"""Loads the extension as `tshirt_render_queue`, the way Blender does: as a package, by its id.

The repository's root must not be on `sys.path`, where its `queue/` folder would hide the standard
library's `queue`; `python -m pytest` puts it there.
"""

import importlib.util
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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
