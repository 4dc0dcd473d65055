"""Bakes a view's light, part by part: what every design and fabric is printed into afterwards.

Where lamps and sky are neutral, red, green and blue of one ordinary render are three grey shirts
under the same light and with the same noise. As the template's `mockup_bounce` shader lets the
camera and bounced light see different colours, what the shirt shows and what it throws on itself
differ: red is a black shirt, green a white one among black cloth, blue a white one among white. Their
differences are a surface's `shine`, `direct` and `bounced` light (see `light_set`).
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np

from ..presets.request import Request
from . import printing, shots, techniques
from .framing import Canvas
from .graph import Graph, Source
from .light_set import (
    CLOTH,
    CLOTH_SURFACE,
    FIXED,
    NOTHING,
    STEP,
    Box,
    CameraSamples,
    Planes,
)
from .template import Cloth, Template

#: counts what is baked differently from before: lights of another version aren't used
VERSION = 1

#: what red, green and blue of the shirt reflect, seen by the camera and by other cloth
SEEN, AROUND = (0.0, 1.0, 1.0), (0.0, 0.0, 1.0)

#: of a heather's fibres, which are only looked at: with 16 they are noisier than a Standard picture
FIBRE_SAMPLES = 64

#: how many times the samples a build without denoiser takes, and the noise at which it stops
RAW_SAMPLES, RAW_NOISE = 4, 0.005

#: pixels around what shows anything, or takes no dye, that are kept: what the filter reaches
MARGIN = 2

#: pixels around those that are rendered too
BORDER = 8

#: set on the picture that stands for whole ink
_SIDE = 8


@dataclass(frozen=True, kw_only=True)
class Baker:
    """Bakes parts of one shot's light in the template that is open, and leaves it as it was."""

    template: Template
    #: decides what the scene shows; its samples are the light's
    request: Request
    shot: shots.Shot
    canvas: Canvas
    device: str
    threads: int
    #: for the passing files of renders
    work: Path
    on_samples: shots.OnSamples

    def camera_samples(self, fine: int) -> CameraSamples:
        """Return where each of `fine` × `fine` camera samples a pixel lands, by as many renders.

        Each is a render of one sample a pixel, through a lens that is moved by part of a pixel: that
        needs no more memory than a picture does.
        """
        height, width = self.canvas.height, self.canvas.width
        found = np.empty((height, fine, width, fine, 4), np.float32)
        with self._restored(), self._glowing(self._place, FIXED):
            for row in range(fine):
                for column in range(fine):
                    aside = ((at + 0.5) / fine - 0.5 for at in (column, row))
                    found[:, row, :, column] = self._look(1, *aside)
                    self.on_samples(row * fine + column + 1, fine * fine)
        found = found.reshape(height * fine, width * fine, 4)
        zone = np.rint(found[..., 2]).astype(np.uint8)
        zone[found[..., 3] < 0.5] = NOTHING
        u, v = (_steps(found[..., axis], zone) for axis in (0, 1))
        box = self._box(zone, fine)
        left, bottom, columns, rows = (side * fine for side in box)
        cut = np.s_[bottom : bottom + rows, left : left + columns]
        kept = (np.ascontiguousarray(plane[cut]) for plane in (zone, u, v))
        return CameraSamples(fine, width, height, box, *kept)

    def surface(self, name: str, box: Box) -> Planes:
        """Return how bare cloth, or cloth wholly covered by a technique, answers; and alpha."""
        with self._restored():
            self._dress(name, SEEN, AROUND)
            pixels = self._shoot(box)
        black, alone, among = np.moveaxis(pixels[..., :3], -1, 0)
        planes = _answer(black[..., None], alone[..., None], among[..., None])
        return planes | {"alpha": np.clip(pixels[..., 3], 0, 1).astype(np.float16)}

    def fibres(self, box: Box) -> Planes:
        """Return the light fibre's share of each pixel: by how much it changes the colour there."""
        with self._restored():
            for cloth in self.template.cloths:
                cloth.colour.outputs[0].default_value = (0, 1, 0, 1)
                if cloth.heather_colour is not None:
                    cloth.heather_colour.outputs[0].default_value = (1, 1, 0, 1)
                if cloth.heather is not None:
                    cloth.heather.outputs[0].default_value = 1.0
            with self._glowing(lambda cloth, _graph: cloth.feed_of("Base Color"), 0.0):
                pixels = _cut(self._look(FIBRE_SAMPLES), box)
        red, green = pixels[..., 0], pixels[..., 1]
        share = np.divide(red, green, out=np.zeros_like(red), where=green > 1e-3)
        return {"fibre": np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)}

    def shadows(self, box: Box) -> Planes:
        """Return alpha of a black and of a white shirt, whose light brightens its own shadow."""
        made = {}
        with self._restored():
            for name, grey in (("black", 0.0), ("white", 1.0)):
                self._dress(CLOTH_SURFACE, (grey,) * 3, (grey,) * 3)
                alpha = self._shoot(box)[..., 3]
                made[name] = np.clip(alpha, 0, 1).astype(np.float16)
        return made

    def patch(self, surface: str, box: Box) -> Planes:
        """Return how a surface answers in `box` of the picture, in colour, by three renders."""
        three = []
        with self._restored():
            for number, (seen, around) in enumerate(zip(SEEN, AROUND, strict=True)):
                self._dress(surface, (seen,) * 3, (around,) * 3)
                three.append(self._shoot(box)[..., :3])
                self.on_samples(number + 1, len(SEEN))
        return _answer(*three)

    def _shoot(self, box: Box) -> np.ndarray:
        """Render a box of the picture under the template's light."""
        if not self._set_up(self.request):
            cycles = self.template.scene.cycles
            cycles.samples, cycles.adaptive_threshold = cycles.samples * RAW_SAMPLES, RAW_NOISE
        left, bottom, width, height = box
        # The denoiser errs at a picture's border.
        window = replace(self.canvas, width=width + 2 * BORDER, height=height + 2 * BORDER)
        across = left + (width - self.canvas.width) / 2
        up = bottom + (height - self.canvas.height) / 2
        return self._take(window, across, up)[BORDER:-BORDER, BORDER:-BORDER]

    def _look(self, samples: int, across: float = 0.0, up: float = 0.0) -> np.ndarray:
        """Render what glows, without light; one sample goes through the middle of its pixel."""
        # The ground would glow too.
        self._set_up(replace(self.request, samples=samples, ground_shadow=False))
        cycles = self.template.scene.cycles
        cycles.use_denoising = cycles.use_adaptive_sampling = False
        if samples == 1:
            # Cycles' box filter is one pixel wide, whatever is set; and some width it must have.
            cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 0.01
        return self._take(self.canvas, across, up)

    def _set_up(self, request: Request) -> str:
        return shots.set_up(self.template, request, device=self.device, threads=self.threads)

    def _take(self, canvas: Canvas, across: float, up: float) -> np.ndarray:
        moved = {
            view: replace(
                lens,
                shift_x=lens.shift_x + across / canvas.square,
                shift_y=lens.shift_y + up / canvas.square,
            )
            for view, lens in self.template.lenses.items()
        }
        shown = replace(self.template, lenses=moved)
        pixels, _seconds = shots.take(
            shown, self.shot, self.request.frames, canvas, self.work, self.on_samples
        )
        return pixels

    @contextmanager
    def _restored(self) -> Iterator[None]:
        """Put back, at the end, what baking changes of the template and no request sets."""
        cycles = self.template.scene.cycles
        before = cycles.pixel_filter_type, cycles.filter_width, cycles.max_bounces
        self._undress()
        try:
            yield
        finally:
            cycles.pixel_filter_type, cycles.filter_width, cycles.max_bounces = before
            self._undress()

    def _undress(self) -> None:
        for cloth in self.template.cloths:
            printing.wash(cloth)
        printing.drop_art()

    def _dress(
        self, surface: str, seen: tuple[float, float, float], around: tuple[float, float, float]
    ) -> None:
        """Make the shirt all of bare cloth or of one ink, of these colours (linear)."""
        self._undress()
        for cloth in self.template.cloths:
            for node in (cloth.colour, cloth.heather_colour):
                if node is not None:
                    node.outputs[0].default_value = (*seen, 1.0)
            if cloth.heather is not None:
                cloth.heather.outputs[0].default_value = 0.0
            if surface != CLOTH_SURFACE and cloth.printable:
                self._cover(cloth, surface, seen)
            if cloth.bounce is not None:
                graph = Graph(cloth.material.node_tree)
                other = graph.add("RGB")
                other.outputs[0].default_value = (*around, 1.0)
                graph.link(other.outputs[0], cloth.bounce.inputs["Color"])

    def _cover(self, cloth: Cloth, technique: str, colour: tuple[float, float, float]) -> None:
        """Cover the cloth with whole ink, as large as its zone."""
        graph = Graph(cloth.material.node_tree)
        paint, whole = graph.add("RGB"), graph.add("Value")
        paint.outputs[0].default_value = (*colour, 1.0)
        whole.outputs[0].default_value = 1.0
        zone = next(iter(self.template.zones.values()))
        ink = techniques.Ink(
            colour=paint.outputs[0],
            alpha=whole.outputs[0],
            uv=graph.add("UVMap", uv_map=zone.uv_map).outputs["UV"],
            width=zone.width,
            height=zone.height,
            image=_white(),
        )
        printing.cover(cloth, graph, techniques.whole(graph, technique, ink, printing.bare(cloth)))

    @contextmanager
    def _glowing(self, feed: Callable[[Cloth, Graph], Source], fixed: float) -> Iterator[None]:
        """While inside, cloth glows as `feed` says and all else blue by `fixed`; no light falls."""
        cloths = {cloth.material: cloth for cloth in self.template.cloths}
        changed = []
        lights = [
            thing
            for thing in self.template.scene.objects
            if thing.type == "LIGHT" and not thing.hide_render
        ]
        for material in [material for material in bpy.data.materials if material.node_tree]:
            graph = Graph(material.node_tree)
            for out in _outputs(material):
                changed.append((material, out, _feeding(out)))
                cloth = cloths.get(material)
                source = feed(cloth, graph) if cloth else (0.0, 0.0, fixed, 1.0)
                glow = graph.add("Emission", {"Color": source})
                graph.link(glow.outputs[0], out.inputs[0])
        for light in lights:
            light.hide_render = True
        self.template.scene.cycles.max_bounces = 0
        try:
            yield
        finally:
            for material, out, source in changed:
                material.node_tree.links.new(source, out.inputs[0])
                Graph(material.node_tree).clear()
            for light in lights:
                light.hide_render = False

    def _place(self, cloth: Cloth, graph: Graph) -> Source:
        """Return metres in the zone that a point lies in, and the zone's number."""
        if not cloth.printable:
            return 0.0, 0.0, float(CLOTH), 1.0
        sums: list[Source] = [0.0, 0.0, 0.0]
        for number, zone in enumerate(self.template.zones.values(), start=1):
            uv = graph.add("SeparateXYZ", {0: graph.add("UVMap", uv_map=zone.uv_map).outputs["UV"]})
            # What isn't in the zone lies far outside of 0..1 in its layer.
            inside = graph.math("GREATER_THAN", uv.outputs[0], -0.5)
            for axis, side in enumerate((zone.width, zone.height)):
                metres = graph.math("MULTIPLY", uv.outputs[axis], side)
                sums[axis] = graph.math("MULTIPLY_ADD", metres, inside, sums[axis])
            sums[2] = graph.math("MULTIPLY_ADD", inside, float(number), sums[2])
        return graph.add("CombineXYZ", dict(enumerate(sums))).outputs[0]

    def _box(self, zone: np.ndarray, fine: int) -> Box:
        """Return the pixels that show anything, and some around; all where there is a shadow."""
        height, width = self.canvas.height, self.canvas.width
        shown = zone.reshape(height, fine, width, fine) != NOTHING
        if self.request.ground_shadow or not shown.any():
            return 0, 0, width, height
        return box_of(shown.any(axis=(1, 3)))


