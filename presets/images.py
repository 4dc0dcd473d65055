"""Tells whether a file is an image that can be printed, by its bytes and never by its ending.

No bpy here and no imaging library: designs are checked where they are ordered.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import svg
from .image_headers import PNG_SIGNATURE, Damaged, ImageInfo, Truncated, jpeg, png, webp
from .tiff_header import tiff

__all__ = ["BadDesign", "ImageInfo", "inspect", "probe"]

#: largest image: pixels a side, and pixels in all; 200 million take 3.2 GB while rendering
LONGEST_SIDE = 16384
MOST_PIXELS = 200_000_000
#: bytes
LARGEST_FILE = 1 << 30

_READERS = (
    (re.compile(re.escape(PNG_SIGNATURE)).match, png),
    (re.compile(rb"\xff\xd8\xff").match, jpeg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL).match, webp),
    (re.compile(rb"II[*+]\0|MM\0[*+]").match, tiff),
    (svg.is_svg, svg.image),
)

_AS_PNG = "export it as PNG"
_VECTOR = "export it as PNG with a transparent background, at 300 DPI of the size it is printed"
#: pictures that someone would want to print: how they start, what they are, what to do
_PICTURES = (
    (rb"GIF8[79]a", "a GIF", "save the frame that is to be printed as PNG"),
    (rb"....ftypavi[fs]", "an AVIF", _AS_PNG),
    (rb"....ftyp(?:hei|hev|mif1|msf1)", "a HEIC photo", "export it as PNG or JPEG"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "an EPS file", _VECTOR),
    (rb"8BPS", "a Photoshop file", _AS_PNG),
    (rb"gimp xcf", "a GIMP file", _AS_PNG),
    (rb"BM.{4}\0\0\0\0", "a BMP", _AS_PNG),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL", _AS_PNG),
    (rb"\0\0\0\x0cjP  ", "a JPEG 2000", _AS_PNG),
    (rb"\x76\x2f\x31\x01", "an OpenEXR", "save it as PNG with its colours as they are shown"),
    (rb"#\?RADIANCE", "a Radiance HDR", "save it as PNG with its colours as they are shown"),
)
#: files of other kinds that get chosen by mistake
_DOCUMENTS = (
    (rb"%PDF", "a PDF or Illustrator file", _VECTOR),
    (rb"PK\x03\x04", "an archive (Procreate and Krita files are some)", _AS_PNG),
    (rb"\x1f\x8b", "compressed", "unpack it"),
    (rb"BLENDER|\x28\xb5\x2f\xfd", "a .blend or compressed", "render it to a PNG"),
)
#: bytes that are enough to tell what a file is
HEAD = 4096


class BadDesign(ValueError):
    """The file can't be printed; the message says which file, why, and what to do."""


def probe(path: str | Path) -> ImageInfo:
    """Return what the image file at `path` holds; raises BadDesign."""
    path = Path(path)
    try:
        if not path.is_file():
            raise BadDesign(_no_file(path))
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
    reader = next((read for is_one, read in _READERS if is_one(data)), None)
    if reader is None:
        raise BadDesign(_refusal(data, name))
    with refusing(name):
        info = reader(data)
    if problem := _problem(info):
        raise BadDesign(f"{name} {problem}.")
    return info


def _no_file(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder, not an image; name one image file in it."
    if path.exists():
        return f"{path} is no file but a device or a pipe; name an image file."
    if path.is_symlink():
        return f"{path} is a link that leads to no file; name the image itself."
    return f"{path} does not exist; check the path."


def read_svg(path: str | Path) -> svg.Svg:
    """Return the SVG at `path`, which `probe` told to be one; raises BadDesign."""
    with refusing(str(path)):
        return svg.read(Path(path).read_bytes())


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Tell what is wrong with the image `name` in a BadDesign's sentence."""
    try:
        yield
    except Truncated as error:
        raise BadDesign(
            f"{name} is truncated: its end is missing; save or copy it again."
        ) from error
    except svg.Unprintable as error:
        raise BadDesign(f"{name} {error}.") from error
    except Damaged as error:
        raise BadDesign(f"{name} is damaged: {error}; save it again.") from error
    except (struct.error, IndexError) as error:
        raise BadDesign(
            f"{name} is damaged: a header in it is cut short; save it again."
        ) from error


def is_printable(head: bytes) -> bool:
    """Return whether a file that starts with `head` is of a format that can be printed from."""
    return any(is_one(head) for is_one, _ in _READERS)


def other_picture_or_none(head: bytes) -> str | None:
    """Return what a file that starts with `head` is and what to do, if it is another picture."""
    return _told(head, _PICTURES)


def _refusal(data: bytes, name: str) -> str:
    if told := _told(data[:HEAD], _PICTURES + _DOCUMENTS):
        return f"{name} is {told}."
    return f"{name} is not an image that can be printed from; give a PNG, JPEG, WebP, TIFF or SVG."


def _told(head: bytes, kinds: tuple[tuple[bytes, str, str], ...]) -> str | None:
    for start, what, advice in kinds:
        if re.match(start, head, re.DOTALL):
            return f"{what}, which can't be printed from; {advice}"
    return None


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
