"""What the tests in a window share: which Blender, with what installed, and a design to print."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(Path(__file__).resolve().parent))

import window  # noqa: E402  beside this file, which is no package


@pytest.fixture(scope="session", params=window.desks() or [None], ids=str)
def desk(request, tmp_path_factory):
    """A Blender with a window, and the zip of this checkout for it to install."""
    if request.param is None:
        pytest.skip(
            "no Blender with a window: name real ones in TSHIRT_BLENDERS, with Xvfb and "
            "ImageMagick's import beside them or on PATH"
        )
    built = tmp_path_factory.mktemp("dist") / "extension.zip"
    window.build(request.param, built)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TSHIRT_ZIP", str(built))
        yield request.param


@pytest.fixture(scope="session")
def design():
    return ROOT / "docs" / "samples" / "north-ridge.png"


@pytest.fixture
def shots(tmp_path):
    """Where the pictures of a play go: TSHIRT_SHOTS keeps them."""
    kept = os.environ.get("TSHIRT_SHOTS")
    return Path(kept) if kept else tmp_path / "play"
