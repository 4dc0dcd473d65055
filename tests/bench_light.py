"""What baking a view's light once costs and saves, and how far its pictures are from the truth."""

import importlib.util
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "docs" / "samples"
TEMPLATE = ROOT / "presets" / "templates" / "tshirt.blend"

DESIGNS = ("north-ridge", "last-light", "slow-sunday")
FABRICS = ("white", "black", "navy", "sport_grey")
VIEWS = ("front", "back")
STANDARD = 48
#: jobs of the batch that are rendered in full, to tell what all of them would take
RENDERED = 4

#: samples of the truth, without denoiser and without stopping early; and the side of its pictures
TRUTH, SIDE = 512, 192
#: what is compared: fabric, design, placement, technique, view, and what else is asked for
CASES = (
    ("white", "north-ridge", "full_front", "dtg", "front", {}),
    ("black", "slow-sunday", "full_front", "dtg", "front", {}),
    ("navy", "north-ridge", "full_front", "screen", "front", {}),
    ("red", "north-ridge", "full_front", "embroidery", "front", {}),
    ("gold", "last-light", "oversize_front", "dtg", "front", {}),
    ("sport_grey", "night-sky", "full_back", "distressed", "back", {}),
    ("red", "north-ridge", "sleeve_left", "vinyl", "left", {}),
    ("white", "slow-sunday", "full_front", "dtg", "closeup_print", {}),
    ("gold", "north-ridge", "left_chest", "dtg", "closeup_collar", {}),
    ("white", "north-ridge", "full_front", "dtg", "front", {"ground_shadow": True}),
)


def bench_light_batch() -> Iterator[str]:
    """3 designs × 4 fabrics × 2 views, 512 px, Standard: in full, baked once, and once more."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        asked = [
            _request(design, fabric, view=view, light="once")
            for view in VIEWS
            for design in DESIGNS
            for fabric in FABRICS
        ]
        bench.render(replace(asked[0], light="full", width=32, height=32, samples=1))
        full = sum(
            bench.render(replace(one, light="full")) for one in asked[:: len(asked) // RENDERED]
        )
        full *= len(asked) / RENDERED
        baked = sum(bench.render(one) for one in asked)
        again = _Bench(Path(folder))  # a fresh worker; the lights are on disk
        at_hand = sum(again.render(one) for one in asked)
        yield f"in full, told from {RENDERED}: {full:.0f} core-s, {full / len(asked):.1f} a picture"
        yield f"once, baking included: {baked:.0f} core-s, {full / baked:.1f} × less (at least 4)"
        yield (
            f"once, lights at hand: {at_hand:.1f} core-s, {at_hand / len(asked):.2f} a picture, "
            f"{full / at_hand:.0f} × less (at least 60)"
        )
        size = sum(file.stat().st_size for file in bench.lights.iterdir())
        yield f"lights on disk: {size / 1e6:.1f} MB for {len(VIEWS)} views"


def bench_light_picture() -> Iterator[str]:
    """One picture printed into a light that is at hand, file and checks included."""
    with tempfile.TemporaryDirectory() as folder, _light_samples(1):
        for side, most in ((512, 0.4), (1024, 1.5), (2048, 5.0)):
            bench = _Bench(Path(folder))  # the one before lost its file to a fresh worker
            first = _request("north-ridge", "navy", light="once", width=side, height=side)
            bench.render(first)
            other = replace(first, prints=_request("slow-sunday", "red").prints)
            seconds = bench.render(other, threads=1)
            fabric = bench.render(replace(other, fabric_hex="#205030"), threads=1)
            cold = _Bench(Path(folder))
            cold.render(_request("north-ridge", "navy", width=32, height=32, samples=1))
            read = cold.render(other, threads=1)
            yield (
                f"{side} px: {seconds:.2f} core-s (at most {most}), another fabric {fabric:.2f}, "
                f"light read from disk first {read:.2f}"
            )


def bench_light_error() -> Iterator[str]:
    """Colour difference beside 512 samples without denoiser: mean, 99th percentile, largest."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        yield f"CIEDE2000 of whole pictures of {SIDE} px; Standard, light once"
        for fabric, design, placement, technique, view, more in CASES:
            asked = _request(
                design, fabric, placement=placement, technique=technique, view=view,
                width=SIDE, height=SIDE, **more,
            )  # fmt: skip
            standard, once = bench.picture(asked), bench.picture(replace(asked, light="once"))
            with _raw():
                truth = bench.picture(replace(asked, samples=TRUTH))
            told = " beside ".join(_difference(one, truth) for one in (once, standard))
            shadow = ", shadow" if more else ""
            yield f"{view}, {fabric}, {technique} {design}{shadow}: once {told} Standard"


