"""Parses the XML of an SVG with limits, and leaves out what isn't to be drawn. No bpy here.

An SVG may come from anywhere: this refuses what would open files, run, or fill the memory, so that
the drawing library never sees it.
"""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .image_info import Damaged, Truncated
from .messages import Message

NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK_HREF = "http://www.w3.org/1999/xlink}href"
_XML = "http://www.w3.org/XML/1998/namespace}"
#: bytes unpacked, elements, elements inside each other; bytes of one entity, and of all that its
#: mentions may add up to
LARGEST_FILE = 20_000_000
MOST_ELEMENTS = 200_000
DEEPEST = 200
LONGEST_ENTITY = 200
_CUT_OFF = {
    expat.errors.codes[problem]
    for problem in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
_EMBEDDED = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_FONT = re.compile(r"font-family\s*:\s*([^;{}]+)", re.IGNORECASE)
#: elements that are left out of a drawing, and what to call them
_NOT_DRAWN = {
    "foreignObject": Message("HTML"),
    "flowRoot": Message("flowed text"),
    "meshgradient": Message("mesh gradients"),
    "meshGradient": Message("mesh gradients"),
    "hatch": Message("hatches"),
    "script": Message("scripts"),
    "font": Message("fonts made of SVG"),
    "animate": Message("animation"),
    "animateMotion": Message("animation"),
    "animateTransform": Message("animation"),
    "set": Message("animation"),
    "video": Message("video"),
}
#: scripts, and what would take the place of its own alternative in a <switch>
_LEFT_OUT = {"script", "foreignObject"}
#: attributes by which an element says itself that it may be left out
_CONDITIONS = {"requiredExtensions", "requiredFeatures"}
#: attributes that hold no style, but may be megabytes
_LONG = {"d", "points", "href"}
#: what is left out of style sheets, and what to call it
_NOT_STYLED = (
    (
        re.compile(r"@import|@font-face|url\((?!\s*['\"]?\s*(?:#|data:))", re.I),
        Message("linked files"),
    ),
    (re.compile(r"\bvar\("), Message("CSS variables")),
    (
        re.compile(r"\b(?:BackgroundImage|BackgroundAlpha)\b"),
        Message("effects on what lies behind"),
    ),
)


class Unprintable(ValueError):
    """The SVG can't be printed; the message follows the file's name: 'has no size; …'."""


@dataclass(frozen=True)
class Drawn:
    """What of an SVG can be drawn."""

    #: the outermost element; no name in the tree has a namespace
    root: Element
    #: lists of font families that its text asks for; ('',) where it names none, () without text
    fonts: tuple[str, ...]
    #: what is left out
    not_drawn: tuple[str, ...]


def tree(data: bytes) -> Drawn:
    """Return what of the SVG `data` can be drawn; raises Truncated, Damaged or Unprintable."""
    reader = _Reader(data)
    return Drawn(reader.root, reader.fonts, tuple(reader.not_drawn))


class _Reader:
    """Builds the tree of an SVG from expat's events, refusing what must not be in it.

    Foreign elements and attributes (an editor's own notes) are left out, and with them scripts.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._builder = TreeBuilder()
        self._depth = self._elements = self._foreign = 0
        self._has_text = False
        self._fonts: dict[str, None] = {}
        self.not_drawn: dict[str, None] = {}
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            if error.code in _CUT_OFF:
                raise Truncated from error
            words = "its XML is wrong in line {line} ({problem})"
            problem = expat.ErrorString(error.code)
            raise Damaged(Message(words, line=error.lineno, problem=problem)) from error
        except LookupError as error:
            words = "its text is in an unknown encoding ({error})"
            raise Damaged(Message(words, error=str(error))) from error
        self.root = self._builder.close()
        #: outlines that were text once keep the name of its font
        self.fonts = tuple(self._fonts) or ("",) if self._has_text else ()

    def _start(self, tag: str, given: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            words = "has more than {most} groups inside each other; ungroup them"
            raise Unprintable(Message(words, most=DEEPEST))
        if self._elements > MOST_ELEMENTS:
            words = "has more than {most:,} elements; simplify it, or export it as PNG"
            raise Unprintable(Message(words, most=MOST_ELEMENTS))
        namespace, _, name = tag.rpartition("}")
        if self._elements == 1 and (namespace, name) != (NAMESPACE, "svg"):
            raise Unprintable(_told_root(namespace, name))
        if name in _NOT_DRAWN and namespace == NAMESPACE and not _CONDITIONS & set(given):
            self.not_drawn[_NOT_DRAWN[name]] = None
        if self._foreign or namespace != NAMESPACE or name in _LEFT_OUT:
            self._foreign += 1
            return
        kept = {_plain(key): value for key, value in given.items() if _is_kept(key)}
        if "href" in kept or _XLINK_HREF in given:
            kept["href"] = kept.get("href", given.get(_XLINK_HREF, "")).strip()
            self._check_link(name, kept["href"])
        for key, value in kept.items():
            if key not in _LONG:
                self._look_at_style(f"{key}:{value}")
        self._has_text = self._has_text or name == "text"
        self._builder.start(name, kept)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._foreign:
            self._foreign -= 1
            return
        element = self._builder.end(tag.rpartition("}")[2])
        if element.tag == "style":
            self._look_at_style(element.text or "")

    def _text(self, text: str) -> None:
        if not self._foreign:
            self._builder.data(text)

    def _entity(
        self, name: str, _parameter: bool, value: str | None, *_elsewhere: str | None
    ) -> None:
        """Let short words through, which Illustrator writes; not files, not entities in entities.

        A few hundred bytes that stand for gigabytes are the oldest attack with XML.
        """
        if value is None:
            words = "takes {name!r} from another file; save it as one plain SVG"
            raise Unprintable(Message(words, name=name))
        mentions = self._data.count(b"&")
        if "&" in value or "%" in value or len(value) > LONGEST_ENTITY:
            words = "abbreviates long text ({name!r}); save it as plain SVG"
            raise Unprintable(Message(words, name=name))
        if mentions * len(value) > LARGEST_FILE:
            words = "mentions {name!r} too often; save it as plain SVG"
            raise Unprintable(Message(words, name=name))

    def _check_link(self, name: str, link: str) -> None:
        if link.startswith("#") or not link:
            if name == "feImage":
                self.not_drawn[Message("effects that use other parts")] = None
            return
        if name in ("image", "feImage"):
            if link.lower().startswith("data:"):
                if not _EMBEDDED.match(link):
                    kind = link[5:].partition(";")[0].partition(",")[0][:40]
                    raise Unprintable(
                        Message(
                            "has a picture of the kind {kind!r} inside; only PNG, JPEG, GIF and "
                            "WebP can be drawn there",
                            kind=kind,
                        )
                    )
                return
            raise Unprintable(
                Message(
                    "shows the picture {link!r}, which lies outside of it; embed the picture, or "
                    "export it all as PNG",
                    link=short(link),
                )
            )
        if name == "use":
            words = "takes a part from {link!r}, outside of it; save it as one plain SVG"
            raise Unprintable(Message(words, link=short(link)))

    def _look_at_style(self, style: str) -> None:
        for pattern, what in _NOT_STYLED:
            if pattern.search(style):
                self.not_drawn[what] = None
        for families in _FONT.findall(style):
            self._fonts[" ".join(families.split())] = None


def _told_root(namespace: str, name: str) -> Message:
    if name == "svg" and not namespace:
        return Message(
            'doesn\'t say that it is an SVG; its first element must be <svg xmlns="{namespace}" …>',
            namespace=NAMESPACE,
        )
    return Message("is XML, but no SVG: its outermost element is <{element}>", element=short(name))


def _is_kept(key: str) -> bool:
    return "}" not in key or key.startswith(_XML)


def _plain(key: str) -> str:
    return f"xml:{key.removeprefix(_XML)}" if key.startswith(_XML) else key


def short(text: str) -> str:
    """Return the beginning of a text that someone else wrote."""
    return text if len(text) <= 60 else text[:57] + "…"
