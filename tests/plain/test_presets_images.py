"""Images are told by their bytes, and every cut or foreign file gets its own sentence."""

import base64
import io
import re
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from tshirt_render_queue.presets import images
from tshirt_render_queue.presets.images import BadDesign, kind_of

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


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


PICTURE = Image.linear_gradient("L").resize((60, 40)).convert("RGB")


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
        (WEBP_LOSSY, ("WebP", "rgb", False, 8)),
        (WEBP_LOSSLESS, ("WebP", "rgb", False, 8)),
        (saved(PICTURE.resize((5, 3)), "TIFF"), ("TIFF", "rgb", False, 8)),
        (saved(PICTURE.resize((5, 3)).convert("L"), "TIFF"), ("TIFF", "grey", False, 8)),
        (saved(PICTURE.resize((5, 3)), "TIFF", big_tiff=True), ("TIFF", "rgb", False, 8)),
        (saved(PICTURE.resize((5, 3)), "GIF"), ("GIF", "palette", False, 8)),
        (saved(PICTURE.resize((5, 3)), "BMP"), ("BMP", "rgb", False, 8)),
        (saved(PICTURE.resize((5, 3)), "AVIF"), ("AVIF", "rgb", False, 8)),
        (saved(PICTURE.resize((5, 3)), "JPEG2000"), ("JPEG 2000", "rgb", False, 8)),
    ],
)
def test_reads_what_a_file_says_about_itself(looked, data, expected):
    info = looked(data).info
    assert (info.format, info.mode, info.alpha, info.bits) == expected
    assert (info.width, info.height) == (5, 3)


@pytest.mark.parametrize(
    "data",
    [
        png(), JPEG, WEBP_LOSSY, WEBP_LOSSLESS,
        *(saved(PICTURE, kind) for kind in ("JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")),
        saved(PICTURE, "JPEG", progressive=True),
        saved(PICTURE, "TIFF", compression="tiff_lzw"),
        saved(PICTURE, "JPEG2000"),
    ],
)  # fmt: skip
def test_no_cut_passes(looked, data):
    end = len(data) - 2 * data.endswith(b";")  # a GIF's last bytes only say that they are the last
    for length in {*range(1, end, max(1, end // 40)), end - 1}:
        with pytest.raises(BadDesign):
            looked(data[:length])


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "is empty"),
        (b"\0\0\0\x20ftypheic", "is a HEIC"),
        (b"<?xml version='1.0'?><html/>", "is not an image"),
        (b"%PDF-1.7", "is a PDF"),
        (b"8BPS\0\2", "is a large Photoshop"),
        (b"hello", "is not an image.*PNG, JPEG, WebP, TIFF or SVG"),
        (png(ends=False), "is truncated"),
        (png().replace(b"IHDR\0", b"IHDR\1"), "is damaged: the checksum"),
        (png(30_000, 30_000), "has 30000×30000 px"),
        (png(16_000, 13_000), "has 16000×13000 px.*200 million"),
        (png(0, 3), "has no pixels"),
        (png(extra=chunk(b"abCd", b"") * 200_001), "is damaged: it is cut into more than 200,000"),
        (b"\xff\xd8\xff\xd9", "is "),
        (saved(PICTURE.convert("F"), "TIFF"), "has 32 bits a channel"),
        (saved(PICTURE.convert("I"), "TIFF"), "has 32 bits a channel"),
    ],
)
def test_refuses_with_a_sentence(looked, tmp_path, data, sentence):
    name = re.escape(str(tmp_path / "design"))
    with pytest.raises(BadDesign, match=f"^{name} {sentence}"):
        looked(data)


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
def test_a_png_that_no_decoder_reads_is_refused(looked, header, fault):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, *header))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(BadDesign, match=f"damaged: .*{fault}"):
        looked(data)


def test_the_ending_counts_for_nothing(tmp_path: Path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(png())
    assert kind_of(file) == "PNG"


def test_it_names_the_file(tmp_path: Path):
    with pytest.raises(BadDesign, match=r"missing\.png does not exist"):
        kind_of(tmp_path / "missing.png")
    with pytest.raises(BadDesign, match="is a folder"):
        kind_of(tmp_path)
    (tmp_path / "none.png").touch()
    with pytest.raises(BadDesign, match=r"none\.png is empty"):
        kind_of(tmp_path / "none.png")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(images, "LARGEST_FILE", 10)
    (tmp_path / "huge.png").write_bytes(png())
    with pytest.raises(BadDesign, match="larger than"):
        kind_of(tmp_path / "huge.png")
