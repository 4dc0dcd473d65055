"""Renders parts of pictures and compares them with many samples: for measuring samples, denoiser, detail.

A window is a part of a picture, rendered alone and alike: what 200 px of a picture of 2,048 px show
costs a hundredth of it. Import inside a process that has bpy and the extension.
"""

import importlib.util
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "presets" / "templates" / "tshirt.blend"

#: pixels of the test card's side, of which three are one pixel of the picture
CARD, FINE = 672, 3


@dataclass(frozen=True)
class Window:
    """A part of a square picture."""

    #: pixels of the whole picture's side, and of the window's
    picture: int
    side: int
    #: its middle, shares of the picture's side from the middle, to the right and up
    x: float = 0.0
    y: float = 0.0


class Darkroom:
    """The shipped shirt with one design on its front, ready to be rendered again and again."""

    def __init__(self, design: Path, fabric_hex: str, width_in: float | None = None) -> None:
        from tshirt_render_queue.presets.request import Print, Request
        from tshirt_render_queue.render import fabric, printing, shots
        from tshirt_render_queue.render.template import open_template

        self.print = Print(
            design=str(design), name="card", placement="full_front", width_in=width_in
        )
        request = Request(
            prints=(self.print,), fabric="", fabric_hex=fabric_hex, heather=False,
            views=("front",), backgrounds=("transparent",), mode="stills", samples=1,
            width=64, height=64, format="png", template=str(SHIPPED), out="/", name="{view}",
        )  # fmt: skip
        self.template = open_template(SHIPPED)
        fabric.dye(self.template.cloths, fabric_hex, heather=False)
        (self.laid_out,) = printing.print_all(self.template, request)
        self.denoiser = shots.set_up(self.template, request, device="CPU", threads=2)

    def on_print(self, picture: int, side: int) -> Window:
        """Return the window in the middle of the print."""
        x, y = self._seen(0.0)
        return Window(picture, side, x - 0.5, y - 0.5)

    def pixels_a_metre(self, picture: int) -> float:
        """Return how many pixels of a picture of that side show a metre across the print."""
        metres = 0.02
        return (self._seen(metres)[0] - self._seen(-metres)[0]) * picture / (2 * metres)

    def _seen(self, across: float) -> tuple[float, float]:
        from bpy_extras.object_utils import world_to_camera_view

        zone, placed = self.laid_out.zone, self.laid_out.placed
        cloth = load("bpy/on_cloth.py").Zone(self.template.garments[0], zone.uv_map)
        point = cloth.point((placed.centre_u + across) / zone.width, placed.centre_v / zone.height)
        self.template.scene.render.resolution_x = self.template.scene.render.resolution_y = 64
        at = world_to_camera_view(self.template.scene, self.template.cameras["front"], point)
        return at.x, at.y

    def render(
        self,
        window: Window,
        samples: int,
        folder: Path,
        *,
        denoise: bool = True,
        noise: float | None = None,
    ) -> tuple[np.ndarray, float]:
        """Return the window as sRGB 0..1 on grey, first row at the bottom, and core-seconds.

        `noise`: where sampling stops; the renderer's own if None, nowhere if 0.
        """
        from tshirt_render_queue.render import compositing, framing, shots

        cycles = self.template.scene.cycles
        noise = shots.NOISE if noise is None else noise
        cycles.samples, cycles.adaptive_threshold = samples, noise
        cycles.use_adaptive_sampling = noise > 0
        cycles.use_denoising = bool(self.denoiser) and denoise
        lens = replace(self.template.lenses["front"], shift_x=window.x, shift_y=window.y)
        shown = replace(self.template, lenses=self.template.lenses | {"front": lens})
        canvas = framing.Canvas(window.picture, window.side, window.side)
        shot = shots.Shot("front", None, ())
        folder.mkdir(exist_ok=True)
        started = time.process_time()
        pixels, _ = shots.take(shown, shot, 1, canvas, folder, lambda _sample, _of: None)
        seconds = time.process_time() - started
        over_grey = compositing.over_colour(pixels, "#808080")
        return compositing.encode_srgb(over_grey[..., :3]), seconds


def error(picture: np.ndarray, reference: np.ndarray) -> float:
    """Return the root mean square difference, in steps of 255."""
    return float(((picture - reference) ** 2).mean() ** 0.5) * 255


def kept(picture: np.ndarray, reference: np.ndarray) -> float:
    """Return how much of the reference's fine contrast the picture has; noise doesn't count.

    That is the slope of the one over the other, both less their mean over 9 × 9 pixels.
    """
    fine, wanted = (_fine(one.mean(axis=-1)) for one in (picture, reference))
    return float((fine * wanted).sum() / (wanted**2).sum())


def _fine(grey: np.ndarray, radius: int = 4) -> np.ndarray:
    mean = grey
    for axis in (0, 1):
        turned = np.moveaxis(mean, axis, -1)
        kernel = np.ones(2 * radius + 1) / (2 * radius + 1)
        mean = np.moveaxis(
            np.apply_along_axis(np.convolve, -1, turned, kernel, "same"), -1, axis
        )  # fmt: skip
    return (grey - mean)[radius:-radius, radius:-radius]


def card(path: Path) -> Path:
    """Draw white lines and text on clear ground, for windows in which FINE pixels are one.

    Above: lines of two pixels, two apart, upright and lying. Below: text 12, 9 and 7 pixels high.
    """
    canvas_module, lettering = (
        load("../docs/samples/canvas.py"),
        load("../docs/samples/lettering.py"),
    )
    canvas = canvas_module.Canvas(CARD, CARD)
    line, half = 2 * FINE, CARD // 2
    above = (canvas.y > 30) & (canvas.y < half - 15)
    for coordinate, part in (
        (canvas.x, above & (canvas.x > 30) & (canvas.x < half - 15)),
        (canvas.y, above & (canvas.x > half + 15) & (canvas.x < CARD - 30)),
    ):
        canvas.paint((part & (coordinate % (2 * line) < line)).astype(np.float32), "#FFFFFF")
    baseline = half + 60
    for height, text in (
        (12, "DRAWN IN HAIRLINES"),
        (9, "SEEN FROM THE NORTH RIDGE"),
        (7, "THE LAST LIGHT IS THE FIRST"),
    ):
        size = height * FINE
        width, strokes = lettering.write(text, 0.24)
        left = (CARD - width * size) / 2
        pen = canvas.pen(
            [[(left + x * size, baseline - y * size) for x, y in s] for s in strokes], 20
        )
        canvas.fill(pen - size * 0.06, "#FFFFFF")
        baseline += size + 45
    canvas.save(path)
    return path


def load(path: str):
    """Return the module in a file beside this one; test folders are no packages."""
    file = (Path(__file__).parent / path).resolve()
    if file.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None and spec.loader is not None
        sys.modules[file.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[file.stem])
    return sys.modules[file.stem]


def of_card(folder: Path, picture: int, fabric_hex: str = "#25282A") -> tuple[Darkroom, Window]:
    """Return a shirt with the card on it, and the window of a picture that the card fills."""
    path = card(folder / "card.png")
    width = CARD / FINE / Darkroom(path, fabric_hex).pixels_a_metre(picture)
    room = Darkroom(path, fabric_hex, width / 0.0254)
    return room, room.on_print(picture, CARD // FINE)
