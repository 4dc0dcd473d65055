"""Writes the page to look through a batch with: one HTML file that needs nothing but its pictures.

The small pictures are inside the page; a click opens the large one, which lies beside it.
"""

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from string import Template
from urllib.parse import quote

from . import compositing, pictures
from .contact_sheet import FRAME, Item, fitted

FILE = "gallery.html"

_SECTION = "<section><h2>{group}</h2><div>\n{figures}\n</div></section>"

_FIGURE = (
    '<figure data-words="{words}"><a href="{link}" target="_blank"><img src="{small}" alt="{alt}" '
    'loading="lazy"></a><figcaption>{caption}</figcaption></figure>'
)


def make(title: str, about: str, items: Sequence[Item], folder: Path) -> Path:
    """Write gallery.html into `folder`; raises pictures.Unreadable."""
    sections = "\n".join(
        _SECTION.format(
            group=html.escape(group),
            figures="\n".join(_figure(item, folder) for item in items if item.group == group),
        )
        for group in dict.fromkeys(item.group for item in items)
    )
    path = folder / FILE
    page = Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))
    text = page.substitute(
        title=html.escape(title), about=html.escape(about), frame=FRAME, sections=sections
    )
    path.write_text(text, encoding="utf-8")
    return path


def _figure(item: Item, folder: Path) -> str:
    return _FIGURE.format(
        words=html.escape(f"{item.group} {item.caption} {item.path.name}".lower()),
        link=quote(item.path.name),
        small=_inside(item, folder),
        alt=html.escape(f"{item.group}, {item.caption}"),
        caption=html.escape(item.caption),
    )


def _inside(item: Item, folder: Path) -> str:
    """Return the picture, made small, as a data URL."""
    small = folder / "small.webp"
    pictures.write(compositing.to_bytes(fitted(item.path)), small)
    data = base64.b64encode(small.read_bytes()).decode()
    small.unlink()
    return f"data:image/webp;base64,{data}"
