"""`build.py demo [DIR]`: renders the sample designs through the queue with two workers, into demo/.

It goes through the same door as everyone: the verbs of the command line.
"""

import contextlib
import io
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import extension

SAMPLES = extension.ROOT / "docs" / "samples"
BATCH = "demo"
FABRICS = ("natural", "navy")
VIEWS = ("front", "back")
#: Chosen so that the whole takes about two minutes on two cores.
QUALITY = ("--size", "720x720", "--samples", "16")


class Shirt(NamedTuple):
    """A design for the front and one for the back."""

    design: str
    front: str
    back_design: str
    back: str
    width: str = ""  #: of the front print, else the placement's


SHIRTS = (
    Shirt("slow-sunday.png", "full_front", "north-ridge.png", "nape"),
    Shirt("north-ridge.png", "left_chest", "north-ridge.png", "full_back"),
    Shirt("last-light.png", "full_front", "slow-sunday.png", "upper_back", "10in"),
)


def main(folder: Path) -> int:
    """Order, render, and say where the pictures are."""
    command = extension.load("operators.cli.command_line").main
    queue = ["--queue", str(folder / "queue")]
    pictures = folder / "pictures"
    started = time.monotonic()
    for shirt in SHIRTS:
        further = f"{shirt.back}={SAMPLES / shirt.back_design}"
        with contextlib.redirect_stdout(io.StringIO()):  # the ids mean nothing to who watches
            code = command(
                [
                    *("add", str(SAMPLES / shirt.design), *queue, "--batch", BATCH),
                    *("--placement", shirt.front),
                    *(("--width", shirt.width) if shirt.width else ()),
                    *("--print", further, *repeated("--fabric", FABRICS), *QUALITY),
                    *repeated("--view", VIEWS),
                    *("--background", "#FFFFFF", "--out", str(pictures)),
                ]
            )
        if code != 0:
            return code
    jobs = len(SHIRTS) * len(FABRICS)
    print(
        f"{jobs} jobs of {len(VIEWS)} pictures each are ordered; two are rendered at a time. "
        "Two cores need about two minutes.",
        flush=True,
    )
    command(["run", *queue, "--until-empty", "--concurrency", "2"])
    sheet, gallery = pictures / "contact-sheet.png", pictures / "gallery.html"
    made = sorted(set(pictures.glob("*.png")) - {sheet})
    if not made:
        print("\nNo picture was rendered: what went wrong is said above.", file=sys.stderr)
        return 1
    print(f"\n{len(made)} pictures in {time.monotonic() - started:.0f} s:")
    for picture in made:
        print(f"  {picture}")
    if sheet.exists() and gallery.exists():
        print("All on one sheet, and as a page to look through:")
        print(f"  {sheet}\n  {gallery}", flush=True)
    # Not by the code of `run`, which is 1 when all was there already.
    return 0 if len(made) == len(SHIRTS) * len(FABRICS) * len(VIEWS) else 1


def repeated(option: str, values: Sequence[str]) -> list[str]:
    """Return an option once for each value."""
    return [word for value in values for word in (option, value)]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else extension.ROOT / "demo").resolve()))
