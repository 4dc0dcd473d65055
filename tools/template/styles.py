"""The ways to show the shirt: on nobody, on a hanger, laid flat, folded, and with long sleeves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import body, laying, polyline, studio
from .cloth import Cloth
from .drape import Wearer, drape
from .pattern import Cut, Panel
from .studio import View

#: as far as a hanger reaches along the shoulder, cm
_HELD = 12.0


@dataclass(frozen=True, kw_only=True)
class Style:
    """One template that this package can make."""

    title: str
    #: how the sewn cloth takes its shape
    shape: Callable[[Cloth, Cut], Cloth]
    cut: Cut = field(default_factory=Cut)
    views: dict[str, View] = field(default_factory=lambda: studio.VIEWS)
    #: between the cloth's points, cm; what hangs on somebody breaks into angles above 1.2
    step: float = 1.2
    #: how marked the small folds are
    folds: float = 1.0
    #: lies on something behind it
    lying: bool = False
    on_hanger: bool = False
    #: lines of the left half that the cloth's edges follow
    creases: Sequence[np.ndarray] = ()
    #: half width and lower edge of what isn't folded away, cm
    shown: tuple[float, float] | None = None


def _worn_by(wearer: Wearer) -> Callable[[Cloth, Cut], Cloth]:
    return lambda cloth, _cut: drape(cloth, wearer)


def _hung(cloth: Cloth, cut: Cut) -> Cloth:
    """On a hanger, which holds the seams of the shoulders."""
    flat, _ = cloth.flat_of_points()
    shoulder = cut.lines(Panel.FRONT)["shoulder"]
    away, along = polyline.nearest(np.c_[np.abs(flat[:, 0]), flat[:, 1]], shoulder)
    held = np.flatnonzero((away < 0.05) & (along < _HELD))
    return drape(cloth, Wearer(depth=0.3, arms_deg=78.0, figure=body.HANGER), held)


STYLES = {
    "tshirt": Style(title="T-shirt", shape=_worn_by(Wearer())),
    "long_sleeve": Style(
        title="Long-sleeved shirt",
        shape=_worn_by(Wearer(arms_deg=64.0, elbow_deg=(12.0, 14.0), figure=body.SLIM_ARMED)),
        cut=Cut(sleeve_length=63.0, sleeve_opening=10.2, cuff_rise=0.6, cuff=6.0),
    ),
    "flat_lay": Style(
        title="T-shirt, flat lay",
        shape=laying.flat,
        views=studio.LYING_VIEWS,
        step=1.5,
        folds=0.8,
        lying=True,
    ),
    "folded": Style(
        title="T-shirt, folded",
        shape=laying.parcel,
        views=studio.FOLDED_VIEWS,
        step=1.5,
        folds=0.3,
        lying=True,
        creases=laying.PARCEL_CREASES,
        shown=laying.PARCEL_SHOWN,
    ),
    "hanger": Style(
        title="T-shirt on a hanger",
        shape=_hung,
        folds=0.7,
        on_hanger=True,
    ),
}
