"""Draws the sample designs, always the same to the pixel: `python3 docs/samples/draw.py`.

Needs numpy. The pictures are CC0: use them for whatever you like.
"""

import math
import sys
from pathlib import Path

import numpy as np
from canvas import Canvas, Points, along, edge, gradient, rgb
from lettering import write

HERE = Path(__file__).resolve().parent


def straight(text: str, x: float, baseline: float, width: float, spacing: float) -> list[Points]:
    """Set a line of text of that width in pixels, its middle at x."""
    units, lines = write(text, spacing)
    size, left = width / units, x - width / 2
    return [[(left + px * size, baseline - py * size) for px, py in line] for line in lines]


def round_a_circle(
    text: str, x: float, y: float, radius: float, size: float, spacing: float, bottom: bool
) -> list[Points]:
    """Set text on a circle, its middle at the top (or at the bottom, still read from the left)."""
    width, lines = write(text, spacing)
    side = -1 if bottom else 1

    def bend(px: float, py: float) -> tuple[float, float]:
        angle = math.radians(90) * side - side * (px - width / 2) * size / radius
        reach = radius + side * (py - 0.5) * size
        return x + reach * math.cos(angle), y - reach * math.sin(angle)

    return [along(line, bend) for line in lines]


def badge() -> Canvas:
    """A round trail-club badge: banded dusk, a low sun, three ridges, a lake and pines."""
    size, middle = 1800, 900
    canvas = Canvas(size, size)
    cream, ink, rust = "#F6E9CF", "#16242E", "#D9512C"
    canvas.fill(canvas.circle(middle, middle, 890), ink)
    canvas.fill(canvas.ring(middle, middle, 858, 12), cream)
    canvas.fill(canvas.ring(middle, middle, 640, 12), cream)

    scene = Canvas(size, size)
    for top, colour in ((0, "#F9D98C"), (430, "#F7BC5B"), (545, "#F19A45"), (650, "#E67538")):
        scene.fill(top - scene.y, colour)
    scene.fill(scene.circle(middle, 690, 330), "#FBE7B2")
    scene.fill(scene.circle(middle, 690, 255), "#FFF7DD")
    far = [
        (200, 1130),
        (240, 1010),
        (455, 740),
        (540, 800),
        (700, 610),
        (850, 800),
        (930, 745),
        (1120, 930),
    ]
    far += [(1240, 800), (1370, 690), (1600, 1010), (1620, 1130)]
    scene.fill(scene.polygon(far), "#B4583F")
    peak = (1000, 480)
    massif = [(420, 1120), (640, 880), (720, 905), peak, (1180, 760), (1240, 735), (1620, 1120)]
    scene.fill(scene.polygon(massif), "#2D4A58")
    lit = [
        (420, 1120),
        (640, 880),
        (720, 905),
        peak,
        (960, 640),
        (1010, 760),
        (930, 900),
        (985, 1120),
    ]
    scene.fill(scene.polygon(lit), "#4B6D77")
    snow = [peak, (1062, 575), (1090, 655), (1035, 625), (1010, 690), (965, 630), (920, 700)]
    snow += [(885, 655), (838, 722), (835, 725), (862, 690)]
    scene.fill(scene.polygon(snow), "#DCE6E4")
    snow_lit = [peak, (960, 640), (920, 700), (885, 655), (830, 735), (848, 708)]
    scene.fill(scene.polygon(snow_lit), "#FFFDF5")
    shore = 1085 + 16 * np.sin(scene.x[0] / 170) + 6 * np.sin(scene.x[0] / 41)
    scene.fill(scene.below(shore), "#1D3440")
    scene.fill(1130 - scene.y, "#E67538")
    for row in range(9):
        y, wide = 1150 + 34 * row, 330 - 26 * row
        shift = 46 * math.sin(row * 2.1)
        for reach, colour in ((1.75, "#F19A45"), (1, "#FBE0A0")):
            line = [(middle - wide * reach + shift, y), (middle + wide * reach + shift, y)]
            scene.fill(scene.pen([line], reach=40) - 9, colour)
    for x, foot, height in (
        (392, 1255, 330), (505, 1300, 430), (610, 1330, 300), (320, 1330, 300), (450, 1390, 300),
        (1410, 1255, 350), (1300, 1300, 470), (1190, 1335, 310), (1480, 1330, 300),
        (1360, 1400, 300),
    ):  # fmt: skip
        for tier in range(5):
            top = foot - height + tier * height * 0.17
            wide, tall = height * (0.10 + 0.045 * tier), height * 0.30
            left, right = (x - wide, top + tall), (x + wide, top + tall)
            scene.fill(scene.polygon([(x, top), right, (x, top + tall * 0.86), left]), ink)
        scene.fill(
            scene.polygon([(x - 9, foot - 60), (x + 9, foot - 60), (x + 9, foot), (x - 9, foot)]),
            ink,
        )
    ground = 1335 + 40 * np.cos((scene.x[0] - middle) / 230) + 9 * np.sin(scene.x[0] / 37)
    scene.fill(scene.below(ground), ink)
    scene.keep(scene.circle(middle, middle, 634))
    canvas.paint(scene.alpha, scene.colour)

    top = round_a_circle("NORTH RIDGE", middle, middle, 749, 128, 0.34, bottom=False)
    bottom = round_a_circle("TRAIL CLUB", middle, middle, 749, 128, 0.34, bottom=True)
    canvas.fill(canvas.pen([*top, *bottom], reach=60) - 13, cream)
    for side in (-1, 1):
        star = [
            (
                middle + side * 749 + radius * math.sin(math.radians(36 * point)),
                middle - radius * math.cos(math.radians(36 * point)),
            )
            for point in range(10)
            for radius in [58 if point % 2 == 0 else 24]
        ]
        canvas.fill(canvas.polygon(star) - 3, rust)
    return canvas


