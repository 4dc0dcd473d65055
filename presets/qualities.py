"""How good and how large a picture is: three qualities and the formats shops ask for. No bpy."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .bad_request import unknown


@dataclass(frozen=True)
class Quality:
    """A named amount of work for a picture."""

    id: str
    #: Cycles samples a pixel
    samples: int
    #: width and height, pixels
    size: int
    #: what it is good for, a few words
    about: str

    @property
    def label(self) -> str:
        """Return the name to show, in English."""
        return self.id.replace("_", " ").capitalize()


@dataclass(frozen=True)
class OutputPreset:
    """A named size and format of picture."""

    id: str
    #: pixels
    width: int
    height: int
    #: 'png', 'jpeg' or 'webp'
    format: str
    #: '#RRGGBB', or None to keep the background that was asked for
    background: str | None

    @property
    def label(self) -> str:
        """Return the name to show, in English."""
        return self.id.replace("_", " ").capitalize()


@cache
def qualities() -> dict[str, Quality]:
    """Return the qualities by id, cheapest first."""
    return {row["id"]: Quality(**row) for row in _read("qualities")}


@cache
def output_presets() -> dict[str, OutputPreset]:
    """Return the output presets by id."""
    return {row["id"]: OutputPreset(**row) for row in _read("outputs")}


def find_quality(asked: str) -> Quality:
    """Return the quality called `asked`; raises BadRequest."""
    if (name := asked.strip().lower()) not in qualities():
        raise unknown("quality", asked, qualities())
    return qualities()[name]


def find_output_preset(asked: str) -> OutputPreset:
    """Return the output preset called `asked`, '-' and '_' alike; raises BadRequest."""
    if (name := asked.strip().lower().replace("-", "_")) not in output_presets():
        raise unknown("output preset", asked, output_presets())
    return output_presets()[name]


def _read(name: str) -> list[dict]:
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))[name]
