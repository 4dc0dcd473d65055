"""The fabric: colour, heather, knit, seams and sheen as Blender materials that keep the template contract."""

from dataclasses import dataclass

import bpy

from . import charts, cloth_textures
from .nodes import Graph, Socket, linear

#: relief of the knit, of thick and thin yarn, and of slow cloudiness, millimetres
_KNIT_RELIEF, _YARN_RELIEF, _CLOUD_RELIEF = 0.10, 0.07, 0.08
#: eight standard deviations of the wrinkles that ironing leaves, millimetres
_WRINKLE_RELIEF = 1.8
#: how much darker the valleys of the knit are, and how much the yarn's shade varies
_KNIT_SHADE, _YARN_SHADE, _CLOUD_SHADE = 0.30, 0.10, 0.04
#: the knit's mean height, so that its shade changes no colour on average
_KNIT_MEAN = 0.62

#: matt, with the soft glow of fine hairs at grazing angles; white, so that it shows on black as well
_COTTON = {
    "Roughness": 0.7,
    "Specular IOR Level": 0.12,
    "Sheen Weight": 0.3,
    "Sheen Roughness": 0.4,
}


@dataclass(frozen=True)
class Weave:
    """The baked pictures that all fabric materials share."""

    knit: bpy.types.Image
    uneven: bpy.types.Image
    seams: bpy.types.Image
    wrinkles: bpy.types.Image

    @classmethod
    def baked(cls) -> "Weave":
        """Drawn anew, in the open file."""
        return cls(
            cloth_textures.packed("Knit", cloth_textures.knit()),
            cloth_textures.packed("Uneven", cloth_textures.uneven()),
            cloth_textures.packed("Seams", cloth_textures.seams()),
            cloth_textures.packed("Wrinkles", cloth_textures.wrinkles()),
        )


def fabric(name: str, weave: Weave, printable: bool) -> bpy.types.Material:
    """One cloth material. Bounced light sees a plain diffuse instead, which halves the time of a sample."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    g = Graph(material.node_tree)
    colour = g.node("RGB", "Fabric colour").outputs[0]
    colour.default_value = linear("#F2F2F0")

    uv = g.node("UVMap", uv_map="cloth").outputs[0]
    knit = g.image(weave.knit, _tiled(g, uv, cloth_textures.KNIT_TILE)).outputs["Color"]
    uneven = g.image(weave.uneven, _tiled(g, uv, cloth_textures.UNEVEN_TILE)).outputs["Color"]
    yarn, fibres, cloud = g.channels(uneven)
    seam_height, seam_shade, _ = g.channels(g.image(weave.seams, _on_atlas(g)).outputs["Color"])

    span = cloth_textures.SEAM_HIGH - cloth_textures.SEAM_LOW
    height = g.math("MULTIPLY", seam_height, span)  # millimetres
    height = g.math("MULTIPLY_ADD", knit, _KNIT_RELIEF, height)
    height = g.math("MULTIPLY_ADD", yarn, _YARN_RELIEF, height)
    height = g.math("MULTIPLY_ADD", cloud, _CLOUD_RELIEF, height)
    wrinkles = g.image(weave.wrinkles, _tiled(g, uv, cloth_textures.WRINKLE_TILE)).outputs["Color"]
    coarse, rest, _ = g.channels(wrinkles)
    wrinkled = g.math("MULTIPLY_ADD", rest, 1 / 255, coarse)
    height = g.math("MULTIPLY_ADD", wrinkled, _WRINKLE_RELIEF, height)
    bump = g.node("Bump")
    g.put(bump.inputs["Distance"], 0.001)
    g.put(bump.inputs["Height"], height)

    shade = g.math("MULTIPLY_ADD", knit, _KNIT_SHADE, 1 - _KNIT_SHADE * _KNIT_MEAN)
    shade = g.math("MULTIPLY_ADD", yarn, _YARN_SHADE, g.math("SUBTRACT", shade, _YARN_SHADE / 2))
    shade = g.math("MULTIPLY_ADD", cloud, _CLOUD_SHADE, g.math("SUBTRACT", shade, _CLOUD_SHADE / 2))
    shade = g.math("SUBTRACT", shade, seam_shade)
    dyed, mean = _heathered(g, colour, fibres)
    shown = g.scale(dyed, shade)

    bsdf = g.node("BsdfPrincipled")
    g.put(bsdf.inputs["Base Color"], shown)
    g.put(bsdf.inputs["Normal"], bump.outputs[0])
    for socket, value in _COTTON.items():
        g.put(bsdf.inputs[socket], value)
    bounce = g.node("BsdfDiffuse", "Bounce")
    g.put(bounce.inputs["Color"], mean)
    mix = g.node("MixShader")
    g.put(mix.inputs[0], g.node("LightPath").outputs["Is Camera Ray"])
    g.put(mix.inputs[1], bounce.outputs[0])
    g.put(mix.inputs[2], bsdf.outputs[0])
    g.put(g.node("OutputMaterial").inputs[0], mix.outputs[0])

    material["mockup_role"] = "fabric"
    material["mockup_colour"] = "Fabric colour"
    material["mockup_heather"] = "Heather"
    material["mockup_heather_colour"] = "Heather colour"
    material["mockup_bounce"] = "Bounce"
    if printable:
        material["mockup_printable"] = 1
    return material


def _tiled(g: Graph, uv: Socket, tile: tuple[float, float]) -> Socket:
    return g.vector("MULTIPLY", uv, (1 / tile[0], 1 / tile[1], 0))


def _on_atlas(g: Graph) -> Socket:
    """Where in the seam atlas a point of the cloth lies: its edge's band, arc across and distance up."""
    along, away = g.uv("seam")
    edge = g.node("Attribute", attribute_name="edge").outputs["Fac"]
    up = g.math(
        "MINIMUM", g.math("MAXIMUM", g.math("DIVIDE", away, charts.SEAM_BAND), 0.012), 0.988
    )
    place = g.node("CombineXYZ")
    g.put(place.inputs[0], g.math("DIVIDE", along, cloth_textures.SEAM_PERIOD))
    g.put(place.inputs[1], g.math("DIVIDE", g.math("ADD", edge, up), cloth_textures.SEAM_BANDS))
    return place.outputs[0]


def _heathered(g: Graph, colour: Socket, fibres: Socket) -> tuple[Socket, Socket]:
    """The dark fibre's `colour` with as much of the light one; in detail, and on average."""
    amount = g.node("Value", "Heather").outputs[0]
    amount.default_value = 0.0
    light = g.node("RGB", "Heather colour").outputs[0]
    light.default_value = linear("#F2F2F0")
    detail = g.mix(g.math("MULTIPLY", amount, fibres), colour, light)
    return detail, g.mix(g.math("MULTIPLY", amount, 0.5), colour, light)


def label() -> bpy.types.Material:
    """The woven label in the neck: white satin that keeps its colours whatever the fabric is."""
    material = bpy.data.materials.new("Label")
    material.use_nodes = True
    g = Graph(material.node_tree)
    ink = g.image(
        cloth_textures.packed("Label", cloth_textures.label()),
        g.node("UVMap", uv_map="cloth").outputs[0],
    )
    bsdf = g.node("BsdfPrincipled")
    g.put(
        bsdf.inputs["Base Color"],
        g.mix(g.channels(ink.outputs["Color"])[0], linear("#E4E2DD"), linear("#2A2A2C")),
    )
    g.put(bsdf.inputs["Roughness"], 0.5)
    g.put(g.node("OutputMaterial").inputs[0], bsdf.outputs[0])
    return material
