#!/usr/bin/env python3
"""The one tool of this checkout: `python3 build.py VERB`. Standard library only.

Starts in any Python from 3.8; what needs more runs in an environment that it makes by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# Not the checkout itself: its `queue/` would hide the standard library's.
sys.path[0] = str(ROOT / "tools")

import argparse
import os
import subprocess

import environment
import interpreters


def env(options: argparse.Namespace) -> int:
    """Make .venv: bpy for this machine's Python (or around a real Blender); try its Blender."""
    made = environment.for_rendering("env", options.blender)
    version = interpreters.version(str(made.blender))
    print(f"Python   {made.python}\nBlender  {made.blender} ({version})")
    return 0


def queue(options: argparse.Namespace) -> int:
    """The verbs of `blender --command tshirt_queue`, where no Blender is installed."""
    made = environment.for_rendering("queue", options.blender)
    command = tool_in(made, "command.py", *options.rest)
    if os.name == "posix":  # become it, so that a signal to this process stops its runner
        print(end="", flush=True)
        os.execve(command[0], command, made.variables())
    return subprocess.run(command, env=made.variables()).returncode


def demo(options: argparse.Namespace) -> int:
    """Render the sample designs through the queue; say where the pictures are."""
    made = environment.for_rendering("demo", options.blender)
    return run_in(made, "demo.py", *options.rest)


def gallery(options: argparse.Namespace) -> int:
    """Render docs/gallery/ from the sample designs (words pick some of its plates)."""
    made = environment.for_rendering("gallery", options.blender)
    return run_in(made, "gallery.py", *options.rest)


def test(options: argparse.Namespace) -> int:
    """Run every test: plain, with the bpy module (newest and 4.2), in real Blenders."""
    import suites

    return suites.run_all(options.blender, options.rest)


def make_zip(options: argparse.Namespace) -> int:
    """Build dist/tshirt_render_queue-VERSION.zip, and one for each platform; validate them."""
    import package

    made = environment.for_rendering("zip", options.blender)
    for built in package.build(made):
        print(f"{built} ({built.stat().st_size / 1e6:.1f} MB), valid")
        print(f"  sha256 {package.sha256(built)}")
    return 0


def lint(options: argparse.Namespace) -> int:
    """Check style, format, types and the direction of imports."""
    made = environment.for_linting()
    checks = (
        ["ruff", "check", *options.rest],
        ["ruff", "format", "--check"],
        ["basedpyright", "--pythonpath", made.python],
        ["pytest", "-q", "tests/plain/test_house_imports.py"],
    )
    failed = [check for check in checks if run_module(made, *check) != 0]
    print("lint:", "; ".join(f"{' '.join(check[:2])} failed" for check in failed) or "all is well")
    return 1 if failed else 0


def bench(options: argparse.Namespace) -> int:
    """Measure, and print ratios from this one run: tests/bench_*.py (words pick some)."""
    made = environment.for_rendering("bench", options.blender)
    return run_in(made, "benchmarks.py", *options.rest)


def template(options: argparse.Namespace) -> int:
    """Make presets/templates/tshirt.blend, in the oldest Blender that must open it."""
    made = environment.for_making_shirts("template")
    file, *style = options.rest or ["tshirt.blend"]
    out = ROOT / "presets" / "templates" / file
    command = [made.python, "-s", "-E", "-m", "template.make_tshirt", str(out), *style]
    return subprocess.run(command, cwd=ROOT / "tools").returncode


def run_in(made: environment.Environment, script: str, *arguments: str) -> int:
    """Run one of the tools in an environment's Python, without the checkout on its path."""
    return subprocess.run(tool_in(made, script, *arguments), env=made.variables()).returncode


def tool_in(made: environment.Environment, script: str, *arguments: str) -> list[str]:
    """The command line of one of the tools in an environment's Python."""
    return [made.python, "-s", "-E", str(ROOT / "tools" / script), *arguments]


def run_module(made: environment.Environment, *command: str) -> int:
    """Run an installed tool on the checkout."""
    return subprocess.run(
        [made.python, "-P", "-m", *command], cwd=ROOT, env=made.variables()
    ).returncode


VERBS = {
    "env": env,
    "demo": demo,
    "gallery": gallery,
    "test": test,
    "zip": make_zip,
    "lint": lint,
    "bench": bench,
    "template": template,
    "queue": queue,
}


def main(arguments: list[str]) -> int:
    """Do one verb; `--blender PATH` may stand before or after it, all else belongs to the verb."""
    parser = argparse.ArgumentParser(
        prog="build.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {verb:10}{do.__doc__}" for verb, do in VERBS.items()),
    )
    parser.add_argument("--blender", metavar="PATH", help="a real Blender to use (or BLENDER=PATH)")
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help="one of those below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="what the verb takes")
    options = parser.parse_args(arguments)
    if options.rest[:1] == ["--blender"] and len(options.rest) > 1:
        options.blender, options.rest = options.rest[1], options.rest[2:]
    try:
        return VERBS[options.verb](options)
    except interpreters.NothingFits as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
