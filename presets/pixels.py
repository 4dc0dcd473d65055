"""The coarse grid of a design's pixels that preflight looks at. No bpy here, nothing is read here."""

from dataclasses import dataclass

#: longer side of the grid
GRID = 96
#: alpha 0..255 up to which a pixel counts as clear
CLEAR = 8


@dataclass(frozen=True, eq=False)  # two looks are two, so that what a look tells can be kept
class Grid:
    """Pixels taken at even steps from an image; the outermost rows and columns are its own."""

    #: rows from the top, each of (red, green, blue, alpha), 0..255
    rows: tuple[tuple[tuple[int, int, int, int], ...], ...]
    #: left, top, right and bottom of all that isn't clear, as shares of width and height from the
    #: upper left; every pixel was looked at. None where all is clear
    ink: tuple[float, float, float, float] | None


def grid_from_bytes(
    pixels: bytes, width: int, ink: tuple[float, float, float, float] | None
) -> Grid:
    """Return the grid of `pixels`, RGBA from the upper left, `width` in a row."""
    channels = (pixels[channel::4] for channel in range(4))
    four = list(zip(*channels, strict=True))
    rows = (tuple(four[at : at + width]) for at in range(0, len(four), width))
    return Grid(tuple(rows), ink)
