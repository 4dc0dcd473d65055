"""`build.py gallery [WORDS]`: renders docs/gallery/ from the sample designs, through the queue.

What is rendered already and unchanged isn't rendered again. WORDS pick the plates whose title has
all of them; the page is always written as a whole.
"""

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import extension

SAMPLES = extension.ROOT / "docs" / "samples"
FOLDER = extension.ROOT / "docs" / "gallery"
#: where the queue works and renders
WORKSHOP = extension.ROOT / "demo" / "gallery"
HEAD = """# Gallery

Made by `python3 build.py gallery` from the [sample designs](../samples/README.md): 1,200 px, 48
samples, as they came out. Click one to see it at its full size.
"""


class Plate(NamedTuple):
    """What a part of the gallery is there to show, and the order for it."""

    title: str
    design: str
    #: fields of an OrderForm
    order: dict[str, Any]


def plates() -> list[Plate]:
    """Everything in the gallery, in its order."""
    badge = str(SAMPLES / "north-ridge.png")
    made = [
        Plate(
            "White on black: hairlines and small print",
            "night-sky",
            {
                "placements": ("full_front_max",),
                "fabrics": ("black",),
                "technique": "screen",
                "views": ("front", "closeup_print"),
            },
        ),
        Plate("A photo's tones", "last-light", {"fabrics": ("white",)}),
        Plate(
            "Lettering",
            "slow-sunday",
            {"fabrics": ("natural",), "views": ("front", "front_right")},
        ),
        Plate(
            "Small on the chest, large on the back",
            "north-ridge",
            {
                "placements": ("left_chest",),
                "prints": (("full_back", badge),),
                "fabrics": ("navy",),
            },
        ),
        Plate(
            "Oversize, on heather",
            "slow-sunday",
            {
                "placements": ("oversize_front",),
                "fabrics": ("sport_grey",),
                "views": ("front_left", "closeup_collar"),
            },
        ),
        Plate(
            "Tiny: nape and sleeve",
            "north-ridge",
            {
                "placements": ("nape",),
                "prints": (("sleeve_left", badge),),
                "fabrics": ("daisy",),
                "name": "{design}_nape_{fabric}_{view}",
            },
        ),
    ]
    for technique in ("dtg", "screen", "vinyl", "embroidery", "distressed"):
        order = {
            "fabrics": ("maroon",),
            "technique": technique,
            "views": ("closeup_print",),
            "name": f"{{design}}_{{fabric}}_{technique}",
        }
        made.append(Plate(f"Technique: {technique}", "slow-sunday", order))
    for template in extension.load("presets.template_info").shipped():
        if template != "tshirt":
            order = {
                "template": template,
                "fabrics": ("light_blue",),
                "name": f"{template}_{{design}}_{{fabric}}",
            }
            title = f"Template: {template.replace('_', ' ')}"
            made.append(Plate(title, "north-ridge", order))
    return made


def main(words: list[str]) -> int:
    """Order the plates, render, copy the pictures and write the page that shows them."""
    queue, asking = extension.load("queue"), extension.load("presets.order_form")
    output_names = extension.load("presets.naming").output_names
    usual = {
        "backgrounds": ("#F3F1EC",),
        "format": "jpeg",
        "size": (1200, 1200),
        "samples": 48,
        "name": "{design}_{fabric}_{view}",
        "out": str(WORKSHOP / "pictures"),
    }
    shop = queue.open_queue(str(WORKSHOP / "queue"))
    shown = {}
    for plate in plates():
        form = asking.OrderForm(
            designs=(str(SAMPLES / f"{plate.design}.png"),), **(usual | plate.order)
        )
        if all(word.lower() in plate.title.lower() for word in words):
            queue.place(shop, form)
        asked = asking.fill_in(form)
        shown[plate.title] = [one.file for each in asked for one in output_names(each.request)]
    lines = extension.load("operators.telling").EventLines(sys.stderr)
    done = queue.run_queue(shop.folder, until_empty=True, on_event=lines)
    FOLDER.mkdir(exist_ok=True)
    for name in (name for names in shown.values() for name in names):
        if (WORKSHOP / "pictures" / name).is_file():
            shutil.copyfile(WORKSHOP / "pictures" / name, FOLDER / name)
    (FOLDER / "README.md").write_text(_page(shown), encoding="utf-8")
    print(FOLDER / "README.md")
    return 1 if done.failed else 0


def _page(shown: dict[str, list[str]]) -> str:
    parts = [HEAD]
    for title, names in shown.items():
        there = [name for name in names if Path(FOLDER, name).is_file()]
        images = "\n".join(
            f'<a href="{name}"><img src="{name}" width="400"></a>' for name in there
        )  # fmt: skip
        if images:
            parts.append(f"## {title}\n\n{images}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
