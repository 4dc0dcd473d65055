"""Images are told by their bytes, and every cut or foreign file gets its own sentence."""

import base64
import struct
import zlib
from pathlib import Path

import pytest
from tshirt_render_queue.presets import images
from tshirt_render_queue.presets.images import BadDesign, inspect, probe

#: a real 5 × 3 px JPEG and two real WebPs, as an encoder wrote them
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4"
    "UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAADAAUBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAA"
    "AAAAAAAAD/2gAIAQEAAD8AMf/Z"
)
WEBP_LOSSY = base64.b85decode(
    "Qb|TeIsgCwS4BclR!}$~E&u=kkO2Ul0V)Lm0{{U)CMBQ(bh-com;nCqO|RnGM?#qo{_&sxai9NjpZtgb000"
)
WEBP_LOSSLESS = base64.b85decode("Qb|Te9smFUS4BclR!}%h5dZ)HF9d)900&TyA{V9qfr#jT000")


def chunk(kind: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def png(width=5, height=3, bits=8, colour=6, extra=b"", ends=True) -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    line = 1 + (min(width, 64) * channels * bits + 7) // 8
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(line * min(height, 64))))
    end = chunk(b"IEND", b"") if ends else b""
    palette = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + extra + pixels + end


def jpeg(channels=3, width=5, height=3, marker=0xC0, app=b"", bits=8) -> bytes:
    frame = struct.pack(">BHHB", bits, height, width, channels) + bytes(3 * channels)
    segment = b"\xff" + bytes([marker]) + struct.pack(">H", len(frame) + 2) + frame
    scan = b"\xff\xda\x00\x02" + b"pixels\xff\x00\xff\xd3more\xff\x00"
    return b"\xff\xd8" + app + segment + scan + b"\xff\xd9"


def tiff(order="<", big=False, width=5, height=3, photometric=2, extra=(), strip=45) -> bytes:
    """One strip; the directory comes first and the pixels are the end of the file."""
    number, entry = ("Q", 20) if big else ("I", 12)
    fields = [(256, width), (257, height), (258, 8), (262, photometric), (273, None)]
    fields += [(279, strip), *(((338, 1),) if extra else ())]
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "I", 8)
    body = struct.pack(order + ("Q" if big else "H"), len(fields))
    start = len(head) + len(body) + entry * len(fields) + (8 if big else 4)
    for tag, value in fields:
        body += struct.pack(order + "HH" + number, tag, 16 if big else 4, 1)
        body += struct.pack(order + number, start if value is None else value)
    return head + body + bytes(8 if big else 4) + bytes(strip)


def profile(name: str) -> bytes:
    text = name.encode() + b"\0"
    tag = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text
    return bytes(128) + struct.pack(">I4sII", 1, b"desc", 144, len(tag)) + tag


def profile_4(name: str) -> bytes:
    text = name.encode("utf-16-be")
    tag = b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", len(text), 28) + text
    return bytes(128) + struct.pack(">I4sII", 1, b"desc", 144, len(tag)) + tag


@pytest.mark.parametrize(
    "data, expected",
    [
        (png(), ("PNG", "rgb", True, 8)),
        (png(bits=16), ("PNG", "rgb", True, 16)),
        (png(colour=2), ("PNG", "rgb", False, 8)),
        (png(colour=0, bits=1), ("PNG", "grey", False, 1)),
        (png(colour=4), ("PNG", "grey", True, 8)),
        (png(colour=3), ("PNG", "palette", False, 8)),
        (png(colour=3, extra=chunk(b"tRNS", b"\0")), ("PNG", "palette", True, 8)),
        (JPEG, ("JPEG", "grey", False, 8)),
        (jpeg(), ("JPEG", "rgb", False, 8)),
        (jpeg(marker=0xC2), ("JPEG", "rgb", False, 8)),
        (jpeg(app=b"\xff\xe1\x00\x08Exif\xff\xd9"), ("JPEG", "rgb", False, 8)),
        (WEBP_LOSSY, ("WebP", "rgb", False, 8)),
        (WEBP_LOSSLESS, ("WebP", "rgb", False, 8)),
        (tiff(), ("TIFF", "rgb", False, 8)),
        (tiff(">"), ("TIFF", "rgb", False, 8)),
        (tiff(big=True), ("TIFF", "rgb", False, 8)),
        (tiff(">", big=True, extra=(1,)), ("TIFF", "rgb", True, 8)),
        (tiff(photometric=1), ("TIFF", "grey", False, 8)),
    ],
)
def test_reads_what_a_file_says_about_itself(data, expected):
    info = inspect(data, "design")
    assert (info.format, info.mode, info.alpha, info.bits) == expected
    assert (info.width, info.height) == (5, 3)


