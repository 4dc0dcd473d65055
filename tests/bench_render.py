"""What one job costs in a warm worker, part by part, and what samples buy: time against error."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESIGN = ROOT / "docs" / "samples" / "north-ridge.png"
TEMPLATE = ROOT / "presets" / "templates" / "tshirt.blend"

#: samples of the picture that others are compared with, and pixels of its side
REFERENCE, SIDE = 2048, 160


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
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        bench.render(_request(side=SIDE, samples=1))
        reference = bench.reference()
        for samples in (8, 16, 32, 48, 64, 128, 256):
            for denoise in (True, False):
                seconds, result = bench.render(
                    _request(side=SIDE, samples=samples), denoise=denoise
                )
                error = ((bench.picture(result) - reference) ** 2).mean() ** 0.5
                how = result["facts"]["denoiser"] or "no denoiser"
                yield f"{samples:4} samples, {how}: rms {error * 255:.2f} of 255 in {seconds:.2f} s"


class _Bench:
    """A warm session, and pictures out of it."""

    def __init__(self, folder: Path) -> None:
        from tshirt_render_queue.render.session import Session

        self._session = Session()
        self._folder = folder
        self._number = 0

    def render(self, request, *, denoise: bool = True):
        """Return the seconds that a job took, and its result."""
        from tshirt_render_queue.render import device
        from tshirt_render_queue.render.session import Order

        self._number += 1
        work = self._folder / str(self._number)
        order = Order(
            job="bench", attempt=self._number, request=request, work=work, threads=2, device="CPU"
        )
        kept = device.denoiser
        try:
            if not denoise:
                device.denoiser = lambda _scene: ""
            started = time.perf_counter()
            result = self._session.render(order, lambda _fraction, _note: None)
            return time.perf_counter() - started, result
        finally:
            device.denoiser = kept

    def reference(self):
        """Return the picture that others are compared with: every pixel gets all its samples."""
        from tshirt_render_queue.render import shots

        kept = shots.NOISE
        try:
            shots.NOISE = 0.0
            return self.picture(
                self.render(_request(side=SIDE, samples=REFERENCE), denoise=False)[1]
            )
        finally:
            shots.NOISE = kept

    def picture(self, result):
        """Return the picture of the newest job, sRGB 0..1."""
        from tshirt_render_queue.render import pictures

        return pictures.read(self._folder / str(self._number) / result["files"][0]["file"])[0]


def _request(*, side: int, samples: int):
    from tshirt_render_queue.presets.request import Print, Request

    return Request(
        prints=(Print(design=str(DESIGN), name="design", placement="full_front"),),
        fabric="navy",
        fabric_hex="#263147",
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
