"""What stands behind every picture: a soft shape, a few twinkles, the shade on the ground."""

import random

from clevervibes.demo.pictures.canvas import CORAL, HONEY, PAPER, SUN, Canvas, oval, points_of, smooth, spark

# Corners the object in the middle leaves free.
_FREE = points_of("92,96 150,190 96,300 548,92 506,176 556,286 180,74 462,66 80,196 570,190")


def backdrop(ground: str, seed: int) -> Canvas:
    """Return a canvas with its background; the same seed gives the same one."""
    dice = random.Random(seed)
    canvas = Canvas(ground)
    radii = [dice.uniform(168, 214) for _ in range(7)]
    canvas.fill(
        smooth([_on_circle(320, 236, radius * 1.12, radius, i / 7) for i, radius in enumerate(radii)]), canvas.soft
    )
    for (x, y), kind in zip(dice.sample(_FREE, 6), ("spark", "dot", "spark", "ring", "dot", "dot"), strict=True):
        x, y = x + dice.uniform(-14, 14), y + dice.uniform(-14, 14)
        if kind == "spark":
            canvas.fill(spark(x, y, dice.uniform(13, 19)), SUN)
        elif kind == "ring":
            canvas.line(oval(x, y, 9), PAPER, 5, closed=True)
        else:
            canvas.fill(oval(x, y, dice.uniform(5, 8)), dice.choice((CORAL, PAPER, HONEY)))
    return canvas


def ground_shade(canvas: Canvas, width: float, *, x: float = 320, y: float = 410) -> None:
    canvas.shadow(oval(x, y, width / 2, 16), alpha=0.26, blur=7)


def _on_circle(x: float, y: float, rx: float, ry: float, turn: float) -> tuple[float, float]:
    return oval(x, y, rx, ry, 360 * turn, 360 * turn + 1)[0]
