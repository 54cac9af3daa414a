"""What a counter's camera sees: a phone held up to it, filmed as the fake camera of Chromium wants it."""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

FRAME = (640, 480)


def film(screenshots: list[bytes], path: Path, *, hold: int = 6, cracked: bool = False) -> Path:
    """Write a film of a hand that shows one phone after the other: first the counter, then each screen."""
    frames = [_counter()] * hold
    for screen in screenshots:
        frames += [_phone(screen, cracked=cracked)] * hold * 4
        frames += [_counter()] * hold
    with path.open("wb") as file:
        for frame in frames:
            frame.save(file, "JPEG", quality=80)
    return path


def _counter() -> Image.Image:
    return Image.new("RGB", FRAME, (126, 104, 84))


def _phone(screen: bytes, *, cracked: bool) -> Image.Image:
    phone = Image.open(io.BytesIO(screen)).convert("RGB")
    if cracked:
        # The corner of the glass: cracks across the code, and a reflection on it.
        draw, (w, h) = ImageDraw.Draw(phone), phone.size
        for end in ((w * 0.35, h * 0.95), (w * 0.62, h * 0.8), (w * 0.8, h * 0.55), (w * 0.5, h * 0.9)):
            draw.line([(w, h), end], fill=(235, 235, 235), width=3)
        draw.ellipse([w * 0.62, h * 0.6, w * 0.78, h * 0.7], fill=(250, 250, 250))
    phone.thumbnail((FRAME[0] * 2, int(FRAME[1] * 1.35)))
    phone = phone.rotate(7, expand=True, fillcolor=(30, 30, 34), resample=Image.Resampling.BICUBIC)
    frame = _counter()
    frame.paste(phone, ((FRAME[0] - phone.width) // 2, (FRAME[1] - phone.height) // 2 - 40))
    return frame.filter(ImageFilter.GaussianBlur(0.8))
