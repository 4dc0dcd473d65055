"""Reads an SVG and writes it anew at the size it is printed, for the drawing library.

No bpy here; nothing is drawn here, and no file but the SVG itself is read.
"""

import hashlib
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from .finding import Finding, Severity
from .image_info import Damaged, ImageInfo, Truncated
from .messages import Message
from .svg_reading import LARGEST_FILE, NAMESPACE, Unprintable, short, tree

#: dots an inch of the printed size
DPI = 300
#: largest drawing: pixels a side, and pixels in all; 100 million take 0.8 GB while being drawn
LONGEST_SIDE = 16384
MOST_PIXELS = 100_000_000
#: an SVG has no pixels: as an image it is told with this longer side
NOMINAL_SIDE = 4096
#: longer side over shorter side
THINNEST = 200
#: what the drawings depend on beside the SVG; a change here makes them other designs
_DRAWN_BY = b"resvg_py 0.5.0\n"
#: … and those with text in them
_WRITTEN_BY = b"Noto Sans 2.004\n"
#: the family that ships, in which text is drawn whose own font isn't there
SHIPPED_FAMILY = "Noto Sans"
#: families that CSS names by their kind; the one that ships stands for each of them
GENERIC_FAMILIES = {
    "serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "ui-serif",
    "ui-sans-serif", "ui-monospace", "ui-rounded", "inherit", "initial",
}  # fmt: skip

