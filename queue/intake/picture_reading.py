"""Reads a picture as a viewer shows it: upright, in sRGB. Runs in the picture process: imports Pillow.

What can't be shown so raises Unreadable. No bpy here.
"""

import hashlib
import io
import struct
from dataclasses import dataclass
from typing import Any

import PIL
from PIL import ExifTags, Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from ...presets.finding import Severity
from ...presets.image_info import Damaged, ImageInfo, Remark, Truncated, Unreadable
from ...presets.images import kind_or_none, size_problem_or_none
from ...presets.messages import Message
from .colour_conversion import in_srgb, profile_or_none
from .png_structure import Structure, structure_of

#: what a canonical picture depends on beside its file; a change here makes them other designs
RECIPE = f"canonical 1, Pillow {PIL.__version__}\n".encode()
#: Pillow's own limit warns and then refuses; ours is told by `size_problem_or_none`
Image.MAX_IMAGE_PIXELS = None

#: what Pillow calls the formats
_FORMATS = {"WebP": "WEBP", "JPEG 2000": "JPEG2000"}
#: where pages or frames after the first one are pictures of their own
_SERIES = {"PNG", "GIF", "WebP", "TIFF", "AVIF"}
_MODES = {"1": "grey", "L": "grey", "LA": "grey", "La": "grey", "P": "palette", "PA": "palette",
          "CMYK": "cmyk", "LAB": "lab"}  # fmt: skip
#: where a look at both ends tells whether all of the file is there
_TOLD_BY_THEIR_ENDS = {"JPEG", "WebP"}
_PHOTOMETRIC, _BITS, _WHITE_IS_ZERO = 262, 258, 0
_END_OF_JPEG = b"\xff\xd9"
#: words of Pillow's for a file whose end is missing
_CUT_OFF = ("truncated", "unexpected end of file", "not enough data")


@dataclass(frozen=True)
class Picture:
    """A file that was read."""

    info: ImageInfo
    #: of the file's bytes
    sha256: str
    #: of the canonical PNG that is kept, or of all that it depends on
    kept: str
    #: True where the file itself is the canonical PNG
    is_canonical: bool
    #: RGB or RGBA in sRGB, upright; smaller than `info` where so much wasn't asked for, and None
    #: where no pixels were
    image: Image.Image | None


def read(data: bytes, *, pixels: bool = True, side: int | None = None) -> Picture:
    """Read the file `data`.

    `pixels`: without them a canonical PNG, a JPEG and a WebP aren't unpacked. `side`: pixels of the
    longer side that are enough, where it is quicker to read fewer. Raises Truncated, Damaged or Unreadable.
    """
    kind = kind_or_none(data[:4096])
    if kind is None or kind == "SVG":
        raise Damaged(Message("it is no longer a picture"))
    structure = structure_of(data) if kind == "PNG" else None
    if kind == "WebP" and len(data) < 8 + struct.unpack_from("<I", data.ljust(8, b"\0"), 4)[0]:
        raise Truncated
    if structure and (problem := size_problem_or_none(structure.width, structure.height)):
        raise Unreadable(problem)
    sha256 = hashlib.sha256(data).hexdigest()
    if structure and not pixels and _needs_nothing(structure):
        return Picture(_info_of_png(structure), sha256, sha256, True, None)
    image = _opened(data, kind, structure)
    profile = image.info.get("icc_profile")
    remarks = list(_series(kind, image, structure))
    width, height = image.size
    if problem := size_problem_or_none(width, height):
        raise Unreadable(problem)
    mode, bits = image.mode, _bits(image, structure)
    turn = _orientation(image)
    white_is_zero = _tiff_tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO
    if not pixels and kind in _TOLD_BY_THEIR_ENDS and image.mode in ("RGB", "RGBA", "L", "CMYK"):
        _check_end(image, data, kind)
        told = image.info
        image = Image.new(image.mode, (1, 1))  # what is said of it is said of one pixel too
        image.info = told
    else:
        if side and kind == "JPEG":
            image.draft(None, (side, side))
        _unpack(image, data, kind)
    if not min(image.size):
        raise Damaged(Message("it holds no pixels"))
    upright = ImageOps.exif_transpose(image) if pixels else image
    if turn > 4 and kind != "TIFF":  # a TIFF's size is told as it is shown
        width, height = height, width
    if turn > 1:
        remarks.append(_TURNED)
    shown, said = in_srgb(
        _plain_mode(upright, white_is_zero=white_is_zero),
        profile,
        structure.codes if structure else b"",
        structure.gamma if structure else None,
    )
    found = profile_or_none(profile)
    info = ImageInfo(
        format=kind,
        width=width,
        height=height,
        mode=_MODES.get(mode, "grey" if mode.startswith("I") else "rgb"),
        alpha=shown.mode == "RGBA",
        bits=bits,
        icc=found.name if found else "",
        remarks=(*remarks, *said),
    )
    is_canonical = structure is not None and turn <= 1 and not _is_changed(said)
    kept = sha256 if is_canonical else hashlib.sha256(RECIPE + sha256.encode()).hexdigest()
    return Picture(info, sha256, kept, is_canonical, shown if pixels else None)


