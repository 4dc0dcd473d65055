"""What the render tests share: small templates made in code, an asymmetric design, requests."""

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def load_file(path: Path):
    """Return the module in `path`; test folders are no packages."""
    if (loaded := sys.modules.get(path.stem)) is not None:
        return loaded
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def simple_template():
    """The module that makes a template of four sheets."""
    return load_file(HERE / "simple_template.py")


@pytest.fixture(scope="session")
def on_cloth():
    """The module that finds points of a zone on the cloth and in the picture."""
    return load_file(HERE / "on_cloth.py")


@pytest.fixture(scope="session")
def colour_difference():
    """The module of the CIEDE2000 colour difference."""
    return load_file(HERE.parent / "colour_difference.py")


@pytest.fixture(scope="session")
def darkroom():
    """The module that renders parts of pictures and compares them with many samples."""
    return load_file(HERE.parent / "darkroom.py")


@pytest.fixture(scope="session")
def delta_e_2000(colour_difference):
    return colour_difference.delta_e_2000


@pytest.fixture(scope="session")
def studio_blend(simple_template, tmp_path_factory) -> Path:
    """A template with a key light."""
    return simple_template.build(tmp_path_factory.mktemp("studio") / "sheets.blend")


@pytest.fixture(scope="session")
def even_blend(simple_template, tmp_path_factory) -> Path:
    """A template under an even white sky: cloth shows the very colour it has."""
    return simple_template.build(tmp_path_factory.mktemp("even") / "sheets.blend", studio=False)


@pytest.fixture(scope="session")
def bounce_blend(simple_template, tmp_path_factory) -> Path:
    """A template with a key light, whose light can be baked once."""
    return simple_template.build(tmp_path_factory.mktemp("bounce") / "sheets.blend", bounce=True)


@pytest.fixture(scope="session")
def letter(tmp_path_factory) -> Path:
    """A red F on clear ground, its middle bar yellow, with a white spot at its lower right."""
    import numpy as np
    from tshirt_render_queue.render import pictures

    art = np.zeros((480, 400, 4), np.uint8)
    for (left, bottom, right, top), colour in (
        ((40, 30, 120, 450), (214, 0, 40)),
        ((40, 370, 360, 450), (214, 0, 40)),
        ((40, 210, 280, 280), (254, 209, 65)),
        ((300, 20, 380, 100), (255, 255, 255)),
    ):
        art[bottom:top, left:right] = (*colour, 255)
    path = tmp_path_factory.mktemp("designs") / "letter.png"
    pictures.write(art, path)
    return path


@pytest.fixture(scope="session")
def make_request(letter):
    """A function that returns a small request; keywords change its fields."""
    from tshirt_render_queue.presets.request import Print, Request

    def make(template: Path, placements=("full_front",), technique="dtg", **changed) -> Request:
        usual = {
            "prints": tuple(
                Print(design=str(letter), name="letter", placement=place, technique=technique)
                for place in placements
            ),
            "fabric": "navy",
            "fabric_hex": "#263147",
            "heather": False,
            "views": ("front",),
            "backgrounds": ("transparent",),
            "mode": "stills",
            "samples": 4,
            "width": 96,
            "height": 96,
            "format": "png",
            "template": str(template),
            "out": "/nowhere",
            "name": "{design}_{fabric}_{background}_{view}",
        }
        return Request(**(usual | changed))

    return make


@pytest.fixture
def render(tmp_path):
    """A function that renders a request into a folder of its own; returns folder and result."""
    from tshirt_render_queue.render.session import RenderTask, Session

    shared = Session()
    counter = iter(range(100))

    def go(request, session=None, **order):
        number = next(counter)
        work = tmp_path / f"job-{number}"
        usual = {"job": "job", "attempt": number, "threads": 2, "device": "CPU"}
        order = RenderTask(request=request, work=work, **(usual | order))
        return work, (session or shared).render(order, lambda _fraction, _note: None)

    return go
