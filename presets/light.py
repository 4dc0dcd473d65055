"""How a picture gets its light: rendered in full, or the light of a view baked once. No bpy.

The rule is a function of what is ordered and of the template, never of what was baked before: the
same order gives the same pictures on every machine and every day. docs/pictures.md tells it.
"""

from dataclasses import replace

from .bad_request import BadRequest, unknown
from .messages import Message, sentences
from .request import LIGHTS, Request
from .template_info import TemplateInfo

AUTO, ONCE, FULL = LIGHTS

#: samples of the light by those of the request: (at most, light's); more buy nothing, because the
#: light is denoised (docs/performance.md)
SAMPLES = ((16, 32), (64, 64))
MOST_SAMPLES = 128

#: how the ids of views begin in which single stitches are seen
CLOSEUP = "closeup"


def light_samples(samples: int) -> int:
    """Return the samples of the light that pictures of `samples` are printed into."""
    return next((light for most, light in SAMPLES if samples <= most), MOST_SAMPLES)


def find_light(asked: str) -> str:
    """Return 'auto', 'once' or 'full'; raises BadRequest."""
    if (name := asked.strip().lower()) not in LIGHTS:
        raise unknown("light", asked, LIGHTS)
    return name


def decided(request: Request, info: TemplateInfo) -> Request:
    """Return `request` with 'auto' decided: its light is 'once' or 'full'.

    Raises BadRequest where 'once' is demanded of what can't be printed into a light.
    """
    impossible = why_not_or_none(request, info)
    if request.light == ONCE and impossible is not None:
        raise BadRequest(sentences([impossible, Message("Choose the light 'auto' or 'full'.")]))
    if request.light == AUTO:
        once = impossible is None and _pays(request) and _is_as_good(request)
        return replace(request, light=ONCE if once else FULL)
    return request


def why_not_or_none(request: Request, info: TemplateInfo) -> Message | None:
    """Return why pictures of `request` can't be printed into a light, or None if they can."""
    if request.mode == "glb":
        return Message("A model has no light of its own.")
    if not info.relightable:
        words = "The light of the template {name!r} can't be baked once for all prints."
        return Message(words, name=info.name)
    return None


def _pays(request: Request) -> bool:
    """Return whether further pictures of the same light are likely: films are made of few designs.

    A view's light costs as much as about three pictures (docs/performance.md), and is kept.
    """
    return request.mode == "stills"


def _is_as_good(request: Request) -> bool:
    """Return whether pictures printed into a light are as near to the truth as rendered ones.

    From near, stitches are seen one by one, and a light has them where the zone begins, not the art.
    """
    near = any(view.startswith(CLOSEUP) for view in request.views)
    return not (near and any(print_.technique == "embroidery" for print_ in request.prints))
