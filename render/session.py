"""One warm Blender: keeps the template open and renders request after request into work folders.

A request sets everything that it decides anew, so what came before leaves no trace in a picture.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..presets.light import FULL, ONCE
from ..presets.naming import OutputName, output_names
from ..presets.placements import find_placement
from ..presets.qualities import find_output_preset
from ..presets.request import Request
from . import device, fabric, film, finishing, framing, model, printing, shots
from .light_once import LightOnce, RelightCache
from .light_store import LightStore
from .template import Template, open_template

#: told the part that is done, 0..1, and what is being done
OnProgress = Callable[[float, str], None]


@dataclass(frozen=True, kw_only=True)
class RenderTask:
    """One attempt at one job, as the runner gives it out."""

    job: str
    attempt: int
    request: Request
    #: where the files go; made here, published by the runner
    work: Path
    threads: int
    #: "CPU" or the GPU backend that must be used; wins over the request's
    device: str
    #: work folders of earlier attempts; finished pictures in them are not rendered again
    previous: tuple[Path, ...] = ()
    #: where baked lights are kept, and the bytes that they may take; in memory alone if None
    lights: Path | None = None
    lights_limit: float = math.inf


@dataclass(frozen=True)
class Rendering:
    """Takes the pictures of one request by rendering each."""

    template: Template
    request: Request
    work: Path

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {"light": FULL}

    def take(
        self, shot: shots.Shot, canvas: framing.Canvas, on_progress: OnProgress
    ) -> tuple[np.ndarray, dict[str, float]]:
        """Return the shot's linear premultiplied pixels, and the seconds of each part."""

        def on_samples(sample: int, of: int) -> None:
            on_progress(sample / max(of, 1), f"{shot.label} {sample}/{of}")

        frames = self.request.frames
        return shots.take(self.template, shot, frames, canvas, self.work, on_samples)


class Session:
    """What a worker keeps from job to job."""

    def __init__(self) -> None:
        self._template: Template | None = None
        self._stamp: tuple[Any, ...] | None = None
        self._cache = RelightCache(LightStore(None, math.inf))

    @property
    def denoiser(self) -> str:
        """Name of the denoiser that this build has, or ''."""
        return device.denoiser(bpy.context.scene)

    def render(self, order: RenderTask, on_progress: OnProgress) -> dict[str, Any]:
        """Render `order` into its work folder; return what result.json and the runner get.

        Raises RenderFailure, BadRequest, OSError.
        """
        clock = _Clock()
        request = order.request
        order.work.mkdir(parents=True, exist_ok=True)
        template = self._opened(Path(request.template))
        clock.lap("load")
        denoiser = shots.set_up(template, request, device=order.device, threads=order.threads)
        prints, camera = self._camera(template, order)
        print(f"{bpy.app.version_string}, {order.device}, denoiser: {denoiser or 'none'}")
        clock.lap("print")

        names = output_names(request)
        under = finishing.Backgrounds()
        planned = shots.plan(names)
        for number, shot in enumerate(planned):
            if _taken_over(shot.outputs, order.previous, order.work):
                continue

            def on_part(part: float, note: str, number: int = number):
                on_progress((number + part) / len(planned), note)

            shapes = [_shape(output, request) for output in shot.outputs]
            canvas = framing.canvas_for(request.width, request.height, shapes)
            pixels, seconds = camera.take(shot, canvas, on_part)
            clock.add(seconds)
            clock.lap("render")
            for output, shape in zip(shot.outputs, shapes, strict=True):
                picture = framing.cut(pixels, canvas, *shape)
                finishing.save(picture, output.background, under, order.work / output.file)
            clock.lap("save")
        packed = None
        for name in filter(shots.is_model, names):
            on_progress(0.5, "model")
            model.export(template, prints, request.fabric_hex, order.work / name.file)
            packed = model.is_packed(order.work / name.file)
            clock.lap("model")
        for name in filter(shots.is_film, names):
            on_progress(1.0, f"film {name.file}")
            film.make(name, names, request, order.work)
            clock.lap("film")

        files = [_row(name, request, order.work) for name in names]
        clock.lap("verify")
        result = {
            "job": order.job,
            "attempt": order.attempt,
            "files": files,
            "timings": clock.seconds,
            "facts": {
                "blender": bpy.app.version_string,
                "device": order.device,
                "denoiser": denoiser,
                "samples": request.samples,
                **camera.facts,
                **({"draco": packed} if packed is not None else {}),
            },
        }
        finishing.write_result(order.work, result)
        return result

    def _camera(
        self, template: Template, task: RenderTask
    ) -> tuple[tuple[printing.LaidOut, ...], "Rendering | LightOnce"]:
        """Return the prints that were laid on the shirt, and what takes the pictures."""
        request = task.request
        if request.light == ONCE:
            store = self._cache.store
            store.folder, store.limit = task.lights, task.lights_limit
            camera = LightOnce(
                template, request, self._cache,
                device_name=task.device, threads=task.threads, work=task.work,
            )  # fmt: skip
            return (), camera
        fabric.dye(template.cloths, request.fabric_hex, heather=request.heather)
        prints = printing.print_all(template, request)
        return prints, Rendering(template, request, task.work)

    def _opened(self, path: Path) -> Template:
        """Return the template at `path`, opened anew only if another, or changed, was open."""
        stamp = _stamp_or_none(path)
        if self._template is None or stamp is None or stamp != self._stamp:
            self._template = self._stamp = None
            self._template = open_template(path)
            self._stamp = stamp
        return self._template


def _stamp_or_none(path: Path) -> tuple[Any, ...] | None:
    """Return what changes when the file does; None when it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return path, found.st_mtime_ns, found.st_size


def _taken_over(outputs: tuple[OutputName, ...], previous: tuple[Path, ...], work: Path) -> bool:
    """Move the pictures of one shot over from an earlier attempt that finished all of them.

    A picture gets its name when it is complete, so one that is there is whole.
    """
    found = [
        next(
            (folder / output.file for folder in previous if (folder / output.file).is_file()), None
        )
        for output in outputs
    ]
    if None in found:
        return False
    for path in found:
        path.replace(work / path.name)
    return True


def _shape(output: OutputName, request: Request) -> tuple[int, int]:
    """Return width and height of a picture, pixels."""
    asked = find_output_preset(output.preset) if output.preset else request
    return asked.width, asked.height


def _row(name: OutputName, request: Request, work: Path) -> dict[str, Any]:
    path = work / name.file
    width, height = _shape(name, request)
    if shots.is_model(name):
        model.verify(path, len({find_placement(one.placement).zone for one in request.prints}))
    elif shots.is_film(name):
        film.verify(path, width, height, request.frames)
    else:
        finishing.verify(path, width, height)
    return finishing.describe(
        path,
        work,
        width=width,
        height=height,
        view=name.view,
        background=name.background,
        frame=name.frame,
        preset=name.preset,
    )


class _Clock:
    """Seconds by part of a job."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, part: str) -> None:
        """Add the time since the last lap to `part`."""
        now = time.perf_counter()
        self.add({part: now - self._last})
        self._last = now

    def add(self, seconds: dict[str, float]) -> None:
        """Add `seconds` to the parts they name."""
        for part, value in seconds.items():
            self.seconds[part] = round(self.seconds.get(part, 0.0) + value, 4)
