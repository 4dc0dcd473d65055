"""Takes pictures by printing into a view's light, which is baked first where it isn't at hand.

What `shots.take` does by rendering; the pictures go the same way on afterwards.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..presets.colours import heather_fibres, linear_from_hex
from ..presets.light import ONCE, light_samples
from ..presets.placing import place
from ..presets.request import Print, Request
from . import bake, compositing, device, pictures, printing, relight
from .art import Art
from .framing import Canvas
from .light_set import CLOTH_SURFACE, FIXED, Answer, Box, CameraSamples, LightSet, Patch, Planes
from .light_store import LightStore, Part, key_of
from .relight import Laid, Layer
from .shots import Shot
from .template import Template

#: camera samples of a pixel's side by the picture's shorter side: (at most, samples); more pixels
#: show finer print by themselves, and each sample takes five bytes
FINENESS = ((1024, 4), (2048, 3))
LEAST_FINENESS = 2

#: designs, and prints looked up in a view, that are kept for the next picture
DESIGNS_KEPT, LAYERS_KEPT = 2, 6

#: told the part that is done, 0..1, and what is being done
OnProgress = Callable[[float, str], None]


def fineness(canvas: Canvas) -> int:
    """Return how many camera samples a pixel's side gets."""
    return next((fine for most, fine in FINENESS if canvas.square <= most), LEAST_FINENESS)


@dataclass(frozen=True)
class _Design:
    """A design's pixels: straight sRGB uint8, rows × columns × 4, first row at the bottom."""

    pixels: np.ndarray

    @property
    def aspect(self) -> float:
        return self.pixels.shape[1] / self.pixels.shape[0]


class RelightCache:
    """What a worker keeps from picture to picture: lights, designs, and prints looked up."""

    def __init__(self, store: LightStore) -> None:
        self.store = store
        self._designs: OrderedDict[tuple[str, str], _Design] = OrderedDict()
        self._arts: OrderedDict[tuple[Any, ...], Art] = OrderedDict()
        self._layers: OrderedDict[tuple[Any, ...], Layer | None] = OrderedDict()

    def design(self, print_: Print) -> _Design:
        """Return the design of `print_`; raises BadDesign."""
        return _kept(
            self._designs, _known_as(print_), DESIGNS_KEPT, lambda: _Design(_pixels(print_))
        )

    def laid(self, print_: Print, template: Template, request: Request) -> Laid:
        """Return where the design of `print_` lies; raises BadDesign, BadTemplate."""
        zone = printing.zone_of(template, print_)
        design = self.design(print_)
        placed = place(print_, zone, design.aspect, request.garment_size)
        dark = print_.technique == "screen" and printing.is_dark(request.fabric_hex)
        # Wear alone depends on how large a print is.
        metres = (placed.width, placed.height) if print_.technique == "distressed" else (0.0, 0.0)
        art = _kept(
            self._arts,
            (_known_as(print_), print_.technique, dark, metres),
            DESIGNS_KEPT,
            lambda: Art(design.pixels, print_.technique, dark=dark, metres=metres),
        )
        return Laid(print_.technique, list(template.zones).index(zone.id) + 1, placed, art)

    def layer(
        self, print_: Print, laid: Laid, samples: CameraSamples, key: str, filter_width: float
    ) -> Layer | None:
        """Return the print as the view shows it, None where it doesn't."""
        what = (key, _known_as(print_), laid.technique, laid.art.channels, laid.placed)
        return _kept(
            self._layers, what, LAYERS_KEPT, lambda: relight.look_up(samples, laid, filter_width)
        )


