"""Tells whether a file is an image that can be printed, by its bytes and never by its ending.

No bpy here and no imaging library: designs are checked where they are ordered.
"""

import re
import struct
from pathlib import Path

from .image_headers import PNG_SIGNATURE, Damaged, ImageInfo, Truncated, jpeg, png, webp
from .tiff_header import tiff

__all__ = ["BadDesign", "ImageInfo", "inspect", "probe"]

#: largest image: pixels a side, and pixels in all; 200 million take 3.2 GB while rendering
LONGEST_SIDE = 16384
MOST_PIXELS = 200_000_000
#: bytes
LARGEST_FILE = 1 << 30

_READERS = (
    (re.compile(re.escape(PNG_SIGNATURE)), png),
    (re.compile(rb"\xff\xd8\xff"), jpeg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), webp),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), tiff),
)

_AS_PNG = "export it as PNG"
_VECTOR = "export it as PNG with a transparent background, at 300 DPI of the size it is printed"
_OTHERS = (
    (rb"GIF8[79]a", "a GIF", "save the frame that is to be printed as PNG"),
    (rb"....ftypavi[fs]", "an AVIF", _AS_PNG),
    (rb"....ftyp(?:hei|hev|mif1|msf1)", "a HEIC photo", "export it as PNG or JPEG"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:svg|[?!].*<svg)", "an SVG", _VECTOR),
    (rb"\x1f\x8b", "compressed (SVGZ?)", _VECTOR),
    (rb"%PDF", "a PDF or Illustrator file", _VECTOR),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "an EPS file", _VECTOR),
    (rb"8BPS", "a Photoshop file", _AS_PNG),
    (rb"gimp xcf", "a GIMP file", _AS_PNG),
    (rb"PK\x03\x04", "an archive (Procreate, Krita and Affinity use them too)", _AS_PNG),
    (rb"BM.{4}\0\0\0\0", "a BMP", _AS_PNG),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL", _AS_PNG),
    (rb"\0\0\0\x0cjP  ", "a JPEG 2000", _AS_PNG),
    (rb"\x76\x2f\x31\x01", "an OpenEXR", "save it as PNG with its colours as they are shown"),
    (rb"#\?RADIANCE", "a Radiance HDR", "save it as PNG with its colours as they are shown"),
    (rb"BLENDER|\x28\xb5\x2f\xfd", "a .blend or compressed", "render it to a PNG"),
)
_REFUSALS = tuple((re.compile(start, re.DOTALL), what, do) for start, what, do in _OTHERS)


class BadDesign(ValueError):
    """The file can't be printed; the message says which file, why, and what to do."""


def probe(path: str | Path) -> ImageInfo:
    """Return what the image file at `path` holds; raises BadDesign."""
    path = Path(path)
    if path.is_dir():
        raise BadDesign(f"{path} is a folder, not an image; name one image file in it.")
    if not path.is_file():
        raise BadDesign(f"{path} does not exist; check the path.")
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        raise BadDesign(f"{path} can't be read: {error.strerror}.") from error
    if size > LARGEST_FILE:
        raise BadDesign(f"{path} is larger than 1 GB; save it smaller.")
    return inspect(data, str(path))


def inspect(data: bytes, name: str) -> ImageInfo:
    """Return what the image file `data` holds; `name` is for messages. Raises BadDesign."""
    if not data:
        raise BadDesign(f"{name} is empty (0 bytes); save the image again.")
    reader = next((read for start, read in _READERS if start.match(data)), None)
    if reader is None:
        raise BadDesign(_refusal(data, name))
    try:
        info = reader(data)
    except Truncated as error:
        raise BadDesign(
            f"{name} is truncated: its end is missing; save or copy it again."
        ) from error
    except Damaged as error:
        raise BadDesign(f"{name} is damaged: {error}; save it again.") from error
    except (struct.error, IndexError) as error:
        raise BadDesign(
            f"{name} is damaged: a header in it is cut short; save it again."
        ) from error
    if problem := _problem(info):
        raise BadDesign(f"{name} {problem}.")
    return info


def _refusal(data: bytes, name: str) -> str:
    for start, what, advice in _REFUSALS:
        if start.match(data[:4096]):
            return f"{name} is {what}, which can't be printed from; {advice}."
    return f"{name} is not an image that can be printed from; give a PNG, JPEG, WebP or TIFF."


def _problem(info: ImageInfo) -> str:
    """Return why an intact image can't be printed, as what follows the file's name."""
    size = f"{info.width}×{info.height} px"
    if not info.width or not info.height:
        return f"has no pixels ({size}); save it again"
    if max(info.width, info.height) > LONGEST_SIDE or info.width * info.height > MOST_PIXELS:
        return (
            f"has {size}; at most {LONGEST_SIDE} px a side and {MOST_PIXELS // 10**6} million "
            "pixels can be printed: save it smaller, 300 DPI of the printed size are enough"
        )
    if info.mode == "cmyk":
        return f"is a CMYK {info.format}, whose colours would come out wrong; convert it to sRGB"
    if info.mode == "other":
        return f"is a {info.format} in a colour space that can't be read; convert it to sRGB"
    if info.variant:
        return f"is a {info.format} ({info.variant}), which can't be printed from; save it as PNG"
    return ""
