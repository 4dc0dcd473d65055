"""Moves pictures between files, Blender and arrays (first row at the bottom, as Blender has it)."""

from pathlib import Path

import bpy
import numpy as np

#: a file's ending → Blender's name of the format
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}

#: of JPEG and lossy WebP: no visible blocks around fine print
QUALITY = 92


class Unreadable(Exception):
    """The picture file can't be decoded."""


def read(path: Path) -> tuple[np.ndarray, bool]:
    """Return a picture as float32 height × width × 4, and whether its values are linear light.

    Raises Unreadable. Values of 8-bit files come as stored, divided by 255.
    """
    image = load(path)
    try:
        return pixels_of(image), image.is_float
    finally:
        bpy.data.images.remove(image)


def pixels_of(image: bpy.types.Image) -> np.ndarray:
    """Return the values of a Blender image as float32 height × width × 4."""
    width, height = image.size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)


def load(path: Path) -> bpy.types.Image:
    """Return a new Blender image of the file as it is now; raises Unreadable."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise Unreadable(f"{path} can't be read; is it still there?") from error
    # Blender opens a file lazily: asking for its size is what reads it.
    if 0 in image.size[:] or not image.has_data:
        bpy.data.images.remove(image)
        raise Unreadable(f"{path} isn't a picture that Blender can decode.")
    return image


def is_one_channel(image: bpy.types.Image) -> bool:
    """Return whether the image's file holds grey and nothing else; in Blender it has colour too."""
    return image.depth == (32 if image.is_float else 8)


def write(pixels: np.ndarray, path: Path) -> None:
    """Save uint8 height × width × 4 (straight alpha, sRGB) in the format of its ending.

    The file appears complete or not at all. An opaque picture is saved without alpha.
    """
    has_alpha = bool((pixels[..., 3] < 255).any()) and path.suffix != ".jpg"
    image = new("finished", pixels, alpha=has_alpha)
    try:
        image.file_format = FORMATS[path.suffix]
        part = path.with_name(f"{path.stem}.part{path.suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(filepath=str(part), quality=QUALITY)
        part.replace(path)
    finally:
        bpy.data.images.remove(image)


def new(name: str, pixels: np.ndarray, *, alpha: bool) -> bpy.types.Image:
    """Return a new Blender image of uint8 height × width × 4 (straight alpha, sRGB)."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=alpha)
    image.pixels.foreach_set((pixels.astype(np.float32) / 255.0).ravel())
    return image
