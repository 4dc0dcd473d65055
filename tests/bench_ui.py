"""What the panel costs the artist, measured in a real window under Xvfb: drawing, polling, stalls.

Called by `build.py bench ui`; needs real Blenders in TSHIRT_BLENDERS, see tests/ui.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent / "ui"))

import window  # beside the tests, which are no package

#: Small, so that drawing the window without a graphics card takes little of what is measured.
SIZE = (560, 640)
DESIGNS = Path(__file__).resolve().parent.parent / "docs" / "samples"


def bench_window() -> Iterator[str]:
    """Drawing 10,000 jobs, the idle timer, redraws of an idle tab, stalls while the queue works."""
    desks = window.desks()
    if not desks:
        yield "left out: no Blender with a window (TSHIRT_BLENDERS names some, see tests/ui)"
    for desk in desks:
        with tempfile.TemporaryDirectory(prefix="tshirt-bench-") as folder:
            designs = [str(path) for path in sorted(DESIGNS.glob("*.png"))]
            told = window.play(
                desk, "bench", Path(folder), timeout=600, options={"designs": designs}, size=SIZE
            )
        notes = told["notes"]
        yield f"Blender {told['blender']}, screen drawn without a graphics card"
        yield (
            f"draw() of the whole tab with {notes['jobs']} jobs: median {notes['draw_ms']:.2f} ms"
            f" (bound 1), worst {notes['draw_worst_ms']:.2f} ms, {notes['draw_own_ms']:.2f} of them"
            " at work"
        )
        yield f"the timer on an idle queue: {notes['poll_us']:.1f} µs (bound 50)"
        yield f"redraws in {notes['idle_seconds']:.0f} idle seconds: {notes['redraws']} (bound 0)"
        called = ", ".join(f"{name} {taken:.0f}" for name, taken in notes["operators_ms"].items())
        yield f"ms until operators on 2000 jobs give the window back (bound 50): {called}"
        yield (
            f"while {notes['added']} jobs are added and two render: our longest work on the main"
            f" thread {notes['ours_ms']:.1f} ms ({notes['ours']}), all that it does at a time"
            f" {notes['worked_ms']:.0f} ms (bound 50); longest stall {notes['stall_ms']:.0f} ms,"
            f" {notes['floor_ms']:.0f} with two programs at work in place of ours,"
            f" {notes['alone_ms']:.0f} with none"
        )
