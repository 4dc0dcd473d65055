"""From where a shirt can be shown, and which view faces which print zone. No bpy here."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: the view of the frames of a turntable, in file names and manifests
TURNTABLE = "turntable"
#: the "view" of a model of the shirt, likewise
MODEL = "model"


@dataclass(frozen=True)
class View:
    """One camera that a template may have."""

    id: str
    #: camera's direction in degrees, from the front towards the wearer's left
    azimuth: float
    #: print zones seen straight on
    faces: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the name to show, in English."""
        return self.id.replace("_", " ").capitalize()


@cache
def views() -> dict[str, View]:
    """Return every view by its id, in the order to show them: front first."""
    text = Path(__file__).with_name("views.json").read_text("utf-8")
    return {
        row["id"]: View(id=row["id"], azimuth=row["azimuth"], faces=tuple(row["faces"]))
        for row in json.loads(text)["views"]
    }


@cache
def round_the_shirt() -> tuple[str, ...]:
    """Return the ids of the views that show the whole shirt, front first."""
    return tuple(view for view in views() if not view.startswith("closeup"))


def facing_view_or_none(zone: str) -> View | None:
    """Return the view that faces print zone `zone` in templates that name no other."""
    return next((view for view in views().values() if zone in view.faces), None)


def in_order(ids: Iterable[str]) -> list[str]:
    """Return view ids in the order to show them; those that a template added come last."""
    rank = {view: number for number, view in enumerate(views())}
    return sorted(ids, key=lambda view: (rank.get(view, len(rank)), view))
