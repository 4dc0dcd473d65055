"""Dyes the shirt: sets the fabric's colour, or a heather's two fibres, in the marked nodes."""

import bpy

from ..presets.colours import RGB, heather_fibres, linear_from_hex
from .template import Cloth


def dye(cloths: tuple[Cloth, ...], colour: str, *, heather: bool) -> None:
    """Give every cloth the `colour` (sRGB, '#RRGGBB'), as a mix of two fibres if it is a heather.

    A cloth without heather nodes takes the flat colour, whose mean is the same.
    """
    flat = linear_from_hex(colour)
    dark, light = heather_fibres(colour)
    for cloth in cloths:
        mixed = heather and cloth.heather is not None and cloth.heather_colour is not None
        _set(cloth.colour, dark if mixed else flat)
        if cloth.heather_colour is not None:
            _set(cloth.heather_colour, light if mixed else flat)
        if cloth.heather is not None:
            cloth.heather.outputs[0].default_value = 1.0 if mixed else 0.0


def _set(node: bpy.types.Node, linear: RGB) -> None:
    node.outputs[0].default_value = (*linear, 1.0)