class LightOnce:
    """Takes the pictures of one request."""

    def __init__(
        self, template: Template, request: Request, cache: RelightCache,
        *, device_name: str, threads: int, work: Path,
    ) -> None:  # fmt: skip
        """Raise BadDesign, BadTemplate."""
        self._template = template
        self._request = replace(request, samples=light_samples(request.samples))
        self._cache = cache
        self._device, self._threads, self._work = device_name, threads, work
        self._filter_width = float(template.scene.cycles.filter_width)
        self._prints = [
            (print_, cache.laid(print_, template, request)) for print_ in request.prints
        ]
        if request.heather and any(cloth.heather is not None for cloth in template.cloths):
            self._fibres = heather_fibres(request.fabric_hex)
        else:
            self._fibres = (linear_from_hex(request.fabric_hex),) * 2
        self._facts = {
            "code": bake.VERSION,
            "blender": bpy.app.version_string,
            "template": hashlib.sha256(template.path.read_bytes()).hexdigest(),
            "device": device_name,
        }
        #: parts of light that were baked for this request
        self.baked = 0

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "light": ONCE, "light_samples": self._request.samples, "parts_baked": self.baked,
        }  # fmt: skip

    def take(
        self, shot: Shot, canvas: Canvas, on_progress: OnProgress
    ) -> tuple[np.ndarray, dict[str, float]]:
        """Return the shot's linear premultiplied pixels, and the seconds of each part."""
        started = time.perf_counter()
        parts = _ShotParts(self, shot, canvas, on_progress)
        key, planes = parts.camera_samples()
        samples = CameraSamples.from_planes(planes)
        baked = time.perf_counter() - started
        started = time.perf_counter()
        layers = [
            layer
            for print_, laid in self._prints
            if (layer := self._cache.layer(print_, laid, samples, key, self._filter_width))
        ]
        looked_up = time.perf_counter() - started
        started = time.perf_counter()
        light = self._light(parts, samples, layers)
        baked += time.perf_counter() - started
        started = time.perf_counter()
        dark, bright = self._fibres
        pixels = compositing.cleared(relight.picture(light, layers, dark, bright))
        mixed = time.perf_counter() - started
        return pixels, {"light": baked, "look_up": looked_up, "relight": mixed}

    def _light(self, parts: "_ShotParts", samples: CameraSamples, layers: list[Layer]) -> LightSet:
        surfaces = (CLOTH_SURFACE, *dict.fromkeys(layer.technique for layer in layers))
        is_heather = self._fibres[0] != self._fibres[1]
        box = patch_box_or_none(samples)
        reaching = {layer.technique for layer in layers if box and layer.within(box)}
        planes = parts.all_of(
            box=samples.box,
            surfaces=surfaces,
            fibres=is_heather,
            shadows=self._request.ground_shadow and bool(self._template.ground),
            patch=box,
            patch_surfaces=[one for one in surfaces if one == CLOTH_SURFACE or one in reaching],
        )
        alpha, lighter = _float(planes[CLOTH_SURFACE]["alpha"]), None
        if "shadows" in planes:
            alpha = _float(planes["shadows"]["black"])
            lighter = _float(planes["shadows"]["white"]) - alpha
        patches = ()
        if box:
            answers = {
                name.removeprefix("patch "): Answer.from_planes(found)
                for name, found in planes.items()
                if name.startswith("patch ")
            }
            fixed = relight.share_of(samples, FIXED, box, self._filter_width)
            patches = (Patch(box, fixed, answers),)
        return LightSet(
            samples=samples,
            alpha=alpha,
            answers={name: Answer.from_planes(planes[name]) for name in surfaces},
            lighter=lighter,
            fibre=_float(planes["fibres"]["fibre"]) / 255 if is_heather else None,
            patches=patches,
        )