def as_png(image: Image.Image, side: int | None = None) -> bytes:
    """Return `image` as a PNG that says that it is sRGB, made smaller than `side` where that is given."""
    if side and max(image.size) > side:
        scale = side / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        is_clear = image.mode == "RGBA"
        image = (
            image.convert("RGBa").resize(size).convert("RGBA") if is_clear else image.resize(size)
        )
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sRGB", b"\1")
    file = io.BytesIO()
    image.info = {}
    image.save(file, "PNG", pnginfo=chunks, compress_level=1)
    return file.getvalue()


def _opened(data: bytes, kind: str, structure: Structure | None) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=[_FORMATS.get(kind, kind)])
    except UnidentifiedImageError as error:
        if kind == "AVIF":
            raise Unreadable(
                Message("is an AVIF, which can't be read on this system; export it as PNG")
            ) from error
        if structure is None and len(data) < 200:
            raise Truncated from error
        raise Damaged(Message("it can't be read as {kind}", kind=kind)) from error
    except struct.error as error:
        raise Truncated from error
    except (OSError, ValueError, SyntaxError, KeyError, IndexError, EOFError, TypeError) as error:
        raise _told(error) from error


def _unpack(image: Image.Image, data: bytes, kind: str) -> None:
    """Read all pixels, and see that the file's end is there."""
    _check_end(image, data, kind)
    try:
        image.load()
    except (
        OSError, ValueError, SyntaxError, KeyError, IndexError, EOFError, TypeError, struct.error,
    ) as error:  # fmt: skip
        raise _told(error) from error


def _check_end(image: Image.Image, data: bytes, kind: str) -> None:
    """Raise Truncated for a JPEG, just opened and thus read up to its pixels, without an end."""
    file = getattr(image, "fp", None)
    if kind == "JPEG" and file and data.find(_END_OF_JPEG, file.tell()) < 0:
        raise Truncated


def _told(error: Exception) -> Exception:
    said = str(error)
    if any(words in said.lower() for words in _CUT_OFF):
        return Truncated()
    return Damaged(Message("its pixels can't be read ({problem})", problem=said[:80] or "unknown"))


def _needs_nothing(structure: Structure) -> bool:
    return not (
        structure.has_profile or structure.may_be_turned or structure.codes or structure.gamma
    )


def _is_changed(said: tuple[Remark, ...]) -> bool:
    return any(one.code == "converted_colours" for one in said)


def _info_of_png(structure: Structure) -> ImageInfo:
    return ImageInfo(
        format="PNG",
        width=structure.width,
        height=structure.height,
        mode=structure.mode,
        alpha=structure.alpha,
        bits=structure.bits,
        remarks=(_FIRST,) if structure.is_animated else (),
    )


def _orientation(image: Image.Image) -> int:
    """Return EXIF's number for how the picture lies, 1 where it is upright.

    To be asked before its pixels are read: Pillow turns a TIFF while it does that.
    """
    turn = image.getexif().get(ExifTags.Base.Orientation, 1)
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _bits(image: Image.Image, structure: Structure | None) -> int:
    if structure:
        return structure.bits
    if image.format == "TIFF":
        bits = _tiff_tag(image, _BITS, (1,))
        return max(bits) if isinstance(bits, tuple) else bits
    return {"1": 1}.get(image.mode, 16 if image.mode.startswith("I;16") else 8)


def _tiff_tag(image: Image.Image, tag: int, default: Any = None) -> Any:
    return getattr(image, "tag_v2", {}).get(tag, default)


def _plain_mode(image: Image.Image, *, white_is_zero: bool) -> Image.Image:
    """Return the image as RGB, RGBA, L, LA, CMYK or LAB of 8 bits; raises Unreadable."""
    if image.mode in ("I", "F"):
        raise Unreadable(
            Message("has 32 bits a channel, whose white isn't known; save it with 8 or 16 bits")
        )
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
        if white_is_zero:  # which Pillow sees to only where there are 8 bits or fewer
            image = ImageOps.invert(image)
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        return image.convert("RGBA")
    if image.mode in ("RGB", "RGBA", "L", "LA", "CMYK", "LAB"):
        return image
    wanted = {"1": "L", "La": "LA", "RGBa": "RGBA", "PA": "RGBA"}.get(image.mode, "RGB")
    return image.convert(wanted)


def _series(kind: str, image: Image.Image, structure: Structure | None) -> tuple[Remark, ...]:
    if structure:
        return (_FIRST,) if structure.is_animated else ()
    if kind not in _SERIES:
        return ()
    try:
        return (_FIRST,) if getattr(image, "is_animated", False) else ()
    except (OSError, ValueError, SyntaxError, KeyError, EOFError, struct.error):
        return ()  # something is wrong with what isn't printed


_FIRST = Remark(
    severity=Severity.WARNING,
    code="first_picture",
    said=Message("holds several pictures; the first one is printed"),
    advice=Message("Save the one that you want as a PNG."),
)
_TURNED = Remark(
    severity=Severity.NOTE,
    code="turned",
    said=Message("was turned upright, as its camera noted"),
    advice=Message("Turn it in an image editor if it should be printed differently."),
)
