"""The script that a worker Blender runs: `blender … --python render/worker.py -- --channel FD`.

It loads the package by its place on disk, because a worker enables no add-on, and hands over to
`serving` (jobs from the runner) or, with `--check FILE`, to `checking` (the template linter).
"""

import argparse
import importlib
import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def load_package() -> str:
    """Load the extension's package without its `register()`; return the name it goes by."""
    name = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["id"]
    if name in sys.modules:
        return name
    # The root would hide the standard library's `queue`.
    hiding = {ROOT, ROOT / "render"}
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() not in hiding]
    spec = importlib.util.spec_from_file_location(
        name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"The extension's own package can't be loaded from {ROOT}.")
    package: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return name


def main(arguments: list[str]) -> int:
    """Serve the runner, or check one template; return the exit code."""
    parser = argparse.ArgumentParser(prog="worker.py", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--channel", type=int, help="descriptor (Windows: handle) of the messages")
    what.add_argument("--check", metavar="FILE", help="template to check instead of serving")
    parser.add_argument("--device", default="CPU", help="what renders: CPU, CUDA, OPTIX, HIP, …")
    parser.add_argument("--report", metavar="FILE", help="with --check: findings as JSON go here")
    parser.add_argument(
        "--sidecar", action="store_true", help="with --check: write the .json beside the template"
    )
    asked = parser.parse_args(arguments)
    room = f"{load_package()}.render"
    if asked.check:
        checking = importlib.import_module(f"{room}.checking")
        return checking.main(asked.check, report=asked.report, sidecar=asked.sidecar)
    serving = importlib.import_module(f"{room}.serving")
    return serving.main(asked.channel, device=asked.device)


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []))
