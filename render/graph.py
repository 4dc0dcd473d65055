"""A few lines that make shader nodes readable to build, and that find them again to remove them."""

from typing import Any

import bpy

#: what the inputs of a node take: a link from a socket, or a value
Source = bpy.types.NodeSocket | float | tuple[float, ...]

_OURS = "mockup_print_node"


class Graph:
    """The nodes that a print adds to a material's tree."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self._tree = tree

    def add(
        self, kind: str, inputs: dict[int | str, Source] | None = None, **settings: Any
    ) -> bpy.types.Node:
        """Return a new ShaderNode`kind` with its settings made and its inputs fed."""
        node = self._tree.nodes.new(f"ShaderNode{kind}")
        node[_OURS] = 1
        for name, value in settings.items():
            setattr(node, name, value)
        for socket, source in (inputs or {}).items():
            self.feed(node.inputs[socket], source)
        return node

    def feed(self, socket: bpy.types.NodeSocket, source: Source) -> None:
        """Link `socket` to a source, or give it a value."""
        if isinstance(source, bpy.types.NodeSocket):
            self.link(source, socket)
        else:
            socket.default_value = source

    def link(self, source: bpy.types.NodeSocket, socket: bpy.types.NodeSocket) -> None:
        """Link an output to an input in place of what was there."""
        self._tree.links.new(source, socket)

    def link_if_socket(self, source: Source, socket: bpy.types.NodeSocket) -> None:
        """Link an output to an input; a value stays where it is, in the input itself."""
        if isinstance(source, bpy.types.NodeSocket):
            self.link(source, socket)

    def clear(self) -> None:
        """Remove every node that a Graph ever added to this tree."""
        for node in [node for node in self._tree.nodes if _OURS in node]:
            self._tree.nodes.remove(node)

    def math(self, operation: str, *values: Source) -> bpy.types.NodeSocket:
        """Return the result of a Math node."""
        return self.add("Math", dict(enumerate(values)), operation=operation).outputs[0]

    def scaled(self, vector: Source, x: float, y: float) -> bpy.types.NodeSocket:
        """Return `vector` times (x, y)."""
        node = self.add("VectorMath", {0: vector, 1: (x, y, 1.0)}, operation="MULTIPLY")
        return node.outputs[0]

    def step(self, value: Source, low: float, high: float) -> bpy.types.NodeSocket:
        """Return 0 below `low`, 1 above `high`, smooth between."""
        node = self.add(
            "MapRange",
            {"Value": value, "From Min": low, "From Max": high},
            interpolation_type="SMOOTHSTEP",
        )
        return node.outputs["Result"]

    def mix(self, factor: Source, a: Source, b: Source) -> bpy.types.NodeSocket:
        """Return numbers `a` to `b` by `factor`."""
        return self.add("Mix", {0: factor, 2: a, 3: b}, data_type="FLOAT").outputs[0]

    def mix_vectors(self, factor: Source, a: Source, b: Source) -> bpy.types.NodeSocket:
        """Return vectors `a` to `b` by `factor`."""
        return self.add("Mix", {0: factor, 4: a, 5: b}, data_type="VECTOR").outputs[1]

    def mix_colours(self, factor: Source, a: Source, b: Source) -> bpy.types.NodeSocket:
        """Return colours `a` to `b` by `factor`, in linear light."""
        return self.add("Mix", {0: factor, 6: a, 7: b}, data_type="RGBA").outputs[2]
