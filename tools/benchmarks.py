"""`build.py bench [WORD…]`: calls `bench_…` functions of tests/bench_*.py, prints their lines.

Every figure is a ratio, or a time beside its bound, from this one run: nothing is compared to a
number from another machine.
"""

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator

import extension


def benchmarks(words: list[str]) -> Iterator[tuple[str, Callable]]:
    """Yield the functions whose file or name contains one of the words; all without words."""
    for path in sorted((extension.ROOT / "tests").glob("bench_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        for name, function in vars(module).items():
            full_name = f"{path.stem}: {name}"
            wanted = not words or any(word in full_name for word in words)
            if wanted and name.startswith("bench_") and callable(function):
                yield full_name, function


def main(words: list[str]) -> int:
    """Run them one after the other, so that none disturbs another's figures."""
    extension.load()
    ran = False
    for name, function in benchmarks(words):
        ran = True
        print(name, flush=True)
        started = time.perf_counter()
        for line in function():
            print(f"  {line}", flush=True)
        print(f"  ({time.perf_counter() - started:.1f} s)", flush=True)
    if not ran:
        print(f"no benchmark is called like {' or '.join(words)}" if words else "no benchmarks")
    return 0 if ran else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
