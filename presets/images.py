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
from .messages import Message, UserError, said_by, why
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

_AS_PNG = Message("export it as PNG")
_AS_SHOWN = Message("save it as PNG with its colors as they are shown")
_VECTOR = Message(
    "export it as PNG with a transparent background, at 300 DPI of the size it is printed"
)
#: pictures that someone would want to print: how they start, what they are, what to do
_PICTURES = (
    (rb"GIF8[79]a", Message("a GIF"), Message("save the frame that is to be printed as PNG")),
    (rb"....ftypavi[fs]", Message("an AVIF"), _AS_PNG),
    (
        rb"....ftyp(?:hei|hev|mif1|msf1)",
        Message("a HEIC photo"),
        Message("export it as PNG or JPEG"),
    ),
    (rb"%!PS|\xc5\xd0\xd3\xc6", Message("an EPS file"), _VECTOR),
    (rb"8BPS", Message("a Photoshop file"), _AS_PNG),
    (rb"gimp xcf", Message("a GIMP file"), _AS_PNG),
    (rb"BM.{4}\0\0\0\0", Message("a BMP"), _AS_PNG),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", Message("a JPEG XL"), _AS_PNG),
    (rb"\0\0\0\x0cjP  ", Message("a JPEG 2000"), _AS_PNG),
    (rb"\x76\x2f\x31\x01", Message("an OpenEXR"), _AS_SHOWN),
    (rb"#\?RADIANCE", Message("a Radiance HDR"), _AS_SHOWN),
)
#: files of other kinds that get chosen by mistake
_DOCUMENTS = (
    (rb"%PDF", Message("a PDF or Illustrator file"), _VECTOR),
    (rb"PK\x03\x04", Message("an archive (Procreate and Krita files are some)"), _AS_PNG),
    (rb"\x1f\x8b", Message("compressed"), Message("unpack it")),
    (
        rb"BLENDER|\x28\xb5\x2f\xfd",
        Message("a .blend or compressed"),
        Message("render it to a PNG"),
    ),
)
#: bytes that are enough to tell what a file is
HEAD = 4096


class BadDesign(UserError, ValueError):
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
        words = "{file} can't be read: {why}."
        raise BadDesign(Message(words, file=path, why=why(error))) from error
    if size > LARGEST_FILE:
        raise BadDesign(Message("{path} is larger than 1 GB; save it smaller.", path=path))
    return inspect(data, str(path))


def inspect(data: bytes, name: str) -> ImageInfo:
    """Return what the image file `data` holds; `name` is for messages. Raises BadDesign."""
    if not data:
        raise BadDesign(Message("{name} is empty (0 bytes); save the image again.", name=name))
    reader = next((read for is_one, read in _READERS if is_one(data)), None)
    if reader is None:
        raise BadDesign(_refusal(data, name))
    with refusing(name):
        info = reader(data)
    if problem := _problem(info):
        raise BadDesign(Message("{name} {problem}.", name=name, problem=problem))
    return info


def _no_file(path: Path) -> Message:
    if path.is_dir():
        words = "{path} is a folder, not an image; name one image file in it."
    elif path.exists():
        words = "{path} is no file but a device or a pipe; name an image file."
    elif path.is_symlink():
        words = "{path} is a link that leads to no file; name the image itself."
    else:
        words = "{path} does not exist; check the path."
    return Message(words, path=path)


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
        words = "{name} is truncated: its end is missing; save or copy it again."
        raise BadDesign(Message(words, name=name)) from error
    except svg.Unprintable as error:
        raise BadDesign(Message("{name} {problem}.", name=name, problem=said_by(error))) from error
    except (Damaged, struct.error, IndexError) as error:
        cut_short = Message("a header in it is cut short")
        problem = said_by(error) if isinstance(error, Damaged) else cut_short
        words = "{name} is damaged: {problem}; save it again."
        raise BadDesign(Message(words, name=name, problem=problem)) from error


def is_printable(head: bytes) -> bool:
    """Return whether a file that starts with `head` is of a format that can be printed from."""
    return any(is_one(head) for is_one, _ in _READERS)


def other_picture_or_none(head: bytes) -> Message | None:
    """Return what a file that starts with `head` is and what to do, if it is another picture."""
    return _told(head, _PICTURES)


def _refusal(data: bytes, name: str) -> Message:
    if told := _told(data[:HEAD], _PICTURES + _DOCUMENTS):
        return Message("{name} is {told}.", name=name, told=told)
    return Message(
        "{name} is not an image that can be printed from; give a PNG, JPEG, WebP, TIFF or SVG.",
        name=name,
    )


def _told(head: bytes, kinds: tuple[tuple[bytes, Message, Message], ...]) -> Message | None:
    for start, what, advice in kinds:
        if re.match(start, head, re.DOTALL):
            words = "{what}, which can't be printed from; {advice}"
            return Message(words, what=what, advice=advice)
    return None


def _problem(info: ImageInfo) -> Message | None:
    """Return why an intact image can't be printed, as what follows the file's name."""
    size = f"{info.width}×{info.height} px"
    if not info.width or not info.height:
        return Message("has no pixels ({size}); save it again", size=size)
    if max(info.width, info.height) > LONGEST_SIDE or info.width * info.height > MOST_PIXELS:
        return Message(
            "has {size}; at most {side} px a side and {millions} million pixels can be printed: "
            "save it smaller, 300 DPI of the printed size are enough",
            size=size,
            side=LONGEST_SIDE,
            millions=MOST_PIXELS // 10**6,
        )
    if info.mode == "cmyk":
        words = "is a CMYK {format}, whose colors would come out wrong; convert it to sRGB"
        return Message(words, format=info.format)
    if info.mode == "other":
        words = "is a {format} in a color space that can't be read; convert it to sRGB"
        return Message(words, format=info.format)
    if info.variant:
        words = "is a {format} ({variant}), which can't be printed from; save it as PNG"
        return Message(words, format=info.format, variant=Message(info.variant))
    return None
