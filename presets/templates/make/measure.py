"""Measures a zone along the cloth's surface: does a print keep its size and its place? Metres; plain numpy."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Print:
    """A print's rectangle in its zone, metres: u to the right of the rectangle's left edge, v up."""

    left: float
    bottom: float
    width: float
    height: float
    #: the anchor it is measured from: the centre line's u, and v of the collar seam or hem
    centre: float
    seam: float
    from_top: bool


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a tape measure laid on the cloth would say."""

    #: mean over rows and columns, metres
    width: float
    height: float
    #: how far the art's anchor is from where it should be, metres along the cloth
    off_x: float
    off_y: float
    #: 5th and 95th percentile over the print's area
    smallest_scale: float
    largest_scale: float


def position_map(
    points: np.ndarray, uv: np.ndarray, size: tuple[float, float], step: float
) -> np.ndarray:
    """Where each cell of a zone lies in space, (rows, columns, 3), NaN off the cloth.

    `points` (m, 3, 3) and `uv` (m, 3, 2) are the corners of the zone's triangles, `size` its width and height.
    """
    columns, rows = (round(s / step) for s in size)
    found = np.full((rows, columns, 3), np.nan)
    low = np.floor(uv.min(1) / step - 0.5).astype(int)
    high = np.ceil(uv.max(1) / step - 0.5).astype(int)
    e1, e2 = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    for k in range(len(uv)):
        u, v = np.meshgrid(
            np.arange(max(low[k, 0], 0), min(high[k, 0] + 1, columns)),
            np.arange(max(low[k, 1], 0), min(high[k, 1] + 1, rows)),
        )
        du, dv = (u + 0.5) * step - uv[k, 0, 0], (v + 0.5) * step - uv[k, 0, 1]
        b = (du * e2[k, 1] - dv * e2[k, 0]) / area[k]
        c = (e1[k, 0] * dv - e1[k, 1] * du) / area[k]
        inside = (b >= -1e-6) & (c >= -1e-6) & (b + c <= 1 + 1e-6)
        b, c = b[inside][:, None], c[inside][:, None]
        found[v[inside], u[inside]] = (
            (1 - b - c) * points[k, 0] + b * points[k, 1] + c * points[k, 2]
        )
    return found


def measure(found: np.ndarray, step: float, art: Print) -> Measured:
    """One print on a position map."""

    def column(u: float) -> int:
        return round(u / step - 0.5)

    left, right = column(art.left), column(art.left + art.width)
    bottom, top = column(art.bottom), column(art.bottom + art.height)
    patch = found[bottom : top + 1, left : right + 1]
    across = np.linalg.norm(np.diff(patch, axis=1), axis=2)
    down = np.linalg.norm(np.diff(patch, axis=0), axis=2)
    width = np.nanmean(across, 1).mean() / step * art.width
    height = np.nanmean(down, 0).mean() / step * art.height
    centre, seam = column(art.centre), column(art.seam)
    edge = top if art.from_top else bottom
    between = found[min(edge, seam) : max(edge, seam) + 1, centre]
    lengths = np.linalg.norm(np.diff(between, axis=0), axis=1)
    off_y = np.nanmean(lengths) / step * abs((edge - seam) * step) - abs(edge - seam) * step
    middle_u, middle_v = (left + right) // 2, (bottom + top) // 2
    aside = found[middle_v, min(centre, middle_u) : max(centre, middle_u) + 1]
    aside = np.linalg.norm(np.diff(aside, axis=0), axis=1)
    off_x = float(np.nansum(aside - step)) if len(aside) else 0.0
    du = np.diff(patch, axis=1)[:-1] / step
    dv = np.diff(patch, axis=0)[:, :-1] / step
    jacobian = np.stack([du, dv], -1).reshape(-1, 3, 2)
    scales = np.linalg.svd(jacobian[np.isfinite(jacobian).all((1, 2))], compute_uv=False)
    return Measured(
        width=float(width),
        height=float(height),
        off_x=off_x,
        off_y=float(off_y),
        smallest_scale=float(np.percentile(scales[:, 1], 5)),
        largest_scale=float(np.percentile(scales[:, 0], 95)),
    )
