"""Pictures that people send: looked at before they are decoded, drawn anew as WebP, and nothing else is kept of them.

What leaves here was written by us: no place and camera (EXIF), no second file hidden behind the picture, no script.
"""

import io
import struct
import uuid
import zlib
from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 30_000_000
MAX_SIDE = 1600
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")

# Asked of the file's head, before a single row of it is unpacked. Up to twice as many Pillow only warns.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
_TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What Pillow says to a file that is broken, cut off, or blows up while it is unpacked.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError, struct.error, zlib.error)

NOT_A_PICTURE = _("Das ist kein Bild, das wir lesen können. Bitte nehmen Sie ein Foto als JPG, PNG oder WebP.")
TOO_HEAVY = _("Das Bild ist zu groß: höchstens 10 MB. Ein Foto mit dem Handy in normaler Größe reicht.")
TOO_LARGE = _("Das Bild hat zu viele Bildpunkte: höchstens 30 Megapixel. Bitte verkleinern Sie es vorher.")
BROKEN = _("Das Bild ist beschädigt und lässt sich nicht öffnen. Bitte nehmen Sie ein anderes.")


class Redrawn(ContentFile):
    """A picture that `redraw` has written."""


def redraw(given: IO[bytes] | File) -> Redrawn:
    """Return a picture as WebP, upright and at most 1600 pixels wide and high, without anything that came along.

    :raises ValidationError: if it is no JPEG, PNG or WebP, is broken, or too big in bytes or pixels.
    """
    if isinstance(given, Redrawn):
        return given
    given.seek(0)
    content = given.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValidationError(TOO_HEAVY, code="too_heavy")
    try:
        # Read as what it is, whatever its name or its browser says; SVG, GIF, PDF and ZIP are none of the three.
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except _TOO_MANY_PIXELS:
        raise ValidationError(TOO_LARGE, code="too_large") from None
    except _BROKEN:
        raise ValidationError(NOT_A_PICTURE, code="not_a_picture") from None
    if picture.width * picture.height > MAX_PIXELS:
        raise ValidationError(TOO_LARGE, code="too_large")
    try:
        return _redrawn(picture)
    except _TOO_MANY_PIXELS:
        raise ValidationError(TOO_LARGE, code="too_large") from None
    except _BROKEN:
        raise ValidationError(BROKEN, code="broken") from None


def _redrawn(picture: Image.Image) -> Redrawn:
    # A JPEG is unpacked no larger than needed.
    picture.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    upright = upright.convert("RGBA" if see_through else "RGB")
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    # On a canvas of its own: what the file told about itself stays behind.
    clean = Image.new(upright.mode, upright.size)
    clean.paste(upright)
    written = io.BytesIO()
    clean.save(written, "WEBP", quality=QUALITY, method=4)
    return Redrawn(written.getvalue(), name=f"{uuid.uuid4().hex}.webp")


class PictureFormField(forms.FileField):
    """A picture as a form takes it: redrawn, or a sentence what is wrong with it."""

    widget = forms.ClearableFileInput
    default_error_messages = {
        "empty": _("Die Datei ist leer. Bitte wählen Sie das Bild noch einmal aus."),
        "missing": NOT_A_PICTURE,
        "invalid": NOT_A_PICTURE,
    }

    def to_python(self, data: Any) -> Any:
        given = super().to_python(data)
        return redraw(given) if given else given

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": "image/jpeg,image/png,image/webp", **super().widget_attrs(widget)}


class PictureField(models.ImageField):
    """A picture in storage. Whichever way it came, a form or a service, it is redrawn before it is kept."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        if isinstance(value, FieldFile) and value and not value._committed:  # type: ignore[attr-defined]
            redrawn = redraw(value.file)
            value.file, value.name = redrawn, redrawn.name
        return super().clean(value, model_instance)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PictureFormField, **kwargs})
