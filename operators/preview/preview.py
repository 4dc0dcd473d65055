"""Shows the order on the shirt in a corner of a 3D viewport, following it while it is edited.

Nothing enters the artist's file: a background Blender turns template and design into arrays, which
are drawn over the viewport. The shirt turns with the view.
"""

import contextlib
import math

import blf
import bpy
import gpu
import numpy as np
from bpy.app.translations import pgettext_iface as iface
from gpu_extras.batch import batch_for_shader
from mathutils import Matrix, Quaternion, Vector

from ...presets.bad_request import BadRequest
from ...presets.colours import linear_from_hex
from ...presets.fabrics import find_fabric
from ...presets.messages import translated
from ...presets.order_form import OrderForm
from ...presets.placements import find_placement
from ...presets.placing import place
from ...presets.request import Print
from ...presets.template_info import TemplateInfo
from ...presets.views import View, facing_view_or_none, views
from ..client.background_operator import rpt
from ..client.queue_client import client
from ..client.queue_location import queue_folder
from ..order import absolute, background_of, fabric_of, form_of
from .reader import Reader, Reading
from .shaders import card_shader, cloth_shader, offscreen, offscreens

#: What is behind the shirt, linear and premultiplied.
_CARD = (0.017, 0.017, 0.019, 0.92)
#: On a card with more light than this, linear, the caption is dark.
_BRIGHT = 0.25


