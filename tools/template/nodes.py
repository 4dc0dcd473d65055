"""A small vocabulary for shader node trees, so that a material reads like arithmetic."""

import bpy

Socket = bpy.types.NodeSocket


class Graph:
    """Adds nodes to one empty tree; arguments may be sockets or plain values."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        tree.nodes.clear()

    def node(self, kind: str, name: str = "", **settings) -> bpy.types.Node:
        """Add a node; `settings` are its properties."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        if name:
            node.name = node.label = name
        for key, value in settings.items():
            setattr(node, key, value)
        return node

    def put(self, into: Socket, value) -> None:
        """Link a socket, or set its value."""
        if isinstance(value, Socket):
            self.tree.links.new(value, into)
        else:
            into.default_value = value

    def math(self, operation: str, *values) -> Socket:
        """A Math node of the values."""
        node = self.node("Math", operation=operation)
        for socket, value in zip(node.inputs, values, strict=False):
            self.put(socket, value)
        return node.outputs[0]

    def smoothstep(self, value: Socket, low: float, high: float) -> Socket:
        """0 below `low`, 1 above `high`, smooth between."""
        node = self.node("MapRange", interpolation_type="SMOOTHSTEP")
        for key, given in (("Value", value), ("From Min", low), ("From Max", high)):
            self.put(node.inputs[key], given)
        return node.outputs[0]

    def scale(self, colour: Socket, factor) -> Socket:
        """A colour times a number."""
        node = self.node("VectorMath", operation="SCALE")
        self.put(node.inputs[0], colour)
        self.put(node.inputs["Scale"], factor)
        return node.outputs[0]

    def mix(self, factor, a, b) -> Socket:
        """Between colours `a` and `b` by `factor` 0..1."""
        node = self.node("Mix", data_type="RGBA")
        for socket, value in zip(
            (node.inputs[0], node.inputs[6], node.inputs[7]), (factor, a, b), strict=True
        ):
            self.put(socket, value)
        return node.outputs[2]

    def vector(self, operation: str, *values) -> Socket:
        """A Vector Math node of the values."""
        node = self.node("VectorMath", operation=operation)
        for socket, value in zip(node.inputs, values, strict=False):
            self.put(socket, value)
        return node.outputs[0]

    def image(self, image: bpy.types.Image, at: Socket) -> bpy.types.Node:
        """A repeated picture, smoothly sampled."""
        node = self.node("TexImage", image.name, image=image, interpolation="Cubic")
        self.put(node.inputs["Vector"], at)
        return node

    def channels(self, colour: Socket) -> tuple[Socket, Socket, Socket]:
        """Red, green and blue."""
        node = self.node("SeparateColor")
        self.put(node.inputs[0], colour)
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def uv(self, layer: str) -> tuple[Socket, Socket]:
        """u and v of a UV layer."""
        node = self.node("SeparateXYZ")
        self.put(node.inputs[0], self.node("UVMap", uv_map=layer).outputs[0])
        return node.outputs[0], node.outputs[1]


def linear(hexa: str) -> tuple[float, float, float, float]:
    """Linear RGBA of an sRGB hex such as "#2B4A7A"."""
    channels = (int(hexa[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return red, green, blue, 1.0
