"""Renders every design of a folder on t-shirts, without a window, from Blender with the extension.

    blender --background --python-exit-code 1 --python batch_render.py -- DESIGNS PICTURES \\
        [--fabric black --fabric white] [--placement full_front] [--view front] [--size 1024]

A start for scripts of your own: all that it calls is `bpy.ops.tshirt`. Running it again renders
only what is new.
"""

import argparse
import sys
from pathlib import Path

import bpy

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}


def arguments() -> argparse.Namespace:
    """Read what stands after `--`; what stands before it belongs to Blender."""
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    parser = argparse.ArgumentParser(prog="batch_render.py")
    parser.add_argument("designs", type=Path, help="folder with PNG, JPEG, WebP or TIFF files")
    parser.add_argument("pictures", type=Path, help="folder for the pictures")
    parser.add_argument("--fabric", action="append", help="repeatable, default white")
    parser.add_argument("--placement", default="full_front")
    parser.add_argument("--view", action="append", help="repeatable, default: faces the print")
    parser.add_argument("--size", type=int, default=1024, help="pixels, width and height")
    parser.add_argument("--samples", type=int, default=48)
    return parser.parse_args(given)


def main() -> None:
    """Order one job for each design and fabric, then render until the queue is empty."""
    asked = arguments()
    designs = sorted(path for path in asked.designs.iterdir() if path.suffix.lower() in PICTURES)
    if not designs:
        sys.exit(f"There is no PNG, JPEG, WebP or TIFF in {asked.designs}.")
    # An operator that refuses its arguments raises RuntimeError, with the reason in it.
    bpy.ops.tshirt.enqueue(
        designs=";".join(str(design.resolve()) for design in designs),
        placements=asked.placement,
        fabrics=",".join(asked.fabric or ["white"]),
        views=",".join(asked.view or []),
        output=str(asked.pictures.resolve()),
        width=asked.size,
        height=asked.size,
        samples=asked.samples,
        batch=asked.designs.name,
    )
    bpy.ops.tshirt.run_queue()
    print(f"{len(list(asked.pictures.glob('*.png')))} pictures in {asked.pictures.resolve()}")


if __name__ == "__main__":
    main()
