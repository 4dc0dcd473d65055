"""Makes `queue/intake/fonts/`: `python tools/fonts.py FOLDER` with Noto Sans as Debian packages it.

FOLDER is that of NotoSans-Regular.ttf and its kin (package fonts-noto-core). Run once, with fontTools
installed (`pip install fonttools`); what it makes is kept in the repository. The files are cut down to the
scripts below and renamed, so that no machine's own Noto Sans is taken for them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # pyright: ignore[reportMissingImports]
from fontTools.ttLib import TTFont  # pyright: ignore[reportMissingImports]

TARGET = Path(__file__).resolve().parent.parent / "queue" / "intake" / "fonts"
STYLES = ("Regular", "Bold", "Italic", "BoldItalic")
FAMILY = "T-Shirt Noto Sans"
#: Latin with all its accents, Greek, Cyrillic, punctuation, currencies, letter-like signs, arrows
RANGES = ((0x20, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1FFF),
          (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF), (0x2100, 0x214F), (0x2190, 0x21FF),
          (0x2200, 0x22FF), (0xFB00, 0xFB06))  # fmt: skip
#: entries of the name table: family, full name, typographic family
_FAMILY, _FULL, _POSTSCRIPT, _TYPOGRAPHIC = 1, 4, 6, 16


def main(folder: Path) -> None:
    """Write the four files."""
    options = subset.Options(layout_features=["*"], hinting=False, name_IDs=["*"])
    for style in STYLES:
        font = TTFont(folder / f"NotoSans-{style}.ttf", recalcTimestamp=False)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[one for first, last in RANGES for one in range(first, last + 1)])
        cut.subset(font)
        for entry in font["name"].names:
            text = {
                _FAMILY: FAMILY,
                _TYPOGRAPHIC: FAMILY,
                _FULL: f"{FAMILY} {style}",
                _POSTSCRIPT: f"TShirtNotoSans-{style}",
            }.get(entry.nameID)
            if text:
                font["name"].setName(
                    text, entry.nameID, entry.platformID, entry.platEncID, entry.langID
                )
        font.save(TARGET / f"NotoSans-{style}.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
