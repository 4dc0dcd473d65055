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

Made by `python3 build.py gallery` from the [sample designs](../samples/README.md) with 24 samples
(closeups 48), as they came out. Click a picture to see it at its full size.
"""
TECHNIQUES = ("dtg", "screen", "vinyl", "embroidery", "distressed")


class Plate(NamedTuple):
    """What a part of the gallery is there to show, and the orders for it."""

    title: str
    #: what to look at, a sentence
    about: str
    design: str
    #: fields of an OrderForm, for each order
    orders: tuple[dict[str, Any], ...]
    #: pixels across of a picture in the page
    width: int = 400


def plates() -> list[Plate]:
    """Everything in the gallery, in its order."""
    badge = str(SAMPLES / "north-ridge.png")
    large, portrait, landscape = (1600, 1600), (1080, 1350), (1600, 1200)
    return [
        Plate(
            "Lettering",
            "Stripes in stripes, and their edges.",
            "slow-sunday",
            ({"fabrics": ("natural",), "size": large},),
        ),
        Plate(
            "White on black",
            "Hairlines and print of 2 mm: at full size every letter can be read.",
            "night-sky",
            (
                {
                    "placements": ("full_front_max",),
                    "fabrics": ("black",),
                    "technique": "screen",
                    "size": large,
                },
            ),
        ),
        Plate(
            "A photo",
            "Smooth tones and grain on white cloth, which is neither grey nor burnt out.",
            "last-light",
            ({"fabrics": ("white",), "size": large},),
        ),
        Plate(
            "Closeups",
            "Knit, stitches and ink from near, in a wide picture.",
            "slow-sunday",
            (
                {
                    "fabrics": ("sand",),
                    "samples": 48,
                    "views": ("closeup_print", "closeup_collar"),
                    "size": (1200, 900),
                },
            ),
        ),
        Plate(
            "All views",
            "Small on the chest, large on the back, one on a sleeve; the light turns with the camera.",
            "north-ridge",
            (
                {
                    "placements": ("left_chest",),
                    "prints": (("full_back", badge), ("sleeve_left", badge)),
                    "fabrics": ("navy",),
                    "views": extension.load("presets.views").round_the_shirt(),
                    "size": (640, 640),
                },
            ),
            260,
        ),
        Plate(
            "Huge",
            "Lettering with gradients from seam to seam, on a heather of two fibres, upright.",
            "slow-sunday",
            (
                {
                    "placements": ("oversize_front",),
                    "fabrics": ("sport_grey",),
                    "size": portrait,
                    "name": "{design}_huge",
                },
            ),
        ),
        Plate(
            "Tiny",
            "A badge of three inches at the nape.",
            "north-ridge",
            (
                {
                    "placements": ("nape",),
                    "fabrics": ("daisy",),
                    "size": (900, 900),
                    "name": "{design}_nape",
                },
            ),
        ),
        Plate(
            "A landscape",
            "The whole shirt in a wide picture, with its shadow on the ground.",
            "slow-sunday",
            (
                {
                    "fabrics": ("natural",),
                    "views": ("front_right",),
                    "size": landscape,
                    "ground_shadow": True,
                    "name": "{design}_landscape",
                },
            ),
        ),
        Plate(
            "Grounds",
            "One render, three grounds.",
            "slow-sunday",
            (
                {
                    "fabrics": ("mint",),
                    "backgrounds": ("#FFFFFF", "#D9C9B6", "#25303B"),
                    "size": (640, 640),
                    "name": "{design}_on_{background}",
                },
            ),
            260,
        ),
        Plate(
            "Techniques",
            f"From the left: {', '.join(TECHNIQUES)}.",
            "slow-sunday",
            tuple(
                {
                    "fabrics": ("maroon",),
                    "technique": technique,
                    "views": ("closeup_print",),
                    "size": (600, 600),
                    "name": f"{{design}}_{technique}",
                }
                for technique in TECHNIQUES
            ),
            150,
        ),
        _poses(),
        Plate(
            "Turntable",
            "An animated WebP that loops; the order gives a film of it as well.",
            "night-sky",
            (
                {
                    "fabrics": ("royal",),
                    "mode": "turntable",
                    "frames": 24,
                    "samples": 16,
                    "size": (320, 320),
                    "format": "webp",
                    "name": "{design}_{view}",
                },
            ),
            320,
        ),
    ]


def _poses() -> Plate:
    """Return the plate of the other ways to show the shirt, as far as their templates are there."""
    templates = [
        name for name in extension.load("presets.template_info").shipped() if name != "tshirt"
    ]
    orders = (
        {
            "template": template,
            "fabrics": ("light_blue",),
            "size": (1080, 1080),
            "name": f"{template}_{{design}}",
        }
        for template in templates
    )
    about = f"The other templates: {', '.join(f'`{name}`' for name in templates)}."
    return Plate("Poses", about, "north-ridge", tuple(orders), 260)


def main(words: list[str]) -> int:
    """Order the plates, render, copy the pictures and write the page that shows them."""
    queue, asking = extension.load("queue"), extension.load("presets.order_form")
    output_names = extension.load("presets.naming").output_names
    turntable = extension.load("presets.views").TURNTABLE
    usual = {
        "backgrounds": ("#F3F1EC",),
        "format": "jpeg",
        "samples": 24,
        "name": "{design}_{fabric}_{view}",
        "out": str(WORKSHOP / "pictures"),
    }
    shop = queue.open_queue(str(WORKSHOP / "queue"))
    shown: dict[str, list[str]] = {}
    for plate in plates():
        design = str(SAMPLES / f"{plate.design}.png")
        for order in plate.orders:
            form = asking.OrderForm(designs=(design,), **(usual | order))
            if all(word.lower() in plate.title.lower() for word in words):
                queue.enqueue(shop, form)
            names = [one for each in asking.fill_in(form) for one in output_names(each.request)]
            shown.setdefault(plate.title, []).extend(
                one.file
                for one in names
                if one.view != turntable or (one.frame is None and one.file.endswith(".webp"))
            )
    lines = extension.load("operators.cli.output").EventLines(sys.stderr)
    done = queue.run_queue(shop.folder, until_empty=True, on_event=lines)
    _bring(set().union(*shown.values()))
    (FOLDER / "README.md").write_text(_page(shown), encoding="utf-8")
    print(FOLDER / "README.md")
    return 1 if done.failed else 0


def _bring(names: set[str]) -> None:
    """Copy what was rendered of the pictures called `names`; take away those of earlier pages."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        if old.suffix in (".jpg", ".webp") and old.name not in names:
            old.unlink()
    for name in names:
        if (WORKSHOP / "pictures" / name).is_file():
            shutil.copyfile(WORKSHOP / "pictures" / name, FOLDER / name)


def _page(shown: dict[str, list[str]]) -> str:
    parts = [HEAD]
    for plate in plates():
        there = [name for name in shown[plate.title] if Path(FOLDER, name).is_file()]
        images = "\n".join(
            f'<a href="{name}"><img src="{name}" width="{plate.width}"></a>' for name in there
        )  # fmt: skip
        if images:
            parts.append(f"## {plate.title}\n\n{plate.about}\n\n{images}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
