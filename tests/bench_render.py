"""What one job costs in a warm worker, part by part; what samples and denoiser buy, and leave of detail."""

import importlib.util
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESIGN = ROOT / "docs" / "samples" / "north-ridge.png"
TEMPLATE = ROOT / "presets" / "templates" / "tshirt.blend"

NAVY = "#263147"
#: of the denoiser: prefilter, quality
SETTINGS = (
    ("NONE", "FAST"),
    ("NONE", "BALANCED"),
    ("FAST", "BALANCED"),
    ("FAST", "HIGH"),
    ("ACCURATE", "BALANCED"),
    ("ACCURATE", "HIGH"),
)
#: samples of the picture that others are compared with; no denoiser, and no pixel stops early
REFERENCE = 2048
#: pixels of the picture in which error is measured, and of the part of it that is compared: the
#: lower half of the print, and folds below it
PICTURE, PART = 512, 112


def bench_warm_job() -> Iterator[str]:
    """A second job in a warm Blender: 512 px, 32 samples, one view."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        bench.render(_request(side=64, samples=1))
        seconds, result = bench.render(_request(side=512, samples=32))
        parts = result["timings"]
        told = ("load", "print", "sync", "sample", "save", "verify")
        yield ", ".join(f"{part} {parts[part]:.2f} s" for part in told)
        rendering = parts["sync"] + parts["sample"]
        yield f"above the render itself: {seconds / rendering - 1:.1%} (at most 10 %)"


def bench_quality() -> Iterator[str]:
    """Error of few samples, with the denoiser where there is one, against very many without."""
    darkroom = _beside("darkroom")
    qualities = {one.samples: f" ({one.label})" for one in _qualities().values()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        room = darkroom.Darkroom(DESIGN, NAVY)
        part, whole = _part(room), darkroom.Window(PICTURE, PICTURE)
        reference, _ = room.render(part, REFERENCE, folder, denoise=False, noise=0.0)
        room.render(part, 1, folder)
        yield f"{PICTURE} px; rms error of 255 and mean CIEDE2000 beside {REFERENCE} samples"
        for samples in (8, 16, 32, 48, 64, 96, 128, 256):
            raw, _ = room.render(part, samples, folder, denoise=False)
            clean, _ = room.render(part, samples, folder)
            _, seconds = room.render(whole, samples, folder)
            told = [
                f"{how} {darkroom.error(picture, reference):.2f} and {_delta_e(picture, reference):.2f}"
                for how, picture in (("raw", raw), (room.denoiser or "no denoiser", clean))
            ]
            yield f"{samples:4}{qualities.get(samples, '')}: {', '.join(told)}; {seconds:.1f} s of a core"


def bench_denoiser() -> Iterator[str]:
    """What each setting of the denoiser costs and mends."""
    from tshirt_render_queue.render import shots

    darkroom = _beside("darkroom")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        room = darkroom.Darkroom(DESIGN, NAVY)
        if not room.denoiser:
            yield "this build has no denoiser"
            return
        part, whole = _part(room), darkroom.Window(PICTURE, PICTURE)
        reference, _ = room.render(part, REFERENCE, folder, denoise=False, noise=0.0)
        _, alone = min(room.render(whole, 1, folder, denoise=False)[::-1] for _ in range(2))[::-1]
        cycles = room.template.scene.cycles
        for prefilter, quality in SETTINGS:
            cycles.denoising_prefilter, cycles.denoising_quality = prefilter, quality
            errors = [
                darkroom.error(room.render(part, samples, folder)[0], reference)
                for samples in (16, 48)
            ]
            _, seconds = room.render(whole, 1, folder)
            ours = " (ours)" if (prefilter, quality) == (shots.PREFILTER, shots.QUALITY) else ""
            yield (
                f"{prefilter}, {quality}{ours}: rms {errors[0]:.2f} at 16 samples, "
                f"{errors[1]:.2f} at 48; {seconds - alone:.1f} s of a core"
            )


def bench_detail() -> Iterator[str]:
    """What is left of lines of two pixels and of small print in a picture of 2,048 px."""
    darkroom = _beside("darkroom")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        room, window = darkroom.of_card(folder, 2048)
        reference, _ = room.render(window, 512, folder, denoise=False, noise=0.0)
        half = window.side // 2
        yield "contrast kept, beside 512 samples without denoiser: lines, text; rms error"
        for quality in _qualities().values():
            for denoise in (False, True):
                picture, _ = room.render(window, quality.samples, folder, denoise=denoise)
                lines, text = (
                    darkroom.kept(picture[rows], reference[rows])
                    for rows in (slice(half, None), slice(0, half))
                )
                how = (room.denoiser or "no denoiser") if denoise else "raw"
                yield (
                    f"{quality.label}, {quality.samples} samples, {how}: {lines:.1%}, {text:.1%}; "
                    f"{darkroom.error(picture, reference):.2f}"
                )


def _part(room):
    """Return the part of the picture in which error is measured."""
    part = room.on_print(PICTURE, PART)
    return replace(part, y=part.y - 0.15)


def _delta_e(picture, reference) -> float:
    return float(_beside("colour_difference").delta_e_2000(picture, reference).mean())


def _qualities():
    from tshirt_render_queue.presets.qualities import qualities

    return qualities()


def _beside(name: str):
    """Return the module `name` of this folder, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


class _Bench:
    """A warm session."""

    def __init__(self, folder: Path) -> None:
        from tshirt_render_queue.render.session import Session

        self._session = Session()
        self._folder = folder
        self._number = 0

    def render(self, request):
        """Return the seconds that a job took, and its result."""
        from tshirt_render_queue.render.session import RenderTask

        self._number += 1
        work = self._folder / str(self._number)
        order = RenderTask(
            job="bench", attempt=self._number, request=request, work=work, threads=2, device="CPU"
        )
        started = time.perf_counter()
        result = self._session.render(order, lambda _fraction, _note: None)
        return time.perf_counter() - started, result


def _request(*, side: int, samples: int):
    from tshirt_render_queue.presets.request import Print, Request

    return Request(
        prints=(Print(design=str(DESIGN), name="design", placement="full_front"),),
        fabric="navy",
        fabric_hex=NAVY,
        heather=False,
        views=("front",),
        backgrounds=("#F2F0EC",),
        mode="stills",
        samples=samples,
        width=side,
        height=side,
        format="png",
        template=str(TEMPLATE),
        out="/nowhere",
        name="{design}_{view}",
    )
