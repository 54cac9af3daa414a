"""The pictures of the demo's offers, drawn by code: `draw("ice_cone", "rose", "#ffc94a")` → WebP, 640 × 480."""

from zlib import crc32

from clevervibes.demo.pictures import culture, meals, outdoors, sweets
from clevervibes.demo.pictures.scenery import backdrop

_MODULES = (sweets, meals, culture, outdoors)


def draw(motif: str, ground: str, *colours: str, **details: object) -> bytes:
    """Return a picture as WebP; the same arguments give the same picture."""
    paint = next(getattr(module, motif) for module in _MODULES if hasattr(module, motif))
    canvas = backdrop(ground, crc32(f"{motif} {ground}".encode()))
    paint(canvas, *colours, **details)
    return canvas.webp()
