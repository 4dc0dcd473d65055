"""Draws an SVG with resvg. Runs in the picture process: the library holds Python's lock while it draws.

Text whose font this machine hasn't got is drawn in the family that ships, see `fonts/README.md`.
No bpy here.
"""

import functools
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.sax.saxutils import quoteattr

from ...presets.svg import GENERIC_FAMILIES, SHIPPED_FAMILY

FONTS = Path(__file__).with_name("fonts")
#: the name inside of the shipped files, which no machine's own fonts have
_INNER_FAMILY = "T-Shirt Noto Sans"
#: stack in bytes: the library recurses into groups, 8 MB are not enough everywhere
STACK = 256 << 20
#: how many different remarks are passed on
MOST_REMARKS = 3
_REMARK = re.compile(r"^Warning \(in [^)]*\): (.+)", re.MULTILINE)
_NO_MATCH = "No match for"


class NotDrawn(ValueError):
    """The library refuses; the message is its own."""


@dataclass(frozen=True)
class Drawing:
    """What became of an SVG."""

    png: bytes
    #: what the library had to say, in English
    remarks: tuple[str, ...]
    #: for each list of families that the text asks for, the one it is drawn in
    fonts: tuple[str, ...]


def draw(resvg: ModuleType, content: str, lists: Sequence[str], *, hard_edges: bool) -> Drawing:
    """Draw the SVG `content`, whose text asks for the font families in `lists`; raises NotDrawn.

    Each list is as CSS has it, '' where none is named. `hard_edges`: no pixel is half covered.
    """
    used = tuple(_used_family(resvg, one) for one in lists)
    options = {
        "shape_rendering": "crisp_edges" if hard_edges else "geometric_precision",
        "text_rendering": "optimize_speed" if hard_edges else "optimize_legibility",
        # So that not even a single sign that ours hasn't got depends on the machine.
        "skip_system_fonts": all(one == SHIPPED_FAMILY for one in used),
    }
    if lists:
        families = ("font", "serif", "sans_serif", "cursive", "fantasy", "monospace")
        options |= {f"{one}_family": _INNER_FAMILY for one in families}
        options["font_files"] = [str(path) for path in sorted(FONTS.glob("*.ttf"))]
    png, said = _heard(resvg, content, options)
    return Drawing(png, tuple(dict.fromkeys(said))[:MOST_REMARKS], used)


def _used_family(resvg: ModuleType, families: str) -> str:
    for family in (one.strip(" \t\r\n'\"") for one in families.split(",")):
        if family.lower() in GENERIC_FAMILIES:
            return SHIPPED_FAMILY
        if family and _is_installed(resvg, family):
            return family
    return SHIPPED_FAMILY


@functools.cache
def _is_installed(resvg: ModuleType, family: str) -> bool:
    """Tell whether this machine has the family: the library says so when it has no match."""
    name = "'" + family.replace("'", "").replace("\\", "") + "'"
    text = f"<text font-family={quoteattr(name)}>x</text>"
    probe = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{text}</svg>'
    _, said = _heard(resvg, probe, {"serif_family": "no such family"})
    return not any(_NO_MATCH in one for one in said)


def _heard(resvg: ModuleType, content: str, options: dict[str, Any]) -> tuple[bytes, list[str]]:
    """Return the PNG, and what the library wrote to standard output meanwhile."""
    sys.stdout.flush()
    with tempfile.TemporaryFile() as ear:
        mouth = os.dup(1)
        os.dup2(ear.fileno(), 1)
        try:
            png = _with_deep_stack(
                lambda: resvg.svg_to_bytes(
                    svg_string=content,
                    dpi=96.0,  # CSS's inch: without it, lengths in mm are 0
                    log_information=True,
                    **options,
                )
            )
        finally:
            os.dup2(mouth, 1)
            os.close(mouth)
        ear.seek(0)
        return png, _REMARK.findall(ear.read().decode("utf-8", "replace"))


def _with_deep_stack(draw: Callable[[], bytes]) -> bytes:
    pngs: list[bytes] = []
    problems: list[str] = []

    def work() -> None:
        try:
            pngs.append(draw())
        except ValueError as error:
            problems.append(str(error))

    threading.stack_size(STACK)
    artist = threading.Thread(target=work)
    artist.start()
    artist.join()
    if not pngs:
        raise NotDrawn(*problems)
    return pngs[0]
