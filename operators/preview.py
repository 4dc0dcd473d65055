"""Shows the order on the shirt in a corner of a 3D viewport, following it while it is edited.

Nothing enters the artist's file: a background Blender turns template and design into arrays, which
are drawn over the viewport. The shirt turns with the view.
"""

import contextlib
import json
import math
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import blf
import bpy
import gpu
import numpy as np
from bpy.app.translations import pgettext_iface as iface
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Quaternion, Vector

from ..presets.bad_request import BadRequest
from ..presets.colours import linear_from_hex
from ..presets.fabrics import find_fabric
from ..presets.images import probe, read_svg
from ..presets.placements import find_placement
from ..presets.placing import place
from ..presets.request import Print
from ..presets.template_info import TemplateInfo, resolve
from ..presets.views import facing_view_or_none
from ..queue import svg_drawing
from .handing_over import rpt
from .order import absolute, fabric_of, form_of

HELPER = Path(__file__).with_name("preview_helper.py")
#: Largest side of the art in the preview, pixels: about as large as it is drawn.
_ART_SIDE = 640
#: Seconds that reading a template may take.
_PATIENCE = 90.0
#: What is behind the shirt, linear and premultiplied.
_CARD = (0.017, 0.017, 0.019, 0.92)


@dataclass(frozen=True)
class Source:
    """What has to be read from disk; a preview of the same source only draws anew."""

    template: str
    design: str
    #: modification time of the design
    stamp: int


