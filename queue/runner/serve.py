"""The script of a detached runner: `python -I queue/runner/serve.py --queue DIR`, see `start_detached`.

Loads the package by its place on disk, since no Blender does it here. Somebody works at this
machine while it renders: it goes behind.
"""

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: any name will do: nothing else is loaded in this process
NAME = "extension"


def main() -> int:
    """Be the runner until there is nothing left to do; 0 also when another one already is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queue", required=True, metavar="DIR", help="the queue folder")
    folder = parser.parse_args().queue
    spec = importlib.util.spec_from_file_location(
        NAME, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"The extension's own package can't be loaded from {ROOT}.")
    sys.modules[NAME] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    runner = importlib.import_module(f"{NAME}.queue.runner.launch")
    importlib.import_module(f"{NAME}.queue.runner.processes").go_behind()
    with runner.signals_stop() as stop:
        try:
            runner.run_queue(folder, stop=stop)
        except runner.QueueHeld:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