def bench_light_film() -> Iterator[str]:
    """A turn of 36 frames of a second design, 96 px: in full, told from two frames, and once."""
    with tempfile.TemporaryDirectory() as folder, _light_samples(1):
        bench = _Bench(Path(folder))
        film = _request(
            "north-ridge", "navy", light="once", mode="turntable", width=96, height=96, views=()
        )
        bench.render(film)
        once = bench.render(replace(film, prints=_request("slow-sunday", "red").prints))
        full = bench.render(replace(film, light="full", frames=2)) * 18
        yield f"in full {full:.0f} core-s, once {once:.1f}: {full / once:.0f} × less"


class _Bench:
    """A warm session that keeps its lights in a folder."""

    def __init__(self, folder: Path) -> None:
        from tshirt_render_queue.render.session import Session

        self._session = Session()
        self._folder = folder
        self.lights = folder / "light"
        self._work = Path()

    def render(self, request, threads: int = 2) -> float:
        """Return the core-seconds that a job took."""
        from tshirt_render_queue.render.session import RenderTask

        self._work = Path(tempfile.mkdtemp(dir=self._folder))
        task = RenderTask(
            job="bench", attempt=1, request=request, work=self._work, threads=threads,
            device="CPU", lights=self.lights,
        )  # fmt: skip
        started = time.process_time()
        self._session.render(task, lambda _fraction, _note: None)
        return time.process_time() - started

    def picture(self, request):
        """Return a job's one picture, sRGB 0..1."""
        from tshirt_render_queue.render import pictures

        self.render(request)
        (path,) = self._work.glob("*.png")
        return pictures.read(path)[0][..., :3]


def _difference(one, truth) -> str:
    import numpy as np

    shown = np.abs(truth - truth[0, 0]).max(axis=-1) > 0.004
    found = _beside("colour_difference").delta_e_2000(one, truth)[shown]
    return f"{found.mean():.3f} / {np.percentile(found, 99):.2f} / {found.max():.1f}"


@contextmanager
def _light_samples(number: int) -> Iterator[None]:
    """Bake lights of so few samples, where only their cost in use is asked for."""
    from tshirt_render_queue.render import light_once

    usual, light_once.light_samples = light_once.light_samples, lambda _samples: number
    try:
        yield
    finally:
        light_once.light_samples = usual


@contextmanager
def _raw() -> Iterator[None]:
    """Render without denoiser, and let no pixel stop early."""
    from tshirt_render_queue.render import device, shots

    usual = device.denoiser, shots.NOISE
    device.denoiser, shots.NOISE = lambda _scene: "", 0.0
    try:
        yield
    finally:
        device.denoiser, shots.NOISE = usual


def _request(
    design: str, fabric: str, *, placement="full_front", technique="dtg", view="front", **more
):  # fmt: skip
    from tshirt_render_queue.presets.fabrics import find_fabric
    from tshirt_render_queue.presets.request import Print, Request

    found = find_fabric(fabric)
    usual = {
        "prints": (
            Print(
                design=str(SAMPLES / f"{design}.png"), name=design, placement=placement,
                technique=technique,
            ),
        ),
        "fabric": fabric, "fabric_hex": found.hex, "heather": found.heather, "views": (view,),
        "backgrounds": ("#808080",), "mode": "stills", "samples": STANDARD, "width": 512,
        "height": 512, "format": "png", "template": str(TEMPLATE), "out": "/nowhere",
        "name": "{design}_{view}",
    }  # fmt: skip
    return Request(**(usual | more))


def _beside(name: str):
    """Return the module `name` of this folder, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