def type_design() -> Canvas:
    """A rising sun over two words in nested stripes, as on a record sleeve of 1974."""
    canvas = Canvas(2000, 2000)
    plum, cream = "#2B2540", "#FFF3D6"
    middle, horizon = 1000, 690
    bands = ("#C23B4E", "#EC7A3C", "#F6BD4B", cream)
    sun = [(620 - 92 * band, colour) for band, colour in enumerate(bands)]
    above = canvas.y - horizon
    canvas.fill(np.maximum(canvas.circle(middle, horizon, 634), above - 14), plum)
    for radius, colour in sun:
        canvas.fill(np.maximum(canvas.circle(middle, horizon, radius), above), colour)
        canvas.fill(np.maximum(canvas.ring(middle, horizon, radius - 85, 14), above), plum)
    canvas.fill(np.maximum(canvas.circle(middle, horizon, 253), above), "#C23B4E")
    for word, baseline, width, spacing, pen in (
        ("SLOW", 1230, 1700, 0.27, 61), ("SUNDAY", 1670, 1730, 0.36, 46),
    ):  # fmt: skip
        distance = canvas.pen(straight(word, middle, baseline, width, spacing), reach=120) / pen
        for share, colour in (
            (1, plum),
            (0.86, bands[0]),
            (0.64, bands[1]),
            (0.42, bands[2]),
            (0.2, cream),
        ):
            canvas.fill((distance - share) * pen, colour)
    small = straight("COFFEE · RECORDS · NOWHERE TO BE", middle, 1900, 1780, 0.5)
    canvas.fill(canvas.pen(small, reach=40) - 17, plum)
    canvas.fill(canvas.pen(small, reach=40) - 7, cream)
    return canvas


