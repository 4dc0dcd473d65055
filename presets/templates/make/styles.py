"""The ways to show the shirt: on nobody, on a hanger, laid flat, folded, and with long sleeves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from . import laying, studio
from .cloth import Cloth
from .drape import Wearer, drape
from .pattern import Cut
from .studio import View


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


def _worn_by(wearer: Wearer) -> Callable[[Cloth, Cut], Cloth]:
    return lambda cloth, _cut: drape(cloth, wearer)


STYLES = {
    "tshirt": Style(title="T-shirt", shape=_worn_by(Wearer())),
    "long_sleeve": Style(
        title="Long-sleeved shirt",
        shape=_worn_by(Wearer(arms_deg=66.0)),
        cut=Cut(sleeve_length=59.0, sleeve_opening=9.6, cuff_rise=0.6),
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
    ),
    "hanger": Style(
        title="T-shirt on a hanger",
        shape=_worn_by(Wearer(depth=0.3, arms_deg=76.0, arm_size=0.6)),
        on_hanger=True,
    ),
}