_GZIP = b"\x1f\x8b"
#: the prologue of an XML file, comments and a DOCTYPE with entities, and then the element <svg>
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*"
    rb"(?:<\?(?:(?!\?>).)*\?>\s*|<!--(?:(?!-->).)*-->\s*|<!DOCTYPE(?:[^\[>]|\[[^\]]*\])*>\s*)*"
    rb"<(?:[\w.-]+:)?svg[\s/>]",
    re.DOTALL,
)
_LENGTH = re.compile(r"\s*([+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
#: https://www.w3.org/TR/css-values-3/#absolute-lengths, and a font of 16 px
_PX = {
    "": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "q": 96 / 101.6, "em": 16, "ex": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Sized:
    """An SVG at the size of its pixels: all that its drawing depends on."""

    #: UTF-8
    content: bytes
    #: pixels
    width: int
    height: int
    #: `Svg.fonts`
    fonts: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """The name of the drawing: the same one, the same pixels."""
        by = _DRAWN_BY + _WRITTEN_BY if self.fonts else _DRAWN_BY
        return hashlib.sha256(by + self.content).hexdigest()


@dataclass(frozen=True)
class Svg:
    """An SVG that can be drawn."""

    #: its proportions, in pixels of 1/96 inch where it has a size of its own
    width: float
    height: float
    #: the outermost element; without namespaces
    root: Element
    #: lists of font families that its text asks for, as CSS has them; '' for text without one
    fonts: tuple[str, ...] = ()
    #: what of it is left out
    not_drawn: tuple[str, ...] = ()

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    def at(self, inches: float, dpi: float = DPI) -> Sized:
        """Return it as it is drawn for a print `inches` wide, with fewer dots where it is huge."""
        return self.sized(
            min(
                inches * dpi,
                LONGEST_SIDE * min(1.0, self.aspect),
                math.sqrt(MOST_PIXELS * self.aspect),
            )
        )

    def within(self, side: int) -> Sized:
        """Return it with a longer side of `side` pixels."""
        return self.sized(side * min(1.0, self.aspect))

    def sized(self, width: float) -> Sized:
        """Return it at about `width` pixels."""
        wide, high = max(1, round(width)), max(1, round(width / self.aspect))
        own = self.root.attrib
        box = own.get("viewBox") or f"0 0 {self.width:.9g} {self.height:.9g}"
        root = Element("svg", own | {"xmlns": NAMESPACE, "width": f"{wide}", "height": f"{high}"})
        root.set("viewBox", box)
        _, _, box_width, box_height = _numbers(box)
        if math.isclose(box_width / box_height, self.aspect, rel_tol=1e-3):
            # Else a side that was rounded would leave a half transparent edge.
            root.set("preserveAspectRatio", "none")
        root.text = self.root.text
        root.extend(self.root)
        return Sized(ElementTree.tostring(root, encoding="utf-8"), wide, high, self.fonts)


def is_svg(head: bytes) -> bool:
    """Return whether a file that starts so is an SVG or SVGZ."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, 4096)
        except zlib.error:
            return False
    return _START.match(head) is not None


def info_of(svg: Svg) -> ImageInfo:
    """Return an SVG as an image."""
    size = svg.within(NOMINAL_SIDE)
    return ImageInfo(
        format="SVG", width=size.width, height=size.height, mode="rgb", alpha=True, bits=8
    )


def read(data: bytes) -> Svg:
    """Return what the SVG or SVGZ `data` holds; raises Truncated, Damaged or Unprintable."""
    data = _unpacked(data)
    if len(data) > LARGEST_FILE:
        raise Unprintable(
            Message(
                "is an SVG of more than {size} MB; simplify its paths, or export it as PNG",
                size=LARGEST_FILE // 10**6,
            )
        )
    drawn = tree(data)
    return Svg(*_size(drawn.root.attrib), drawn.root, drawn.fonts, drawn.not_drawn)


def findings(
    name: str, svg: Svg, remarks: Sequence[str] = (), fonts: Sequence[str] = ()
) -> Iterator[Finding]:
    """Yield what is to be said of the SVG of the design called `name`.

    `remarks` are the drawing library's own, sentences in English; `fonts` the families that its
    lists of fonts are drawn in, () where nobody has looked.
    """
    if svg.fonts:
        yield _on_text(name, svg.fonts, fonts)
    if svg.not_drawn:
        yield Finding(
            Severity.WARNING,
            "svg_not_drawn",
            Message(
                "The design {name!r} uses what is left out of the print: {parts}.",
                name=name,
                parts=svg.not_drawn,
            ),
            Message("Convert it to plain paths and colors, or export the design as PNG."),
        )
    if remarks:
        yield Finding(
            Severity.WARNING,
            "svg_remarks",
            Message(
                "Parts of the design {name!r} may not look as meant: {remarks}",
                name=name,
                remarks=" ".join(remarks),
            ),
            Message(
                "Compare the picture with your drawing program's, or export the design as PNG."
            ),
        )


def _on_text(name: str, asked: Sequence[str], drawn: Sequence[str]) -> Finding:
    families = [_first_family(one) for one in asked]
    advice = Message("Convert text to paths before exporting.")
    if not drawn:
        words = (
            "The design {name!r} has text in fonts ({families}); one that this machine hasn't got "
            "is replaced by {used!r}."
        )
        named = ", ".join(repr(one) for one in families if one) or Message("none named")
        said = Message(words, name=name, families=named, used=SHIPPED_FAMILY)
        return Finding(Severity.WARNING, "svg_text", said, advice)
    others = {
        family: used
        for family, used in zip(families, drawn, strict=True)
        if family.casefold() != used.casefold()
    }
    if not others:
        words = (
            "The design {name!r} has text in fonts of this machine ({families}); another machine "
            "may draw it otherwise."
        )
        said = Message(words, name=name, families=", ".join(map(repr, families)))
        return Finding(Severity.NOTE, "svg_text", said, advice)
    if set(others) == {""}:
        words = "The design {name!r} has text without a font; it is drawn in {used!r}."
        said = Message(words, name=name, used=others[""])
        return Finding(Severity.WARNING, "svg_text", said, advice)
    words = (
        "The design {name!r} has text in {families}, which this machine hasn't got; it is drawn in "
        "{used}."
    )
    missing = ", ".join(repr(one) for one in others if one)
    used = ", ".join(map(repr, dict.fromkeys(others.values())))
    said = Message(words, name=name, families=missing, used=used)
    return Finding(Severity.WARNING, "svg_text", said, advice)


def _first_family(families: str) -> str:
    """Return the name of the first family in a list of CSS, '' where it is only a kind."""
    first = families.partition(",")[0].strip(" \t\r\n'\"")
    return "" if first.lower() in GENERIC_FAMILIES else first


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    packed = zlib.decompressobj(31)
    try:
        data = packed.decompress(data, LARGEST_FILE + 1)
    except zlib.error as error:
        raise Damaged(Message("its compressed data can't be unpacked")) from error
    if len(data) <= LARGEST_FILE and not packed.eof:
        raise Truncated
    return data


def _size(attributes: dict[str, str]) -> tuple[float, float]:
    """Return width and height in pixels of 1/96 inch, or those of the viewBox."""
    box = attributes.get("viewBox")
    numbers = _numbers(box) if box else ()
    if box and (len(numbers) != 4 or min(numbers[2:]) <= 0):
        words = "has the viewBox {box!r}, which is no area; save it again"
        raise Unprintable(Message(words, box=short(box)))
    width = _pixels_or_none(attributes.get("width", ""))
    height = _pixels_or_none(attributes.get("height", ""))
    if width == 0 or height == 0:
        raise Unprintable(
            Message("has no size (its width or height is 0); set the size of its page")
        )
    if width is None or height is None:
        if not numbers:
            raise Unprintable(
                Message(
                    "has neither width and height nor a viewBox; set the size of its page in the "
                    "drawing program"
                )
            )
        width, height = numbers[2:]
    if not 1 / THINNEST <= width / height <= THINNEST:
        words = "is {width:g} × {height:g}, too thin to be printed; correct its page"
        raise Unprintable(Message(words, width=width, height=height))
    return width, height


def _numbers(box: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(one) for one in re.split(r"[\s,]+", box.strip()))
    except ValueError:
        return ()
    return numbers if all(abs(one) < 1e9 for one in numbers) else ()


def _pixels_or_none(length: str) -> float | None:
    """Return a length in pixels of 1/96 inch; None for '100%', 'auto' and none."""
    match = _LENGTH.fullmatch(length)
    if not match or match[2].lower() not in _PX:
        return None
    pixels = float(match[1]) * _PX[match[2].lower()]
    return pixels if pixels < 1e9 else None
