"""Makes persist-queue importable where nobody installed it: from the wheel in `wheels/`."""

import importlib.util
import sys
from pathlib import Path

#: `store.py` overrides private parts of exactly this version
VERSION = "1.1.0"
WHEEL = Path(__file__).parents[2] / "wheels" / f"persist_queue-{VERSION}-py3-none-any.whl"


def find_persistqueue() -> None:
    """Put the bundled wheel at the end of `sys.path` unless persist-queue is installed."""
    if importlib.util.find_spec("persistqueue") is None:
        sys.path.append(str(WHEEL))


def check_version(found: str) -> None:
    """ImportError unless the persist-queue that was imported is the one `store.py` builds on."""
    if found != VERSION:
        raise ImportError(
            f"T-Shirt Render Queue needs persist-queue {VERSION}, but another extension or package"
            f" brought {found}. Disable that extension, or install persist-queue=={VERSION}."
        )
