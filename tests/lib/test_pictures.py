"""What people send as a picture: redrawn, or refused with a sentence."""

import io
import random
import struct
import warnings
import zipfile
import zlib
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from clevervibes.lib import pictures

SCRIPT = b"<script>alert(1)</script>"
GPS = {0x8825: {1: "N", 2: (51.0, 36.0, 0.0), 3: "E", 4: (7.0, 31.0, 0.0)}}


def encoded(kind="PNG", size=(40, 30), mode="RGB", **options):
    file = io.BytesIO()
    image = Image.new(mode, size, 120 if mode in "LP" else "green")
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, rows=b"", *more):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg_of(width, height):
    """A JPEG whose head says it is so large."""
    content = bytearray(encoded("JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", b"\0" * 50_000_000)
    return file.getvalue()


def photo(**exif):
    tags = Image.Exif()
    tags.update({**GPS, 0x010F: "Spion 3000", **exif})
    return encoded("JPEG", (60, 30), exif=tags)


def broken(content, seed):
    """Bytes changed behind the head, as a bad memory card would."""
    source, file = random.Random(seed), bytearray(content)
    for _byte in range(40):
        file[source.randrange(12, len(file))] = source.randrange(256)
    return bytes(file)


BOMB = zlib.compress(b"\0" * 20_000_000)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
REFUSED = {
    "svg": SVG,
    "svg with a declaration": b'<?xml version="1.0"?>' + SVG,
    "svg with entities": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "&#65;">]>' + SVG,
    "svg called png": SVG,
    "html": b"<!doctype html>" + SCRIPT,
    "script": b"alert(1)",
    "php": b"<?php system($_GET['c']);",
    "zip": zipped(),
    "pdf": b"%PDF-1.7\n1 0 obj",
    "elf": b"\x7fELF" + b"\0" * 60,
    "text": b"kein Bild",
    "zeros": b"\0" * 4096,
    "one byte": b"\x89",
    "gif": encoded("GIF"),
    "gif polyglot": encoded("GIF") + SCRIPT,
    "bmp": encoded("BMP"),
    "tiff": encoded("TIFF"),
    "ico": encoded("ICO", (16, 16)),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file",
    "psd": b"8BPS\0\1" + b"\0" * 60,
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "png of 50,000 squared": png(50_000, 50_000, b"\0" * 1000),
    "png of 2^31 - 1": png(2**31 - 1, 2**31 - 1),
    "png a pixel wide and too long": png(1, 30_000_001),
    "png of no size": png(0, 0),
    "png of 31 megapixels": png(6200, 5001, b"\0" * 1000),
    "jpeg of 65,000 squared": jpeg_of(65_000, 65_000),
    "webp of 16,383 squared": b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f\xfe\xff\xff\x0f\0\0\0\0\0\0\0\0\0\0\0\0",
    "png with a text that blows up": png(
        4, 4, b"\0" * 52, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 20_000_000))
    ),
    "png without its rows": png(400, 300, b""),
    "png head only": encoded()[:33],
    "png cut off": encoded("PNG", (400, 300))[:-40],
    "jpeg head only": encoded("JPEG")[:20],
    "webp head only": encoded("WEBP")[:16],
    "riff without webp": b"RIFF\x10\0\0\0WAVEfmt " + b"\0" * 16,
    "too heavy": encoded() + b"\0" * pictures.MAX_BYTES,
}
REDRAWN = {
    "png with html behind": encoded() + SCRIPT,
    "png with html in a comment": encoded(pnginfo=(info := PngInfo())),
    "jpeg with php behind": encoded("JPEG") + b"<?php phpinfo();",
    "photo with a place": photo(),
}
info.add_text("Comment", SCRIPT.decode())


def given(content, name="bild.png"):
    return SimpleUploadedFile(name, content, content_type="image/png")


def test_the_corpus_has_forty_files():
    assert len(REFUSED) + len(REDRAWN) == 40


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_of_ours_is_refused_with_a_sentence(name):
    with pytest.raises(ValidationError) as refusal:
        pictures.redraw(given(REFUSED[name]))

    assert refusal.value.messages[0].startswith(("Das ist kein Bild", "Das Bild "))


@pytest.mark.parametrize("name", REDRAWN)
def test_what_hides_in_a_picture_does_not_come_along(name):
    content = pictures.redraw(given(REDRAWN[name], "../../x.php")).read()

    redrawn = Image.open(io.BytesIO(content))
    assert redrawn.format == "WEBP"
    assert not redrawn.getexif()
    for hidden in (b"<script", b"<?php", b"Spion", b"EXIF", b"XMP ", b"ICCP"):
        assert hidden not in content


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_damaged_file_is_a_picture_or_a_sentence_never_an_error(kind, seed):
    with suppress(ValidationError):
        assert pictures.redraw(given(broken(encoded(kind, (120, 90)), seed))).size


def test_a_photo_stands_upright():
    picture = Image.open(pictures.redraw(given(photo(**{}))))
    assert picture.size == (60, 30)

    tags = Image.Exif()
    tags[0x0112] = 6  # held on its side
    turned = Image.open(pictures.redraw(given(encoded("JPEG", (60, 30), exif=tags))))
    assert turned.size == (30, 60)


@pytest.mark.parametrize(("size", "drawn"), [((3200, 1600), (1600, 800)), ((20, 10), (20, 10)), ((4000, 2), (1600, 1))])
def test_a_picture_is_as_large_as_a_page_needs(size, drawn):
    assert Image.open(pictures.redraw(given(encoded("PNG", size)))).size == drawn


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_kind_of_pixel_is_redrawn(mode):
    file = io.BytesIO()
    Image.new(mode, (9, 9)).save(file, "PNG")

    assert Image.open(pictures.redraw(given(file.getvalue()))).mode in {"RGB", "RGBA"}


def test_a_see_through_picture_stays_so():
    glass = io.BytesIO()
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(glass, "PNG")
    assert Image.open(pictures.redraw(given(glass.getvalue()))).getpixel((0, 0))[3] == 0


def test_a_moving_picture_stands_still():
    film = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(film, "WEBP", save_all=True, append_images=frames[1:])

    drawn = Image.open(pictures.redraw(given(film.getvalue())))

    assert getattr(drawn, "n_frames", 1) == 1


def test_large_pictures_are_refused_not_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as a server may run
        with pytest.raises(ValidationError, match="Megapixel"):
            pictures.redraw(given(png(8000, 5000, b"\0" * 100)))


def test_a_form_says_what_is_wrong_and_keeps_what_it_had():
    field = pictures.PictureFormField(required=False)

    with pytest.raises(ValidationError, match="kein Bild"):
        field.clean(given(SVG), None)
    with pytest.raises(ValidationError, match="leer"):
        field.clean(given(b""), None)
    assert field.clean(None, "old.webp") == "old.webp"
    assert isinstance(field.clean(given(encoded()), None), pictures.Redrawn)
