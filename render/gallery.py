"""Writes the page to look through a batch with: one HTML file that needs nothing but its pictures.

The small pictures are inside the page; a click opens the large one, which lies beside it.
"""

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from . import compositing, pictures
from .contact_sheet import FRAME, Item, fitted

FILE = "gallery.html"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c1c1c; --pale: #6e6e6e; --paper: #fff; --frame: {frame}; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #f0f0ee; --pale: #a0a09c; --paper: #1a1a19; --frame: #d9d9d6; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; padding: 3rem clamp(1rem, 4vw, 4rem); background: var(--paper); color: var(--ink);
  font: 1rem/1.4 system-ui, sans-serif; }}
header {{ display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: end; justify-content: space-between; }}
h1 {{ margin: 0; font-weight: 600; font-size: 2rem; }}
h2 {{ margin: 2.5rem 0 1rem; font-weight: 600; font-size: 1.2rem; }}
p, figcaption {{ margin: .4rem 0 0; color: var(--pale); }}
input {{ font: inherit; padding: .5rem .8rem; border: 1px solid var(--pale); border-radius: .4rem;
  background: transparent; color: inherit; min-width: 16rem; }}
section > div {{ display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }}
figure {{ margin: 0; }}
img {{ display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--frame);
  border-radius: .4rem; }}
a:focus-visible img {{ outline: 3px solid #3b82f6; outline-offset: 3px; }}
figcaption {{ font-size: .9rem; }}
[hidden] {{ display: none; }}
@media print {{ input {{ display: none; }} figure {{ break-inside: avoid; }} }}
</style>
<header><div><h1>{title}</h1><p>{about}</p></div>
<input type="search" placeholder="Find a design, fabric or view" aria-label="Find pictures"></header>
<main>
{sections}
</main>
<p id="none" hidden>Nothing in this batch fits that.</p>
<script>
const find = document.querySelector("input");
find.addEventListener("input", () => {{
  const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const section of document.querySelectorAll("section")) {{
    let here = 0;
    for (const figure of section.querySelectorAll("figure")) {{
      figure.hidden = !words.every(word => figure.dataset.words.includes(word));
      here += !figure.hidden;
    }}
    section.hidden = !here;
    shown += here;
  }}
  document.getElementById("none").hidden = shown > 0;
}});
</script>
</html>
"""

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
    page = _PAGE.format(
        title=html.escape(title), about=html.escape(about), frame=FRAME, sections=sections
    )
    path.write_text(page, encoding="utf-8")
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
    pictures.write(compositing.to_bytes(fitted(item.path)), small, "webp")
    data = base64.b64encode(small.read_bytes()).decode()
    small.unlink()
    return f"data:image/webp;base64,{data}"