class Preview:
    """The one preview of this Blender: which viewport, what was read, what is drawn."""

    def __init__(self) -> None:
        self.trouble = ""
        self._area = 0
        self._handler = None
        self._shader: gpu.types.GPUShader | None = None
        self._card: gpu.types.GPUShader | None = None
        self._batches: dict[str, gpu.types.GPUBatch] = {}
        self._art: gpu.types.GPUTexture | None = None
        self._aspect = 1.0
        self._info: TemplateInfo | None = None
        self._centre, self._radius = Vector(), 1.0
        #: where the view stood when the preview began: from there the print is seen straight on
        self._azimuth = 0.0
        self._seen_from: tuple = ()
        self._drawn: tuple = ()
        self._shirt: dict[str, np.ndarray] = {}
        self._wanted: Source | None = None
        self._have: Source | None = None
        self._read: tuple[Source, dict, np.ndarray] | str | None = None
        self._reader: threading.Thread | None = None

    @property
    def on(self) -> bool:
        """True while it is shown."""
        return self._handler is not None

    @property
    def busy(self) -> bool:
        """True while something is being read."""
        return self._reader is not None and self._reader.is_alive()

    def start(self, area: bpy.types.Area) -> None:
        """Show it in this viewport."""
        self.stop()
        self._area = area.as_pointer()
        back = area.spaces.active.region_3d.view_rotation @ Vector((0.0, 0.0, 1.0))
        self._azimuth = math.atan2(back.x, -back.y)
        self._handler = bpy.types.SpaceView3D.draw_handler_add(
            self._draw, (), "WINDOW", "POST_PIXEL"
        )

    def stop(self) -> None:
        """Take it away, with all that it had read."""
        if self._handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
        self.__init__()

    def follow(self, order, out: str) -> bool:
        """Read what the order needs and hasn't been read; True when there is something new to see.

        Called by the panels' timer while the preview is on.
        """
        news = self._take()
        source = self._source(order, out)
        if source and source != self._wanted and not self.busy:
            self._wanted = source
            have_shirt = self._have is not None and self._have.template == source.template
            self._reader = threading.Thread(
                target=self._prepare, args=(source, have_shirt), name="tshirt preview", daemon=True
            )
            self._reader.start()
            news = True
        return news

    def redraw(self) -> None:
        """Redraw the viewport that shows it."""
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                if area.as_pointer() == self._area:
                    area.tag_redraw()

    # Reading

    def _source(self, order, out: str) -> Source | None:
        form = form_of(order, out)
        if not form.designs:
            return None
        try:
            self._info = resolve(form.template)
            stamp = Path(form.designs[0]).stat().st_mtime_ns
        except (BadRequest, OSError) as error:
            self.trouble = str(error)
            return None
        return Source(self._info.path, form.designs[0], stamp)

    def _prepare(self, source: Source, have_shirt: bool) -> None:
        """On a thread of its own: have a background Blender read it."""
        with tempfile.TemporaryDirectory(prefix="tshirt-preview-") as into:
            zones = {zone.id: zone.uv_map for zone in self._info.zones.values()}
            asked = {"design": source.design, "side": _ART_SIDE, "into": into, "zones": zones}
            if not have_shirt:
                asked["template"] = source.template
            try:
                if probe(source.design).format == "SVG":  # which Blender doesn't read
                    small = read_svg(source.design).within(_ART_SIDE)
                    asked["design"] = str(Path(into, "design.png"))
                    drawing = svg_drawing.draw(small, source.design)
                    Path(asked["design"]).write_bytes(drawing.png)
                command = (
                    bpy.app.binary_path, "--background", "--factory-startup",
                    "--disable-autoexec", "--python-exit-code", "1",
                    "--python", str(HELPER), "--", json.dumps(asked),
                )  # fmt: skip
                subprocess.run(
                    command, check=True, capture_output=True, timeout=_PATIENCE,
                    stdin=subprocess.DEVNULL,
                )  # fmt: skip
                shirt = {}
                if not have_shirt:
                    with np.load(Path(into, "shirt.npz")) as arrays:
                        shirt = dict(arrays)
                self._read = (source, shirt, np.load(Path(into, "art.npy")))
            except (subprocess.SubprocessError, OSError, ValueError) as error:
                self._read = f"The preview can't be made: {error}"

    def _take(self) -> bool:
        """Bring what was read to the graphics card."""
        read, self._read = self._read, None
        if read is None:
            return False
        if isinstance(read, str):
            self.trouble = read
            return True
        source, shirt, art = read
        if shirt:
            self._shirt, self._batches = shirt, {}
            low, high = shirt["position"].min(axis=0), shirt["position"].max(axis=0)
            self._centre = Vector(((low + high) / 2).tolist())
            across, high_half = float(np.hypot(*(high - low)[:2])) / 2, float(high[2] - low[2]) / 2
            self._radius = max(across, high_half)
        height, width = art.shape[:2]
        self._aspect = width / height
        data = gpu.types.Buffer("FLOAT", art.size, art.ravel())
        self._art = gpu.types.GPUTexture((width, height), format="RGBA16F", data=data)
        self._have, self.trouble = source, ""
        return True

    # Drawing

    def _draw(self) -> None:
        context = bpy.context
        if context.area is None or context.area.as_pointer() != self._area:
            return
        region, scale = context.region, context.preferences.system.ui_scale
        side = int(min(region.height * 0.55, region.width * 0.5, 520 * scale))
        left = next((r.width for r in context.area.regions if r.type == "TOOLS"), 0)
        corner = (left + int(12 * scale), int(12 * scale))
        if self._art is not None:
            view = tuple(context.region_data.view_rotation)
            if (view, side) != self._seen_from:
                self._seen_from = view, side
                bpy.app.timers.register(self._turn, first_interval=0.0)
            if side in _offscreens:
                self._show(_offscreens[side].texture_color, corner, side)
        self._caption(corner, side, scale)

    def _show(self, texture: gpu.types.GPUTexture, corner: tuple[int, int], side: int) -> None:
        """Put the picture into the viewport."""
        self._card = self._card or _card_shader()
        (left, low), (right, high) = corner, (corner[0] + side, corner[1] + side)
        square = {
            "position": ((left, low), (right, low), (left, high), (right, high)),
            "spot": ((0, 0), (1, 0), (0, 1), (1, 1)),
        }
        gpu.state.blend_set("ALPHA_PREMULT")
        self._card.bind()
        self._card.uniform_float("camera", gpu.matrix.get_projection_matrix()
                                 @ gpu.matrix.get_model_view_matrix())  # fmt: skip
        self._card.uniform_sampler("picture", texture)
        batch_for_shader(self._card, "TRI_STRIP", square).draw(self._card)
        gpu.state.blend_set("NONE")

    def _turn(self) -> None:
        """Draw the shirt as the viewport sees it now; not inside a draw call, which it would end."""
        if self.on:
            self.refresh()

    def refresh(self) -> None:
        """Draw the shirt anew if something about it changed, and the viewport with it."""
        if self._art is not None and self._seen_from:
            view, side = self._seen_from
            with contextlib.suppress(BadRequest):
                order = bpy.context.window_manager.tshirt.order
                if not self._render(order, Quaternion(view), side):
                    return
        self.redraw()

    def _caption(self, corner: tuple[int, int], side: int, scale: float) -> None:
        if self.trouble:
            words = self.trouble
        elif self.busy:
            words = iface("Preview: reading…")
        else:
            words = iface("Preview")
        blf.size(0, 12 * scale)
        blf.color(0, 1.0, 1.0, 1.0, 0.8)
        top = corner[1] + (side - 20 * scale if self._art is not None else 0)
        blf.position(0, corner[0] + 9 * scale, top, 0)
        blf.draw(0, words)

    def _render(self, order, view: Quaternion, side: int) -> bool:
        """Draw the shirt into the offscreen; False if it is there as wanted."""
        zone = self._info.zones[find_placement(order.placement).zone]
        placed = place(_print_of(order), zone, self._aspect, order.garment_size)
        colour = linear_from_hex(find_fabric(fabric_of(order)).hex)
        wanted = (self._have, placed, colour, tuple(view), side)
        if wanted == self._drawn:
            return False
        facing = facing_view_or_none(zone.id)
        turn = self._azimuth - math.radians(facing.azimuth if facing else 0.0)
        look = view.inverted().to_matrix().to_4x4()
        to_centre = Matrix.Translation(-self._centre)
        reach = self._radius * 1.04
        fit = Matrix.Diagonal((1 / reach, 1 / reach, -1 / (2 * reach), 1.0))
        model = look @ Matrix.Rotation(turn, 4, "Z")
        back = model.inverted()
        key = (back.to_3x3() @ Vector((-0.45, 0.55, 0.7))).normalized()
        eye = (back.to_3x3() @ Vector((0.0, 0.0, 1.0))).normalized()
        with _offscreen(side).bind():
            frame = gpu.state.active_framebuffer_get()
            frame.clear(color=_CARD, depth=1.0)
            gpu.state.depth_test_set("LESS_EQUAL")
            gpu.state.depth_mask_set(True)
            shader = self._shader = self._shader or _shader()
            shader.bind()
            shader.uniform_float("camera", fit @ model @ to_centre)
            shader.uniform_float("cloth", (*colour, placed.rotation))
            shader.uniform_float(
                "place", (placed.centre_u, placed.centre_v, placed.width, placed.height)
            )
            shader.uniform_float("key", (*key, 0.0))
            shader.uniform_float("eye", (*eye, 0.0))
            shader.uniform_sampler("art", self._art)
            self._batch(zone, shader).draw(shader)
            gpu.state.depth_mask_set(False)
            gpu.state.depth_test_set("NONE")
        self._drawn = wanted
        return True

    def _batch(self, zone, shader) -> gpu.types.GPUBatch:
        if zone.id not in self._batches:
            size = np.array((zone.width, zone.height), np.float32)
            self._batches[zone.id] = batch_for_shader(
                shader,
                "TRIS",
                {
                    "position": self._shirt["position"],
                    "normal": self._shirt["normal"],
                    "spot": np.ascontiguousarray(self._shirt[f"zone_{zone.id}"] * size),
                },
            )
        return self._batches[zone.id]


