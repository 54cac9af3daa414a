"""A drawing board for flat pictures: shapes are lists of points, colours are hex, light comes from the left."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480
# Drawn twice as large and averaged down: that is what makes the edges soft. Three times looks the same.
OVERSAMPLING = 2
SHADOW_SCALE = 8

INK = "#17332b"
DEEP, GREEN, MINT, LEAF = "#0a5f4e", "#0f8a6f", "#8fd9c0", "#6fbf73"
SUN, AMBER, HONEY = "#ffc94a", "#e8a317", "#ffdf8c"
CORAL, BRICK, PEACH = "#ff7a5c", "#d9523a", "#ffb59e"
SKY, BLUE, ICE = "#58b1ee", "#2b7fc4", "#bfe2fb"
VIOLET, PLUM, LILAC = "#8f6ee0", "#6443b4", "#cdbdf6"
ROSE, BERRY, BLUSH = "#f0709a", "#c2386b", "#fbb9cf"
PAPER, CREAM, SAND = "#ffffff", "#fff5e0", "#f3dfb8"
DOUGH, CRUST, BROWN, COCOA = "#eab264", "#c98436", "#8d5427", "#5d3519"
STEEL, SLATE, SMOKE = "#c9d6d6", "#6d8582", "#e9f0ef"

# Background and the softer shape on it.
GROUNDS = {
    "mint": ("#e6f6ef", "#c8ecdf"),
    "sky": ("#e5f2fd", "#c6e4fa"),
    "violet": ("#f0ebfd", "#ddd1fa"),
    "rose": ("#fdebf1", "#fad2df"),
    "sun": ("#fff5d9", "#ffe6a3"),
    "clay": ("#ffece4", "#ffd3c4"),
}

Point = tuple[float, float]
Shape = list[Point]
# What is drawn along many points is written like in SVG: "-164,98 -180,74 …".
Points = str | Sequence[Point]


def points_of(given: Points) -> Shape:
    if isinstance(given, str):
        return [(float(x), float(y)) for x, y in (pair.split(",") for pair in given.split())]
    return list(given)


def oval(x: float, y: float, rx: float, ry: float | None = None, start: float = 0, end: float = 360) -> Shape:
    """Return an ellipse around (x, y), or the arc between two angles in degrees, clockwise from three o'clock."""
    ry = rx if ry is None else ry
    steps = max(8, int(abs(end - start) / 4))
    angles = (math.radians(start + (end - start) * i / steps) for i in range(steps + 1))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> Shape:
    """Return a rectangle with its upper left corner at (x, y)."""
    if not radius:
        return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    left, right, top, bottom = x + radius, x + width - radius, y + radius, y + height - radius
    corners = ((right, top, 270), (right, bottom, 0), (left, bottom, 90), (left, top, 180))
    return [point for cx, cy, start in corners for point in oval(cx, cy, radius, None, start, start + 90)]


