"""The fabric: colour, seams, stitches and rib as Blender materials that keep the template contract."""

import math

import bpy

from .charts import Edge
from .nodes import Graph, linear


def fabric(name: str, printable: bool) -> bpy.types.Material:
    """One cloth material. Bounced light sees a plain diffuse instead, which halves the time of a sample."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    g = Graph(material.node_tree)
    colour = g.node("RGB", "Fabric colour").outputs[0]
    colour.default_value = linear("#F2F2F0")
    along, away = g.uv("seam")
    edge = g.node("Attribute", attribute_name="edge").outputs["Fac"]

    def at(kind: Edge):
        return g.math("COMPARE", edge, float(kind), 0.1)

    dash = g.math("LESS_THAN", g.math("FRACT", g.math("DIVIDE", along, 0.0034)), 0.72)

    def stitches(distance: float, width: float = 0.0006):
        off = g.math("ABSOLUTE", g.math("SUBTRACT", away, distance))
        return g.math(
            "MULTIPLY", g.math("SUBTRACT", 1, g.smoothstep(off, width * 0.4, width * 1.6)), dash
        )

    hem = at(Edge.HEM)
    stitch = g.math(
        "MAXIMUM",
        g.math("MULTIPLY", hem, g.math("MAXIMUM", stitches(0.0195), stitches(0.0255))),
        g.math("MULTIPLY", at(Edge.NECK), g.math("MAXIMUM", stitches(0.0025), stitches(0.0075))),
    )
    folded = g.math("MULTIPLY", hem, g.math("SUBTRACT", 1, g.smoothstep(away, 0.0255, 0.0285)))
    groove = g.math(
        "MULTIPLY",
        g.math("GREATER_THAN", edge, Edge.HEM + 0.5),
        g.math("SUBTRACT", 1, g.smoothstep(away, 0, 0.0028)),
    )
    ribs = g.math(
        "MULTIPLY", at(Edge.RIB), g.math("SINE", g.math("MULTIPLY", along, 2 * math.pi / 0.0026))
    )
    height = g.math("MULTIPLY", ribs, 0.22)  # millimetres, as all heights here
    height = g.math("MULTIPLY_ADD", folded, 0.7, height)
    height = g.math("MULTIPLY_ADD", groove, -1.1, height)
    height = g.math("MULTIPLY_ADD", stitch, -0.45, height)

    bsdf = g.node("BsdfPrincipled")
    bump = g.node("Bump")
    g.put(bump.inputs["Strength"], 0.8)
    g.put(bump.inputs["Distance"], 0.001)
    g.put(bump.inputs["Height"], height)
    g.put(bsdf.inputs["Normal"], bump.outputs[0])
    shade = g.math(
        "SUBTRACT", 1, g.math("MULTIPLY_ADD", stitch, 0.22, g.math("MULTIPLY", groove, 0.15))
    )
    shown = g.scale(colour, shade)
    g.put(bsdf.inputs["Base Color"], shown)
    for socket, value in (
        ("Roughness", 0.85),
        ("Specular IOR Level", 0.06),
        ("Sheen Weight", 0.1),
        ("Sheen Roughness", 0.4),
    ):
        g.put(bsdf.inputs[socket], value)
    bounce = g.node("BsdfDiffuse", "Bounce")
    g.put(bounce.inputs["Color"], colour)
    mix = g.node("MixShader")
    g.put(mix.inputs[0], g.node("LightPath").outputs["Is Camera Ray"])
    g.put(mix.inputs[1], bounce.outputs[0])
    g.put(mix.inputs[2], bsdf.outputs[0])
    g.put(g.node("OutputMaterial").inputs[0], mix.outputs[0])

    material["mockup_role"] = "fabric"
    material["mockup_colour"] = "Fabric colour"
    material["mockup_bounce"] = "Bounce"
    if printable:
        material["mockup_printable"] = 1
    return material