_offscreens: dict[int, gpu.types.GPUOffScreen] = {}


def _offscreen(side: int) -> gpu.types.GPUOffScreen:
    """Twice as large as it is shown, for smooth edges."""
    if side not in _offscreens:
        _offscreens.clear()
        _offscreens[side] = gpu.types.GPUOffScreen(2 * side, 2 * side, format="RGBA16F")
    return _offscreens[side]


def _print_of(order) -> Print:
    own = order.own_place
    return Print(
        design=absolute(order.design),
        name="preview",
        placement=order.placement,
        width_in=(order.width_in or None) if own else None,
        x_in=order.x_in if own else None,
        y_in=order.y_in if own else None,
        rotation_deg=order.rotation_deg if own else 0.0,
    )


def _shader() -> gpu.types.GPUShader:
    """Cloth under a key light and a soft one from the eye, with the art at its place.

    `spot` is in metres of the print zone; `cloth` is linear colour and the art's turn in radians.
    """
    between = gpu.types.GPUStageInterfaceInfo("tshirt_preview")
    between.smooth("VEC3", "facing")
    between.smooth("VEC2", "where")
    info = gpu.types.GPUShaderCreateInfo()
    for kind, name in (
        ("MAT4", "camera"), ("VEC4", "cloth"), ("VEC4", "place"), ("VEC4", "key"), ("VEC4", "eye"),
    ):  # fmt: skip
        info.push_constant(kind, name)
    info.sampler(0, "FLOAT_2D", "art")
    info.vertex_in(0, "VEC3", "position")
    info.vertex_in(1, "VEC3", "normal")
    info.vertex_in(2, "VEC2", "spot")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "colour")
    info.vertex_source("""
        void main() {
          facing = normal;
          where = spot;
          gl_Position = camera * vec4(position, 1.0);
        }""")
    info.fragment_source("""
        void main() {
          vec3 n = normalize(facing);
          bool outside = dot(n, eye.xyz) > 0.0;
          n = outside ? n : -n;
          vec3 base = cloth.rgb;
          vec2 off = where - place.xy;
          float c = cos(cloth.w), s = sin(cloth.w);
          vec2 uv = vec2(off.x * c + off.y * s, off.y * c - off.x * s) / place.zw + 0.5;
          if (outside && all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)))
              && where.x > -1.0) {
            vec4 ink = texture(art, uv);
            base = mix(base, pow(ink.rgb, vec3(2.2)), ink.a);
          }
          float wrapped = clamp(dot(n, key.xyz) * 0.7 + 0.3, 0.0, 1.0);
          float soft = dot(n, eye.xyz);
          float light = 0.18 + 0.46 * wrapped + 0.37 * soft * soft;
          light *= outside ? 1.0 : 0.4;
          vec3 shown = base * light + 0.012 * pow(1.0 - soft, 3.0);
          colour = vec4(shown, 1.0);
        }""")
    return gpu.shader.create_from_info(info)


