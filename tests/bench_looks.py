"""Measures what lets the shipped shirt look photographed: folds, clipped white, stretch, cost."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "presets" / "templates" / "tshirt.blend"

#: pixels of the picture's side, samples of a pixel
SIDE, SAMPLES = 224, 24
#: of the shirt, metres, from collar to hem: what tells how large a pixel is
HEIGHT = 0.74
#: folds are what is quicker than this, metres
SLOW = 0.15
#: contrast of folds of version 0.1.0's shirt, measured as here
BEFORE = {
    ("#FFFFFF", "front"): 0.054,
    ("#FFFFFF", "front_left"): 0.090,
    ("#FFFFFF", "back"): 0.042,
    ("#25282A", "front"): 0.059,
    ("#25282A", "front_left"): 0.128,
    ("#25282A", "back"): 0.050,
}


def bench_folds() -> Iterator[str]:
    """Contrast of folds over the bare chest and belly, and the share of clipped pixels (at most 0.1 %)."""
    room = _Room()
    for (colour, view), before in BEFORE.items():
        light, _ = room.light(colour, view, SAMPLES)
        contrast, clipped = folds(light)
        yield (
            f"{colour} {view}: {contrast:.3f}, {contrast / before:.2f} × 0.1.0's; "
            f"clipped {clipped:.2%}"
        )


def bench_stretch() -> Iterator[str]:
    """How much longer the cloth is than the rectangle that is printed: 5th percentile, mean, 95th."""
    from tshirt_render_queue.render import zone_fit

    room = _Room()
    for name, zone in room.template.zones.items():
        fit = zone_fit.measure_or_none(room.template.garments[0], zone)
        assert fit is not None
        yield (
            f"{name}: across {fit.across - 1:+.2%}, along {fit.along - 1:+.2%}; "
            f"least {fit.least - 1:+.1%}, greatest {fit.greatest - 1:+.1%}"
        )


def bench_sample() -> Iterator[str]:
    """Core-seconds of a sample, beside those of a shirt of the same outline in plain white diffuse."""
    room = _Room()
    told = {}
    for name in ("cloth", "diffuse"):
        if name == "diffuse":
            room.make_plain()
        room.light("#263147", "front", 1)
        (_, few), (_, many) = (room.light("#263147", "front", n) for n in (4, 36))
        told[name] = (many - few) / 32
    yield f"{told['cloth']:.3f} s, {told['cloth'] / told['diffuse']:.2f} × plain diffuse's"


class _Room:
    """The shipped shirt, without a print."""

    def __init__(self) -> None:
        from tshirt_render_queue.render.template import open_template

        self.template = open_template(TEMPLATE)

    def make_plain(self) -> None:
        """Replace each fabric by what bounced light sees of it."""
        for cloth in self.template.cloths:
            material = cloth.material
            nodes = material.node_tree.nodes
            bounce = nodes[material["mockup_bounce"]].outputs[0]
            out = next(node for node in nodes if node.type == "OUTPUT_MATERIAL")
            material.node_tree.links.new(bounce, out.inputs[0])

    def light(self, colour: str, view: str, samples: int):
        """Return the picture as linear RGBA, first row on top, and core-seconds."""
        import numpy as np
        from tshirt_render_queue.presets.request import Print, Request
        from tshirt_render_queue.render import fabric, framing, shots

        request = Request(
            prints=(Print(design="", name="", placement="full_front"),), fabric="",
            fabric_hex=colour, heather=False, views=(view,), backgrounds=("transparent",),
            mode="stills", samples=samples, width=SIDE, height=SIDE, format="png",
            template=str(TEMPLATE), out="/", name="{view}",
        )  # fmt: skip
        fabric.dye(self.template.cloths, colour, heather=False)
        shots.set_up(self.template, request, device="CPU", threads=2)
        cycles = self.template.scene.cycles
        cycles.samples, cycles.use_adaptive_sampling, cycles.use_denoising = samples, False, False
        shot, canvas = shots.Shot(view, None, ()), framing.Canvas(SIDE, SIDE, SIDE)
        with tempfile.TemporaryDirectory() as folder:
            started = time.process_time()
            pixels, _ = shots.take(
                self.template, shot, 1, canvas, Path(folder), lambda _sample, _of: None
            )
            return np.asarray(pixels)[::-1], time.process_time() - started


def folds(picture) -> tuple[float, float]:
    """Return the contrast of folds, and the clipped share, of linear RGBA (n, n, 4), first row on top.

    Contrast is the standard deviation of light over the chest and belly, by its mean, after taking out
    what is slower than SLOW and the grain of single pixels.
    """
    import numpy as np

    light, shirt = picture[..., :3].mean(axis=-1), picture[..., 3] > 0.999
    rows = np.flatnonzero(shirt.any(axis=1))
    top, high = rows[0], rows[-1] - rows[0]
    across = np.flatnonzero(shirt[top + high // 2])
    middle, half = (across[0] + across[-1]) / 2, (across[-1] - across[0]) / 2 * 0.8
    chest = np.zeros_like(shirt)
    chest[
        int(top + 0.22 * high) : int(top + 0.93 * high), int(middle - half) : int(middle + half)
    ] = True
    chest &= shirt
    # half of a wave of this length is left by a Gaussian of so many pixels
    sigma = (np.log(2) / 2) ** 0.5 / np.pi * SLOW * high / HEIGHT
    fine, slow = (_smoothed(light, chest, width) for width in (0.7, sigma))
    # of means of 4 × 4 pixels, which leave out the grain
    blocks = picture.reshape(SIDE // 4, 4, SIDE // 4, 4, 4).mean(axis=(1, 3))
    clipped = (blocks[..., :3].min(axis=-1)[blocks[..., 3] > 0.999] > 0.996).mean()
    return float((fine - slow)[chest].std() / light[chest].mean()), float(clipped)


def _smoothed(light, where, sigma: float):
    """Blur (n, n) by a Gaussian, of the pixels in `where` alone."""
    import numpy as np

    frequency = np.fft.fftfreq(len(light))
    keep = np.exp(-2 * (np.pi * sigma) ** 2 * (frequency[None] ** 2 + frequency[:, None] ** 2))

    def blurred(values):
        return np.fft.ifft2(np.fft.fft2(values) * keep).real

    return blurred(np.where(where, light, 0)) / np.maximum(blurred(where.astype(float)), 1e-6)
