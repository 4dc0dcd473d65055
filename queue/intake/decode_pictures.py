"""The script of the picture process: `python -I queue/intake/decode_pictures.py LIBRARIES MODULE=DIR…`.

Loads the package by its place on disk, since no Blender does it here; see `picture_server.py`.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: any name will do: nothing else is loaded in this process
NAME = "extension"


def main() -> int:
    """Do tasks until standard input ends."""
    libraries, *found = sys.argv[1:]
    spec = importlib.util.spec_from_file_location(
        NAME, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"The extension's own package can't be loaded from {ROOT}.")
    sys.modules[NAME] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    server = importlib.import_module(f"{NAME}.queue.intake.picture_server")
    installed = dict(one.split("=", 1) for one in found)
    server.serve({name: Path(folder) for name, folder in installed.items()}, Path(libraries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
