"""What is known of a design once it has been read, and how one that can't be is told. No bpy here."""

from dataclasses import dataclass

from .finding import Severity


class Truncated(ValueError):
    """The file ends before the image does."""


class Damaged(ValueError):
    """The file breaks its format's rules; the message says where."""


class Unreadable(ValueError):
    """The file is intact, but can't be printed; the message follows its name: 'has no pixels; …'."""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What was done to an image so that it looks as a viewer shows it."""

    severity: Severity
    #: short and stable, for scripts: 'converted_colours'
    code: str
    #: what follows the design's name: 'was converted to sRGB from …'
    said: str
    #: what to do about it, one sentence
    advice: str


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """What an image file holds, upright, as it is printed."""

    #: 'PNG', 'JPEG' …, or 'SVG', which has no pixels: its size is a nominal one
    format: str
    #: pixels
    width: int
    height: int
    #: 'grey', 'palette', 'rgb', 'cmyk' or 'lab', as the file has it
    mode: str
    #: True where pixels may be transparent
    alpha: bool
    #: bits a channel
    bits: int
    #: name of the embedded colour profile, '' where there is none
    icc: str = ""
    remarks: tuple[Remark, ...] = ()