class _ShotParts:
    """The parts of one shot's light: what decides each, and how it is baked."""

    def __init__(self, of: LightOnce, shot: Shot, canvas: Canvas, on_progress: OnProgress) -> None:
        self._of, self._shot, self._on_progress = of, shot, on_progress
        request = of._request
        self._facts = of._facts | {
            "view": shot.view,
            "frame": None if shot.frame is None else [shot.frame, request.frames],
            "canvas": [canvas.square, canvas.width, canvas.height],
            "ground": request.ground_shadow,
        }
        self._fine = fineness(canvas)
        self._lit = {
            "samples": request.samples,
            "denoiser": device.denoiser(of._template.scene),
        }
        #: parts to bake that are known so far, and those that are done
        self._steps, self._done = 3, 0
        self._baker = bake.Baker(
            template=of._template, request=request, shot=shot, canvas=canvas, device=of._device,
            threads=of._threads, work=of._work, on_samples=self._on_samples,
        )  # fmt: skip

    def camera_samples(self) -> tuple[str, Planes]:
        """Return the key and the planes of where camera samples land."""
        fine = self._fine
        part = self._part(
            {"fine": fine}, lambda: self._baker.camera_samples(fine).to_planes()
        )  # fmt: skip
        return part.key, self._of._cache.store.all_of({"samples": part})["samples"]

    def all_of(
        self, *, box: Box, surfaces: tuple[str, ...], fibres: bool, shadows: bool,
        patch: Box | None, patch_surfaces: list[str],
    ) -> dict[str, Planes]:  # fmt: skip
        """Return the planes of what the picture needs besides."""
        baker = self._baker
        parts = {
            name: self._part({"surface": name} | self._lit, partial(baker.surface, name, box))
            for name in surfaces
        }
        if fibres:
            parts["fibres"] = self._part({"fibres": bake.FIBRE_SAMPLES}, partial(baker.fibres, box))
        if shadows:
            facts = {"shadows": True} | self._lit
            parts["shadows"] = self._part(facts, partial(baker.shadows, box))
        if patch:
            left, bottom, width, height = patch
            whole = left + box[0], bottom + box[1], width, height
            for name in patch_surfaces:
                facts = {"patch": name, "box": whole} | self._lit
                parts[f"patch {name}"] = self._part(facts, partial(baker.patch, name, whole))
        self._steps = max(1, self._done + len(parts))
        return self._of._cache.store.all_of(parts)

    def _part(self, facts: Mapping[str, Any], make: Callable[[], Planes]) -> Part:
        def counted() -> Planes:
            planes = make()
            self._of.baked += 1
            self._done += 1
            return planes

        return Part(key_of(self._facts | dict(facts)), counted)

    def _on_samples(self, sample: int, of: int) -> None:
        part = (self._done + sample / max(of, 1)) / self._steps
        self._on_progress(min(part, 1.0), f"{self._shot.label}, light {sample}/{of}")


def patch_box_or_none(samples: CameraSamples) -> Box | None:
    """Return the box, in pixels of the light's own, around what takes no dye; None without any."""
    height, width = samples.pixels
    fixed = (samples.zone == FIXED).reshape(height, samples.fine, width, samples.fine)
    shown = fixed.any(axis=(1, 3))
    return bake.box_of(shown) if shown.any() else None


def _float(plane: np.ndarray) -> np.ndarray:
    return plane.astype(np.float32)


def _known_as(print_: Print) -> tuple[str, str]:
    return print_.design, print_.sha256


def _pixels(print_: Print) -> np.ndarray:
    """Return a design as Cycles sees it: straight sRGB uint8; raises BadDesign."""
    image = printing.load_art(print_)
    try:
        values = pictures.pixels_of(image)
        if image.is_float:  # linear and premultiplied
            alpha = values[..., 3:]
            straight = np.divide(
                values[..., :3], alpha, out=np.zeros_like(values[..., :3]), where=alpha > 0
            )
            values = np.concatenate([compositing.encode_srgb(straight), alpha], axis=-1)
        return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    finally:
        bpy.data.images.remove(image)


def _kept(kept: OrderedDict, key: Any, most: int, make: Callable[[], Any]) -> Any:
    """Return what is kept by that key, made now if it isn't; the least recently used goes."""
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    made = kept[key] = make()
    while len(kept) > most:
        kept.popitem(last=False)
    return made
