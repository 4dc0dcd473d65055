"""Frames pictures: the template's square whole in the middle of each, whatever the picture's shape.

One render holds all the shapes that come of it, so that a closeup or a shadow fills them all. The
cameras belong to the template: how they were is kept, and only the frame changes.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import bpy
import numpy as np

from . import compositing


@dataclass(frozen=True)
class Lens:
    """A camera's frame as the template has it."""

    #: millimetres that a square picture shows of the sensor
    sensor: float
    #: metres that it shows, of an orthographic camera
    ortho_scale: float
    #: shares of the square's side
    shift_x: float
    shift_y: float


@dataclass(frozen=True)
class Canvas:
    """What one render shows, in pixels: the template's square, and what lies around it."""

    square: int
    width: int
    height: int


def lens_of(camera: bpy.types.Camera) -> Lens:
    """Return the frame that `camera` has now."""
    return Lens(camera.sensor_width, camera.ortho_scale, camera.shift_x, camera.shift_y)


def canvas_for(width: int, height: int, others: Iterable[tuple[int, int]] = ()) -> Canvas:
    """Return the smallest canvas for a picture of width × height that the shapes `others` fit in.

    What it has more than the picture is even, so that the picture in its middle keeps its pixels.
    """
    square = min(width, height)
    sides = [width, height]
    for shape in others:
        for axis in (0, 1):
            missing = square * shape[axis] / min(shape) - (width, height)[axis]
            sides[axis] = max(sides[axis], (width, height)[axis] + 2 * math.ceil(missing / 2))
    return Canvas(square, *sides)


def aim(camera: bpy.types.Camera, lens: Lens, canvas: Canvas) -> None:
    """Make `camera` show in the square of `canvas` what `lens` shows in a square picture."""
    shorter = min(canvas.width, canvas.height) / canvas.square
    camera.sensor_fit = "VERTICAL" if canvas.width > canvas.height else "HORIZONTAL"
    camera.sensor_width = camera.sensor_height = lens.sensor * shorter
    camera.ortho_scale = lens.ortho_scale * shorter
    camera.shift_x, camera.shift_y = lens.shift_x / shorter, lens.shift_y / shorter


def cut(render: np.ndarray, canvas: Canvas, width: int, height: int) -> np.ndarray:
    """Return the picture of width × height out of the `render` of a canvas that holds its shape."""
    scale = min(width, height) / canvas.square
    if scale != 1:
        columns, rows = round(canvas.width * scale), round(canvas.height * scale)
        render = compositing.resized(render, columns, rows)
    bottom, left = (render.shape[0] - height) // 2, (render.shape[1] - width) // 2
    return render[bottom : bottom + height, left : left + width]