def box_of(shown: np.ndarray) -> Box:
    """Return the box of the pixels that are True, and MARGIN around it."""
    height, width = shown.shape
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    bottom, top = max(0, int(rows[0]) - MARGIN), min(height, int(rows[-1]) + 1 + MARGIN)
    left, right = max(0, int(columns[0]) - MARGIN), min(width, int(columns[-1]) + 1 + MARGIN)
    return left, bottom, right - left, top - bottom


def _answer(black: np.ndarray, alone: np.ndarray, among: np.ndarray) -> dict[str, np.ndarray]:
    """Return what three shirts tell: a black one, a white one among black, and among white cloth."""
    planes = {"shine": black, "direct": alone - black, "bounced": among - alone}
    return {name: plane.astype(np.float16) for name, plane in planes.items()}


def _cut(pixels: np.ndarray, box: Box) -> np.ndarray:
    left, bottom, width, height = box
    return pixels[bottom : bottom + height, left : left + width]


def _steps(metres: np.ndarray, zone: np.ndarray) -> np.ndarray:
    """Return places as they are kept; 0 where there is no zone."""
    steps = np.rint(np.clip(metres / STEP, 0, math.inf)).clip(0, 65535).astype(np.uint16)
    steps[(zone == CLOTH) | (zone >= FIXED)] = 0
    return steps


def _feeding(out: bpy.types.Node) -> bpy.types.NodeSocket:
    link = out.inputs[0].links[0]  # pyright: ignore[reportOptionalSubscript]
    return link.from_socket  # pyright: ignore[reportReturnType]


def _outputs(material: bpy.types.Material) -> list[bpy.types.Node]:
    """Return the material's outputs that anything is linked to."""
    return [
        node
        for node in material.node_tree.nodes
        if node.type == "OUTPUT_MATERIAL" and node.inputs[0].links
    ]


def _white() -> bpy.types.Image:
    image = bpy.data.images.new("white", _SIDE, _SIDE, alpha=True)
    image.pixels.foreach_set(np.ones(_SIDE * _SIDE * 4, np.float32))
    image[techniques.ART] = 1
    return image
