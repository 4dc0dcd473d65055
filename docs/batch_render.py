"""Renders every design in a folder, front and back, on two fabrics, with the extension installed:

blender --background --python-exit-code 1 --python batch_render.py -- DESIGNS OUTPUT

The queue remembers what is done: stop it at any time, run it again, and it goes on where it was.
"""

import sys
from pathlib import Path

import bpy


def main(designs: str, output: str) -> None:
    """Queue the designs, render until nothing is left, and say where the pictures are."""
    images = sorted(
        path for path in Path(designs).iterdir() if path.suffix.lower() in {".png", ".jpg", ".webp"}
    )
    if not images:
        raise SystemExit(f"There is no image in {designs}.")
    bpy.ops.tshirt.enqueue(
        designs=";".join(str(path.absolute()) for path in images),
        placements="full_front",
        fabrics="white, navy",
        views="front, back",
        quality="draft",
        output=str(Path(output).absolute()),
        batch=Path(designs).name,
    )
    bpy.ops.tshirt.run_queue()
    made = sorted(Path(output).glob("*.png"))
    print(f"{len(made)} pictures in {Path(output).absolute()}")
    if not made:
        raise SystemExit("Nothing was rendered; see: blender --command tshirt_queue list")


if __name__ == "__main__":
    if len(arguments := sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []) != 2:
        raise SystemExit(__doc__)
    main(*arguments)
