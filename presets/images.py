"""Tells by its first bytes what a file is, never by its ending, and how one is refused.

No bpy here and no imaging library: pixels are read in a process of their own, see
`queue/intake/picture_process.py`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import svg
from .image_info import Damaged, Truncated
from .messages import Message, UserError, said_by, why

#: largest image: pixels a side, and pixels in all; 200 million take 3.2 GB while rendering
LONGEST_SIDE = 16384
MOST_PIXELS = 200_000_000
#: bytes
LARGEST_FILE = 1 << 30

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: how the files start that can be printed from, and what they are called
_KINDS = {
    "PNG": re.escape(PNG_SIGNATURE),
    "JPEG": rb"\xff\xd8\xff",
    "WebP": rb"RIFF....WEBP",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{4}\0\0\0\0|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    "AVIF": rb"....ftyp(?:avi[fs]|(?:mif1|msf1).{4}(?:.{4}){0,8}?avi[fs])",
    "PSD": rb"8BPS\x00\x01",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
}

_AS_PNG = Message("export it as PNG")
_AS_SHOWN = Message("save it as PNG with its colors as they are shown")
_VECTOR = Message(
    "export it as PNG with a transparent background, at 300 DPI of the size it is printed"
)
#: pictures that someone would want to print: how they start, what they are, what to do
_PICTURES = (
    (
        rb"....ftyp(?:hei|hev|mif1|msf1)",
        Message("a HEIC photo"),
        Message("export it as PNG or JPEG"),
    ),
    (rb"%!PS|\xc5\xd0\xd3\xc6", Message("an EPS file"), _VECTOR),
    (rb"8BPS", Message("a large Photoshop file (PSB)"), _AS_PNG),
    (rb"gimp xcf", Message("a GIMP file"), _AS_PNG),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", Message("a JPEG XL"), _AS_PNG),
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


def kind_or_none(head: bytes) -> str | None:
    """Return what a file that starts with `head` is: 'PNG', 'SVG' …; None if it can't be printed."""
    for kind, start in _KINDS.items():
        if re.match(start, head, re.DOTALL):
            return kind
    return "SVG" if svg.is_svg(head) else None


def kind_of(path: str | Path) -> str:
    """Return what the file at `path` is, by its first bytes; raises BadDesign if it is no design."""
    path = Path(path)
    try:
        if not path.is_file():
            raise BadDesign(_no_file(path))
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        words = "{file} can't be read: {why}."
        raise BadDesign(Message(words, file=path, why=why(error))) from error
    if size > LARGEST_FILE:
        raise BadDesign(Message("{path} is larger than 1 GB; save it smaller.", path=path))
    if not head:
        raise BadDesign(Message("{name} is empty (0 bytes); save the image again.", name=path))
    kind = kind_or_none(head)
    if kind is None:
        raise BadDesign(_refusal(head, str(path)))
    return kind


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
    """Return the SVG at `path`, which `kind_of` told to be one; raises BadDesign."""
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
    except Damaged as error:
        words = "{name} is damaged: {problem}; save it again."
        raise BadDesign(Message(words, name=name, problem=said_by(error))) from error


def is_printable(head: bytes) -> bool:
    """Return whether a file that starts with `head` is of a format that can be printed from."""
    return kind_or_none(head) is not None


def other_picture_or_none(head: bytes) -> Message | None:
    """Return what a file that starts with `head` is and what to do, if it is another picture."""
    return _told(head, _PICTURES)


def _refusal(head: bytes, name: str) -> Message:
    if told := _told(head, _PICTURES + _DOCUMENTS):
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


def size_problem_or_none(width: int, height: int) -> Message | None:
    """Return why an image of that many pixels can't be printed, as what follows its name."""
    size = f"{width}×{height} px"
    if not width or not height:
        return Message("has no pixels ({size}); save it again", size=size)
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        return Message(
            "has {size}; at most {side} px a side and {millions} million pixels can be printed: "
            "save it smaller, 300 DPI of the printed size are enough",
            size=size,
            side=LONGEST_SIDE,
            millions=MOST_PIXELS // 10**6,
        )
    return None
