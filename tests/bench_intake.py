"""How long a batch takes to be looked at before it is ordered, by `build.py bench intake`."""

import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from tshirt_render_queue.presets.order_form import OrderForm
from tshirt_render_queue.queue.folder import QueueFolder
from tshirt_render_queue.queue.intake import submit

#: designs of the batch
MANY = 500
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<circle cx="50" cy="50" r="{radius}" fill="#c02040"/>{paths}</svg>'
)


def bench_look_at_a_batch() -> Iterator[str]:
    """Look at 500 designs: PNGs that are kept as they are, photos of phones, and SVGs."""
    png, jpeg = _png(), _jpeg()
    paths = "".join(f'<path d="M{n} 9L{n} 90" stroke="#123"/>' for n in range(9, 90))
    kinds = {
        "PNG": lambda number: png + bytes(number % 7),
        "JPEG of a phone": lambda number: jpeg + bytes(number % 7),
        "SVG": lambda number: SVG.format(radius=20 + number % 9, paths=paths).encode(),
    }
    for kind, made in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            designs = []
            for number in range(MANY):
                path = Path(folder, f"design-{number}.{kind[:3].lower()}")
                path.write_bytes(made(number))
                designs.append(str(path))
            form = OrderForm(designs=tuple(designs), fabrics=("navy",), out=f"{folder}/out")
            queue = QueueFolder.at(Path(folder, "queue"))
            started = time.perf_counter()
            checked = submit.check([form], queue, force=True)
            took = time.perf_counter() - started
            assert len(checked) == MANY
            yield f"{MANY} × {kind:15} {took:5.1f} s, {1000 * took / MANY:5.1f} ms each"


def _png() -> bytes:
    image = Image.linear_gradient("L").resize((1200, 1200)).convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize((1200, 1200)).point(lambda one: 255 - one))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    image = Image.effect_noise((2000, 1500), 40).convert("RGB")
    image.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()