@pytest.mark.parametrize(
    "data", [png(), JPEG, jpeg(), WEBP_LOSSY, WEBP_LOSSLESS, tiff(), tiff(">", big=True)]
)
def test_no_cut_passes(data):
    for length in range(1, len(data)):
        with pytest.raises(BadDesign):
            inspect(data[:length], "design")


def test_extended_webp():
    flags = bytes([0x10, 0, 0, 0]) + (4).to_bytes(3, "little") + (2).to_bytes(3, "little")
    still = b"VP8X" + struct.pack("<I", 10) + flags + WEBP_LOSSY[12:]
    info = inspect(b"RIFF" + struct.pack("<I", len(still) + 4) + b"WEBP" + still, "design")
    assert (info.width, info.height, info.alpha) == (5, 3, True)
    moving = still[:8] + b"\x02" + still[9:]
    with pytest.raises(BadDesign, match=r"WebP \(animated\)"):
        inspect(b"RIFF" + struct.pack("<I", len(moving) + 4) + b"WEBP" + moving, "design")


def profile_chunk(packed: bytes) -> bytes:
    return chunk(b"iCCP", b"icc\0\0" + packed)


def profile_segment(body: bytes) -> bytes:
    return b"\xff\xe2" + struct.pack(">H", 16 + len(body)) + b"ICC_PROFILE\0\x01\x01" + body


@pytest.mark.parametrize(
    "data, name",
    [
        (png(), ""),
        (png(extra=chunk(b"sRGB", b"\0")), "sRGB"),
        (png(extra=profile_chunk(zlib.compress(profile("Adobe RGB")))), "Adobe RGB"),
        (png(extra=profile_chunk(zlib.compress(profile_4("Display P3")))), "Display P3"),
        (png(extra=profile_chunk(b"not zlib")), "icc"),
        (png(extra=profile_chunk(zlib.compress(b"short"))), "unnamed profile"),
        (jpeg(app=profile_segment(profile("sRGB IEC61966-2.1"))), "sRGB IEC61966-2.1"),
    ],
)
def test_names_the_colour_profile(data, name):
    assert inspect(data, "design").icc == name


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "is empty"),
        (b"GIF89a....", "is a GIF"),
        (b"\0\0\0\x20ftypavif", "is an AVIF"),
        (b"\0\0\0\x20ftypheic", "is a HEIC"),
        (b"<?xml version='1.0'?><html/>", "is not an image"),
        (b"%PDF-1.7", "is a PDF"),
        (b"8BPS", "is a Photoshop"),
        (b"hello", "is not an image.*PNG, JPEG, WebP, TIFF or SVG"),
        (png(ends=False), "is truncated"),
        (png().replace(b"IHDR\0", b"IHDR\1"), "is damaged: the checksum"),
        (png(30_000, 30_000), "has 30000×30000 px"),
        (png(16_000, 13_000), "has 16000×13000 px.*200 million"),
        (png(0, 3), "has no pixels"),
        (jpeg(4), "is a CMYK JPEG.*sRGB"),
        (jpeg(marker=0xC9), r"is a JPEG \(arithmetic\)"),
        (jpeg(2), "is a JPEG in a color space"),
        (b"\xff\xd8\xff\xd9", "is damaged: it holds no pixels"),
        (tiff(photometric=5), "is a CMYK TIFF"),
        (tiff(photometric=8), "is a TIFF in a color space"),
    ],
)
def test_refuses_with_a_sentence(data, sentence):
    with pytest.raises(BadDesign, match=f"^design {sentence}"):
        inspect(data, "design")


@pytest.mark.parametrize(
    "header, fault",
    [
        ((5, 6, 0, 0, 0), "can't have 5 bits a channel"),
        ((16, 3, 0, 0, 0), "can't have 16 bits a channel"),
        ((8, 6, 7, 0, 0), "packed in a way"),
        ((8, 6, 0, 1, 0), "packed in a way"),
        ((8, 6, 0, 0, 2), "packed in a way"),
        ((8, 3, 0, 0, 0), "palette is missing"),
        ((8, 5, 0, 0, 0), "color type 5"),
    ],
)
def test_a_png_that_no_decoder_reads_is_refused(header, fault):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, *header))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(BadDesign, match=f"damaged: .*{fault}"):
        inspect(data, "design")


def test_the_ending_counts_for_nothing(tmp_path: Path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(png())
    assert probe(file).format == "PNG"


def test_probe_names_the_file(tmp_path: Path):
    with pytest.raises(BadDesign, match=r"missing\.png does not exist"):
        probe(tmp_path / "missing.png")
    with pytest.raises(BadDesign, match="is a folder"):
        probe(tmp_path)
    (tmp_path / "none.png").touch()
    with pytest.raises(BadDesign, match=r"none\.png is empty"):
        probe(tmp_path / "none.png")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(images, "LARGEST_FILE", 10)
    (tmp_path / "huge.png").write_bytes(png())
    with pytest.raises(BadDesign, match="larger than"):
        probe(tmp_path / "huge.png")
