"""The ways to show the shirt: on nobody, on a hanger, laid flat, folded, and with long sleeves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import body, drape, dressed, finish, laid, laying, polyline, studio
from .cloth import Cloth
from .dressed import Wearer
from .jersey import Jersey
from .laid import Thrown
from .pattern import Cut, Panel
from .studio import View

#: as far as a hanger reaches along the shoulder, cm
_HELD = 12.0
_SEED = 5
#: its sleeves fit arms that hang: cut steeper, and narrower at their ends
_LET_DOWN = Cut(sleeve_deg=41.0, sleeve_opening=17.8)
_HANGING = Jersey()
#: pressed and put down: softer where nothing pulls at it, and thicker for the air between its layers
_LYING = Jersey(bend=14.0, hem=3.0, seam=2.0, uneven=0.005, gather=0.0, shrink=0.0, thick=0.4)


@dataclass(frozen=True, kw_only=True)
class Style:
    """One template that this package can make."""

    title: str
    #: how the sewn cloth takes its shape, with each triangle split in four
    shape: Callable[[Cloth, Cut], Cloth]
    cut: Cut = field(default_factory=Cut)
    views: dict[str, View] = field(default_factory=lambda: studio.VIEWS)
    #: between the cloth's points, cm; what hangs on somebody breaks into angles above 1.2
    step: float = 1.25
    #: how marked the folds are that are drawn; 0 where the drape leaves its own
    folds: float = 0.0
    #: lies on something behind it
    lying: bool = False
    on_hanger: bool = False
    #: lines of the left half that the cloth's edges follow
    creases: Sequence[np.ndarray] = ()
    #: half width and lower edge of what isn't folded away, cm
    shown: tuple[float, float] | None = None


def _worn_by(
    wearer: Wearer, jersey: Jersey = _HANGING, seed: int = _SEED
) -> Callable[[Cloth, Cut], Cloth]:
    return lambda cloth, cut: dressed.dressed(cloth, cut, wearer, jersey, seed)


def _posed(wearer: drape.Wearer) -> Callable[[Cloth, Cut], Cloth]:
    """By the plain drape, which needs drawn folds."""
    return lambda cloth, _cut: finish.refined(drape.drape(cloth, wearer))


def _hung(cloth: Cloth, cut: Cut) -> Cloth:
    """On a hanger, which holds the seams of the shoulders."""
    flat, _ = cloth.flat_of_points()
    shoulder = cut.lines(Panel.FRONT)["shoulder"]
    away, along = polyline.nearest(np.c_[np.abs(flat[:, 0]), flat[:, 1]], shoulder)
    held = np.flatnonzero((away < 0.05) & (along < _HELD))
    hanger = drape.Wearer(depth=0.3, arms_deg=78.0, figure=body.HANGER)
    return finish.refined(drape.drape(cloth, hanger, held))


def _laid(cloth: Cloth, cut: Cut) -> Cloth:
    return laid.laid(cloth, cut, Thrown(), _LYING, 3)


def _folded(cloth: Cloth, cut: Cut) -> Cloth:
    return finish.refined(laying.parcel(cloth, cut))


STYLES = {
    "tshirt": Style(title="T-shirt", shape=_worn_by(Wearer()), cut=_LET_DOWN),
    "long_sleeve": Style(
        title="Long-sleeved shirt",
        shape=_posed(drape.Wearer(arms_deg=64.0, elbow_deg=(12.0, 14.0), figure=body.SLIM_ARMED)),
        cut=Cut(sleeve_length=63.0, sleeve_opening=10.2, cuff_rise=0.6, cuff=6.0),
        step=1.2,
        folds=1.0,
    ),
    "flat_lay": Style(
        title="T-shirt, flat lay",
        shape=_laid,
        cut=_LET_DOWN,
        views=studio.LYING_VIEWS,
        step=1.3,
        lying=True,
    ),
    "folded": Style(
        title="T-shirt, folded",
        shape=_folded,
        views=studio.FOLDED_VIEWS,
        step=1.5,
        folds=0.3,
        lying=True,
        creases=laying.PARCEL_CREASES,
        shown=laying.PARCEL_SHOWN,
    ),
    "hanger": Style(title="T-shirt on a hanger", shape=_hung, step=1.2, folds=0.7, on_hanger=True),
}
