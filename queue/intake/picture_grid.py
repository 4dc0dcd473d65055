"""Takes the coarse grid that preflight looks at from a picture. Runs in the picture process.

No bpy here.
"""

from PIL import Image

from ...presets.pixels import CLEAR, GRID

#: pixels of the longer side that are enough to take it from, where fewer are quicker to read
SIDE = 8 * GRID

Ink = tuple[float, float, float, float]


def grid_of(image: Image.Image) -> tuple[bytes, int, Ink | None]:
    """Return the grid's pixels as RGBA, how many are in a row, and where ink is (see `Grid`)."""
    xs, ys = _steps(image.width), _steps(image.height)
    rows = Image.new(image.mode, (image.width, len(ys)))
    for number, y in enumerate(ys):
        rows.paste(image.crop((0, y, image.width, y + 1)), (0, number))
    grid = Image.new(image.mode, (len(xs), len(ys)))
    for number, x in enumerate(xs):
        grid.paste(rows.crop((x, 0, x + 1, len(ys))), (number, 0))
    return grid.convert("RGBA").tobytes(), len(xs), _ink_or_none(image)


def _ink_or_none(image: Image.Image) -> Ink | None:
    if image.mode != "RGBA":
        return 0.0, 0.0, 1.0, 1.0
    box = image.getchannel("A").point([255 * (value > CLEAR) for value in range(256)]).getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    return left / image.width, top / image.height, right / image.width, bottom / image.height


def _steps(length: int) -> list[int]:
    many = min(length, GRID)
    return [number * (length - 1) // max(1, many - 1) for number in range(many)]
