"""Writes the ICC profile for what a PNG says of its colours in a few numbers. No bpy here.

The layout is ICC.1:2001-04 (version 2), https://color.org; the numbers are ITU-T H.273's.
"""

import struct

#: x and y of red, green, blue and white by H.273's code of primaries
_PRIMARIES = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, 0.3127, 0.3290),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
}
_NAMES = {1: "BT.709", 9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
#: code of the sRGB curve, and the powers of the other transfer functions
_SRGB = 13
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0, 1: 2.4, 6: 2.4, 14: 2.4, 15: 2.4}
#: white of an ICC profile, and the matrix that brings another white to it (Bradford)
_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
#: points of the sRGB curve
_POINTS = 1024

Matrix = tuple[tuple[float, ...], ...]


def profile_of_codes_or_none(codes: bytes) -> bytes | None:
    """Return the profile for cICP's codes of primaries and transfer, None where there is none."""
    if len(codes) < 2 or codes[0] not in _PRIMARIES:
        return None
    if codes[1] != _SRGB and codes[1] not in _GAMMAS:
        return None  # brightness beyond white (PQ, HLG) has no place on cloth
    return matrix_profile(
        _NAMES[codes[0]], _PRIMARIES[codes[0]], _GAMMAS.get(codes[1]) if codes[1] != _SRGB else None
    )


def matrix_profile(name: str, primaries: tuple[float, ...], gamma: float | None = None) -> bytes:
    """Return an ICC profile of those primaries (x, y of red, green, blue, white).

    `gamma` is the power of its curve, None for the curve of sRGB.
    """
    red, green, blue = _columns(primaries)
    curve = _curve(gamma)
    text = name.encode("ascii") + b"\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {
        b"desc": described,
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", at + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ "
    )
    head += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">3i", *(round(65536 * one) for one in _D50)) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body


def _columns(primaries: tuple[float, ...]) -> Matrix:
    """Return X, Y and Z of red, green and blue under D50."""
    points = [_from_xy(*primaries[at : at + 2]) for at in range(0, 8, 2)]
    lights, white = _transposed(points[:3]), points[3]
    amounts = _times(_inverse(lights), white)
    scaled = tuple(tuple(a * b for a, b in zip(row, amounts, strict=True)) for row in lights)
    here, there = _times(_BRADFORD, white), _times(_BRADFORD, _D50)
    scale = tuple(tuple(there[n] / here[n] * one for one in row) for n, row in enumerate(_BRADFORD))
    adapt = _product(_inverse(_BRADFORD), scale)
    return _transposed(_product(adapt, scaled))


def _from_xy(x: float, y: float) -> tuple[float, ...]:
    return x / y, 1.0, (1 - x - y) / y


def _curve(gamma: float | None) -> bytes:
    if gamma is not None:
        return b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * gamma)) + bytes(2)
    values = []
    for number in range(_POINTS):
        coded = number / (_POINTS - 1)
        linear = coded / 12.92 if coded <= 0.04045 else ((coded + 0.055) / 1.055) ** 2.4
        values.append(round(65535 * linear))
    return b"curv" + bytes(4) + struct.pack(f">I{_POINTS}H", _POINTS, *values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * one) for one in values))


def _transposed(matrix: Matrix | list[tuple[float, ...]]) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _times(matrix: Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _product(left: Matrix, right: Matrix) -> Matrix:
    return _transposed([_times(left, column) for column in _transposed(right)])


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return tuple(tuple(one / whole for one in row) for row in rows)