def _card_shader() -> gpu.types.GPUShader:
    """Shows a picture of linear colours, as the viewport's own frame wants them.

    gpu_extras' draw_texture_2d converts them in some versions and in others doesn't.
    """
    between = gpu.types.GPUStageInterfaceInfo("tshirt_card")
    between.smooth("VEC2", "where")
    info = gpu.types.GPUShaderCreateInfo()
    info.push_constant("MAT4", "camera")
    info.sampler(0, "FLOAT_2D", "picture")
    info.vertex_in(0, "VEC2", "position")
    info.vertex_in(1, "VEC2", "spot")
    info.vertex_out(between)
    info.fragment_out(0, "VEC4", "colour")
    info.vertex_source("""
        void main() {
          where = spot;
          gl_Position = camera * vec4(position, 0.0, 1.0);
        }""")
    info.fragment_source("""
        void main() { colour = texture(picture, where); }""")
    return gpu.shader.create_from_info(info)


#: This Blender's preview.
preview = Preview()


class TSHIRT_OT_preview(bpy.types.Operator):
    """Show the order on the shirt in this viewport, as it will be printed; press again to end it"""

    bl_idname = "tshirt.preview"
    bl_label = "Preview"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context):
        if preview.on:
            return True
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("The preview is shown in a 3D viewport")
            return False
        if not context.window_manager.tshirt.order.design:
            cls.poll_message_set("Choose a design first")
            return False
        return True

    def execute(self, context):
        if bpy.app.background:
            self.report({"WARNING"}, rpt("There is no viewport in background mode"))
            return {"CANCELLED"}
        if preview.on:
            preview.redraw()
            preview.stop()
        else:
            preview.start(context.area)
        context.area.tag_redraw()
        return {"FINISHED"}


_add, _remove = bpy.utils.register_classes_factory((TSHIRT_OT_preview,))


def register() -> None:
    """Add the operator."""
    _add()


def unregister() -> None:
    """End the preview and take the operator away."""
    preview.stop()
    _offscreens.clear()
    _remove()