def picture() -> Canvas:
    """The last light over hazy ridges and water: smooth tones and grain, in an arched window."""
    width, height = 1600, 2000
    canvas = Canvas(width, height)
    random = np.random.default_rng(1974)
    x, y = canvas.x, canvas.y
    sky = gradient(
        y,
        [(0, "#26264F"), (330, "#51407A"), (640, "#A9568A"), (900, "#EB7F73"), (1130, "#FFC48A")],
    )
    sun_x, sun_y = 985, 985
    from_sun = np.hypot(x - sun_x, (y - sun_y) * 1.1)
    sky += np.exp(-from_sun / 260)[..., None] * np.array([0.42, 0.26, 0.08], np.float32)
    stars = random.random((height, width)) > 0.99985
    for sy, sx in zip(*np.nonzero(stars[:560]), strict=True):
        glow = np.exp(
            -np.hypot(
                x[sy - 6 : sy + 7, sx - 6 : sx + 7] - sx, y[sy - 6 : sy + 7, sx - 6 : sx + 7] - sy
            )
            / 1.4
        )
        sky[sy - 6 : sy + 7, sx - 6 : sx + 7] += (glow * random.uniform(0.3, 0.9))[..., None]
    clouds = noise(random, width, height, (420, 60), 5)
    veil = np.clip(clouds - 0.50, 0, 1) * 2.6 * np.exp(-(((y - 640) / 300) ** 2))
    sky += veil[..., None] * (np.array([1.0, 0.62, 0.52], np.float32) - sky) * 0.9
    canvas.paint(np.ones_like(x), sky)
    disc = canvas.circle(sun_x, sun_y, 128)
    canvas.fill(disc, gradient(y, [(850, "#FFF6D8"), (1110, "#FFD78E")]))

    haze = rgb("#F7A883")
    layers = (
        (1010, 150, 300, 0.20),
        (1090, 130, 230, 0.42),
        (1175, 120, 170, 0.64),
        (1262, 95, 120, 0.86),
    )
    for number, (base, tall, rough, depth) in enumerate(layers):
        ridge = base - tall * ridge_line(random, width, rough)
        colour = haze + (rgb("#2B2350") - haze) * depth
        below = np.clip((y - ridge[None, :]) / 170, 0, 1)
        tone = colour + (haze - colour) * (below * (0.62 - 0.13 * number))[..., None]
        tone += (np.exp(-from_sun / 300) * 0.22 * (1 - depth))[..., None] * rgb("#FFC070")
        canvas.paint(edge(canvas.below(ridge)), tone)

    horizon = 1330
    depth = np.clip((y - horizon) / (height - horizon), 0, 1)
    ripple = noise(random, width, height, (170, 9), 4) - 0.5
    water = gradient(
        y + ripple * 260 * (0.25 + depth),
        [(1330, "#F3A07C"), (1500, "#A95C86"), (1760, "#4A3A73"), (2000, "#1E1E43")],
    )
    glitter = np.exp(-(((x - sun_x) / (90 + 190 * depth)) ** 2)) * np.clip(ripple * 5 + 0.25, 0, 1)
    water += (glitter * (1 - depth * 0.55))[..., None] * (rgb("#FFE3AC") - water)
    canvas.paint(edge(horizon - y), water)
    shore = np.exp(-np.abs(y - horizon) / 26) * 0.5
    canvas.paint(shore, "#FFC79A")
    grain = random.normal(0, 0.014, (height // 2, width // 2, 1)).astype(np.float32)
    canvas.colour += grain.repeat(2, axis=0).repeat(2, axis=1)
    window = np.where(
        y < width / 2, np.hypot(x - width / 2, y - width / 2) - width / 2 + 4,
        np.abs(x - width / 2) - width / 2 + 4,
    )  # fmt: skip
    canvas.keep(np.maximum(window, y - height + 4))
    return canvas


def noise(
    random: np.random.Generator, width: int, height: int, cell: tuple[int, int], octaves: int
) -> np.ndarray:
    """Return smooth noise 0..1; `cell` is the width and height of its largest blobs in pixels."""
    total, weight = np.zeros((height, width), np.float32), 0.0
    for octave in range(octaves):
        wide, tall = max(cell[0] >> octave, 2), max(cell[1] >> octave, 2)
        grid = random.random((height // tall + 3, width // wide + 3)).astype(np.float32)
        total += stretched(grid, width, height, wide, tall) / 2**octave
        weight += 1 / 2**octave
    return total / weight


def stretched(grid: np.ndarray, width: int, height: int, wide: int, tall: int) -> np.ndarray:
    """Blend a coarse grid up to the pixels between its knots."""
    x, y = np.arange(width) / wide, np.arange(height) / tall
    column, row = x.astype(int), y.astype(int)
    u, v = (part * part * (3 - 2 * part) for part in (x - column, y - row))
    rows = grid[:, column] * (1 - u) + grid[:, column + 1] * u
    return (rows[row] * (1 - v)[:, None] + rows[row + 1] * v[:, None]).astype(np.float32)


def ridge_line(random: np.random.Generator, width: int, rough: float) -> np.ndarray:
    """Return a height about 0..1 for each column: broad shoulders, ever smaller teeth."""
    line, size = np.zeros(width), 1.0
    cell = rough * 2
    while cell > 5:
        knots = random.random(int(width / cell) + 3)
        at = np.arange(width) / cell
        line += size * np.interp(at, np.arange(len(knots)), knots)
        cell, size = cell / 2, size * 0.48
    return line / 1.6


def night_sky() -> Canvas:
    """White lines only, for dark cloth: the moon's phases, hairlines of 2 px and small print."""
    width, height, middle, white = 1800, 2200, 900, "#FFFFFF"
    canvas = Canvas(width, height)
    for radius, pen in ((820, 6), (800, 2), (560, 2), (320, 2)):
        canvas.fill(canvas.ring(middle, middle, radius, pen), white)
    for tick in range(180):
        angle = math.radians(tick * 2)
        inner = 770 if tick % 15 == 0 else 786
        line = [
            (middle + reach * math.cos(angle), middle + reach * math.sin(angle))
            for reach in (inner, 800)
        ]
        canvas.fill(canvas.pen([line], 4) - 1, white)
    for phase in range(8):
        angle = math.radians(phase * 45 - 90)
        x, y = middle + 560 * math.cos(angle), middle + 560 * math.sin(angle)
        canvas.alpha *= 1 - edge(canvas.circle(x, y, 126))
        canvas.fill(canvas.ring(x, y, 110, 2), white)
        if phase:
            canvas.fill(moon(canvas, x, y, 98, phase / 8), white)
    canvas.fill(moon(canvas, middle, middle, 250, 0.14), white)
    for number in range(16):
        angle, reach = number * 2.4, 362 + 36 * (number % 2)
        x, y = middle + reach * math.cos(angle), middle + reach * math.sin(angle)
        canvas.fill(star(canvas, x, y, 16 if number % 3 else 26), white)
    title = straight("NIGHT SKY", middle, 1990, 1500, 0.3)
    canvas.fill(canvas.pen(title, 40) - 15, white)
    small = straight("THE LAST LIGHT IS THE FIRST OF THE STARS", middle, 2090, 1500, 0.6)
    canvas.fill(canvas.pen(small, 12) - 3, white)
    smallest = straight("DRAWN IN HAIRLINES - SEEN FROM THE NORTH RIDGE", middle, 2150, 1100, 0.6)
    canvas.fill(canvas.pen(smallest, 8) - 1, white)
    return canvas


def moon(canvas: Canvas, x: float, y: float, radius: float, phase: float) -> np.ndarray:
    """Return the distance to the lit part of a moon, `phase` 0 new, 0.5 full, 1 new again."""
    disc = canvas.circle(x, y, radius)
    bulge = math.cos(2 * math.pi * phase)
    side = canvas.x - x if phase <= 0.5 else x - canvas.x
    dark_edge = bulge * np.sqrt(np.clip(radius**2 - (canvas.y - y) ** 2, 0, None))
    return np.maximum(disc, dark_edge - side)


def star(canvas: Canvas, x: float, y: float, radius: float) -> np.ndarray:
    """Return the distance to a four-pointed star."""
    across, down = np.abs(canvas.x - x), np.abs(canvas.y - y)
    return np.maximum((np.sqrt(across) + np.sqrt(down)) ** 2 - radius, 0 * across - 1)


DESIGNS = {
    "north-ridge": badge,
    "slow-sunday": type_design,
    "last-light": picture,
    "night-sky": night_sky,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or DESIGNS:
        DESIGNS[name]().save(HERE / f"{name}.png")
        print(HERE / f"{name}.png")