class Preview:
    """The one preview of this Blender: which viewport, what was read, what is drawn."""

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._area = 0
        self._handler = None
        self._shader: gpu.types.GPUShader | None = None
        self._card: gpu.types.GPUShader | None = None
        self._batches: dict[str, gpu.types.GPUBatch] = {}
        self._art: gpu.types.GPUTexture | None = None
        self._aspect = 1.0
        self._info: TemplateInfo | None = None
        self._centre, self._radius = Vector(), 1.0
        #: where the viewport stood when the preview began, from there the ordered view is seen:
        #: radians from the front towards the wearer's left, and above the horizon
        self._stood = (0.0, 0.0)
        #: turns the shirt, whose front is towards -y, to how it is seen
        self.model = Matrix()
        self._seen_from: tuple = ()
        self._drawn: tuple = ()
        self._shirt: dict[str, np.ndarray] = {}

    @property
    def on(self) -> bool:
        """True while it is shown."""
        return self._handler is not None

    @property
    def busy(self) -> bool:
        """True while something is being read."""
        return self._reader is not None and self._reader.busy

    @property
    def trouble(self) -> str:
        """Why nothing can be shown, one sentence."""
        return self._reader.trouble if self._reader is not None else ""

    def start(self, area: bpy.types.Area) -> None:
        """Show it in this viewport."""
        self.stop()
        self._area = area.as_pointer()
        self._reader = Reader(queue_folder())
        self._stood = _standing(area.spaces.active.region_3d.view_rotation)
        self._handler = bpy.types.SpaceView3D.draw_handler_add(
            self._draw, (), "WINDOW", "POST_PIXEL"
        )

    def stop(self) -> None:
        """Take it away, with all that it had read."""
        if self._handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
        if self._reader is not None:
            self._reader.stop()
        self.__init__()

    def show(self, form: OrderForm) -> None:
        """Show this order from now on."""
        if self._reader is not None:
            self._reader.want(form)
        self.refresh()

    def follow(self) -> bool:
        """Take what has been read; True when there is something new to see.

        Called by the panels' timer while the preview is on.
        """
        if self._reader is None:
            return False
        news, reading = self._reader.take()
        if reading is not None:
            self._upload(reading)
        return news

    def keep_to(self, area: bpy.types.Area | None) -> None:
        """Go on in this viewport, where the one that showed it is gone; end where there is none.

        That is so after File > New and File > Open, whose windows are others.
        """
        screens = (area for screen in bpy.data.screens for area in screen.areas)
        if any(one.as_pointer() == self._area and one.type == "VIEW_3D" for one in screens):
            return
        if area is None:
            self.stop()
            return
        self._area, self._seen_from, self._drawn = area.as_pointer(), (), ()
        self._stood = _standing(area.spaces.active.region_3d.view_rotation)
        area.tag_redraw()

    def redraw(self) -> None:
        """Redraw the viewport that shows it."""
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                if area.as_pointer() == self._area:
                    area.tag_redraw()

    def _upload(self, reading: Reading) -> None:
        """Bring what was read to the graphics card."""
        self._info, art = reading.info, reading.art
        if reading.shirt is not None:
            self._shirt, self._batches = reading.shirt, {}
            position = reading.shirt["position"]
            low, high = position.min(axis=0), position.max(axis=0)
            self._centre = Vector(((low + high) / 2).tolist())
            across, high_half = float(np.hypot(*(high - low)[:2])) / 2, float(high[2] - low[2]) / 2
            self._radius = max(across, high_half)
        height, width = art.shape[:2]
        self._aspect = width / height
        data = gpu.types.Buffer("FLOAT", art.size, art.ravel())
        self._art = gpu.types.GPUTexture((width, height), format="RGBA16F", data=data)
        self._drawn = ()

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
            if side in offscreens:
                self._show(offscreens[side].texture_color, corner, side)
        self._caption(corner, side, scale)

    def _show(self, texture: gpu.types.GPUTexture, corner: tuple[int, int], side: int) -> None:
        """Put the picture into the viewport."""
        self._card = self._card or card_shader()
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
            words = translated(self.trouble, iface)
        elif self.busy:
            words = iface("Preview: reading…")
        else:
            words = iface("Preview")
        card = _card_of(bpy.context.window_manager.tshirt.order)
        ink = 0.0 if self._art is not None and max(card[:3]) > _BRIGHT else 1.0
        blf.size(0, 12 * scale)
        blf.color(0, ink, ink, ink, 0.8)
        top = corner[1] + (side - 20 * scale if self._art is not None else 0)
        blf.position(0, corner[0] + 9 * scale, top, 0)
        blf.draw(0, words)

    def _render(self, order, view: Quaternion, side: int) -> bool:
        """Draw the shirt into the offscreen; False if it is there as wanted."""
        zone = self._info.zones[find_placement(order.placement).zone]
        placed = place(_print_of(order), zone, self._aspect, order.garment_size)
        colour = linear_from_hex(find_fabric(fabric_of(order)).hex)
        card = _card_of(order)
        ordered = math.radians(_ordered_view(order, zone.id).azimuth)
        wanted = (placed, colour, card, ordered, tuple(view), side)
        if wanted == self._drawn:
            return False
        azimuth, height = (
            now - then for now, then in zip(_standing(view), self._stood, strict=True)
        )
        look = Matrix.Rotation(height - math.pi / 2, 4, "X")
        to_centre = Matrix.Translation(-self._centre)
        reach = self._radius * 1.04
        fit = Matrix.Diagonal((1 / reach, 1 / reach, -1 / (2 * reach), 1.0))
        model = self.model = look @ Matrix.Rotation(-(ordered + azimuth), 4, "Z")
        back = model.inverted()
        key = (back.to_3x3() @ Vector((-0.45, 0.55, 0.7))).normalized()
        eye = (back.to_3x3() @ Vector((0.0, 0.0, 1.0))).normalized()
        with offscreen(side).bind():
            frame = gpu.state.active_framebuffer_get()
            frame.clear(color=card, depth=1.0)
            gpu.state.depth_test_set("LESS_EQUAL")
            gpu.state.depth_mask_set(True)
            shader = self._shader = self._shader or cloth_shader()
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


def _standing(view: Quaternion) -> tuple[float, float]:
    """Where a viewport's eye stands: its azimuth, from -y towards x, and its height; radians."""
    right, back = view @ Vector((1.0, 0.0, 0.0)), view @ Vector((0.0, 0.0, 1.0))
    return math.atan2(right.y, right.x), math.asin(max(-1.0, min(1.0, back.z)))


def _ordered_view(order, zone: str) -> View:
    """The first of the views that are ordered; the one that faces the print, where none is."""
    ordered = (view for view, on in zip(views().values(), order.views, strict=True) if on)
    facing = facing_view_or_none(zone) or views()["front"]
    return next(ordered, facing)


def _card_of(order) -> tuple[float, ...]:
    """What is behind the shirt: the order's colour, if it has one."""
    if order.background != "colour":
        return _CARD
    return (*linear_from_hex(background_of(order)), 1.0)


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
            preview.show(form_of(context.window_manager.tshirt.order, client.outputs))
        context.area.tag_redraw()
        return {"FINISHED"}


_add, _remove = bpy.utils.register_classes_factory((TSHIRT_OT_preview,))


def register() -> None:
    """Add the operator."""
    _add()


def unregister() -> None:
    """End the preview and take the operator away."""
    preview.stop()
    offscreens.clear()
    _remove()