def smooth(given: Points, *, closed: bool = True, steps: int = 14) -> Shape:
    """Return a soft curve through the points (Catmull-Rom)."""
    points = points_of(given)
    count = len(points)
    curve: Shape = []
    for i in range(count if closed else count - 1):
        if closed:
            p0, p1, p2, p3 = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            p0, p1, p2, p3 = (points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        curve += [(_spline(p0[0], p1[0], p2[0], p3[0], t / steps), _spline(p0[1], p1[1], p2[1], p3[1], t / steps))
                  for t in range(steps)]  # fmt: skip
    return curve if closed else [*curve, points[-1]]


def star(x: float, y: float, outer: float, inner: float, points: int = 5, turn: float = -90) -> Shape:
    angles = [math.radians(turn + 180 * i / points) for i in range(2 * points)]
    radii = [outer if i % 2 == 0 else inner for i in range(2 * points)]
    return [(x + r * math.cos(a), y + r * math.sin(a)) for a, r in zip(angles, radii, strict=True)]


def spark(x: float, y: float, size: float) -> Shape:
    """Return a four-pointed twinkle."""
    return star(x, y, size, size * 0.32, 4)


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


class Canvas:
    """Shapes in the order they are drawn, on a board of 640 × 480."""

    def __init__(self, ground: str) -> None:
        plain, soft = GROUNDS[ground]
        self.soft = soft
        size = (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING)
        self._image = Image.new("RGB", size, plain)
        self._matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    # ── Where ──
    @contextmanager
    def at(self, x: float, y: float, *, turn: float = 0, scale: float = 1, flip: bool = False) -> Iterator[None]:
        """Draw what follows around (x, y), turned by degrees clockwise."""
        before = self._matrix
        a, b, c, d, e, f = before
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        side = -1 if flip else 1
        ox, oy = a * x + b * y + c, d * x + e * y + f
        self._matrix = (
            (a * cos + b * sin) * side, b * cos - a * sin, ox,
            (d * cos + e * sin) * side, e * cos - d * sin, oy,
        )  # fmt: skip
        try:
            yield
        finally:
            self._matrix = before

    @contextmanager
    def inside(self, shape: Points) -> Iterator[None]:
        """Let what follows be seen only inside the shape."""
        board, self._image = self._image, self._image.copy()
        try:
            yield
        finally:
            layer, self._image = self._image, board
            points = self._place(shape)
            frame = left, top, right, bottom = _frame(points, board)
            mask = Image.new("L", (right - left, bottom - top), 0)
            ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in points], fill=255)
            board.paste(layer.crop(frame), frame, mask)

    # ── What ──
    def fill(self, shape: Points, colour: str, alpha: float = 1) -> None:
        self._pen().polygon(self._place(shape), fill=_rgba(colour, alpha))

    def line(self, shape: Points, colour: str, width: float, *, closed: bool = False) -> None:
        """Draw along the shape with round ends."""
        path = points_of(shape)
        points = self._place([*path, path[0], path[1]] if closed else path)
        a, _b, _c, d, *_rest = self._matrix
        thick = width * OVERSAMPLING * math.hypot(a, d)
        pen, ink = self._pen(), _rgba(colour, 1)
        pen.line(points, fill=ink, width=round(thick))
        # Round ends, and no gaps where the line bends.
        for x, y in points if thick > 6 else (points[0], points[-1]):
            pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=ink)

    def shadow(self, shape: Points, *, alpha: float = 0.16, blur: float = 10) -> None:
        """Let the shape fall on the ground as a soft shade."""
        k = SHADOW_SCALE
        reach = math.ceil(3 * blur * OVERSAMPLING)
        left, top, right, bottom = _frame(self._place(shape), self._image, reach)
        small = [((x - left) / k, (y - top) / k) for x, y in self._place(shape)]
        mask = Image.new("L", ((right - left) // k + 1, (bottom - top) // k + 1), 0)
        ImageDraw.Draw(mask).polygon(small, fill=round(255 * alpha))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * OVERSAMPLING / k))
        mask = mask.resize((mask.width * k, mask.height * k), Image.Resampling.BILINEAR)
        self._image.paste(INK, (left, top), mask)

    def finished(self) -> Image.Image:
        return self._image.reduce(OVERSAMPLING)

    def webp(self) -> bytes:
        target = BytesIO()
        self.finished().save(target, "WEBP", quality=82, method=2)
        return target.getvalue()

    def _pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self._image, "RGBA")

    def _place(self, shape: Points) -> list[Point]:
        a, b, c, d, e, f = self._matrix
        k = OVERSAMPLING
        return [((a * x + b * y + c) * k, (d * x + e * y + f) * k) for x, y in points_of(shape)]


def _frame(points: Sequence[Point], image: Image.Image, reach: int = 0) -> tuple[int, int, int, int]:
    """Return the box around the points, `reach` pixels wider, as far as the image goes."""
    xs, ys = zip(*points, strict=True)
    return (
        max(0, math.floor(min(xs)) - reach),
        max(0, math.floor(min(ys)) - reach),
        min(image.width, math.ceil(max(xs)) + reach),
        min(image.height, math.ceil(max(ys)) + reach),
    )


def _rgba(colour: str, alpha: float) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue, round(255 * alpha)
