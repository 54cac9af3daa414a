"""From the pizzeria, the cinema's snack bar and the pool's kiosk."""

from clevervibes.demo.pictures.canvas import (
    AMBER,
    BERRY,
    BLUE,
    BRICK,
    BROWN,
    COCOA,
    CORAL,
    CREAM,
    CRUST,
    DOUGH,
    GREEN,
    HONEY,
    ICE,
    INK,
    LEAF,
    PAPER,
    PEACH,
    SAND,
    SKY,
    SMOKE,
    STEEL,
    SUN,
    Canvas,
    Shape,
    box,
    oval,
    smooth,
)
from clevervibes.demo.pictures.scenery import ground_shade


def pizza(canvas: Canvas) -> None:
    """A whole one from above, one slice pulled out."""
    ground_shade(canvas, 330, y=412)
    with canvas.at(306, 250):
        canvas.fill(_wedge(0, 10, 168, 22, 338), BROWN)
        canvas.fill(_wedge(0, 0, 168, 22, 338), CRUST)
        canvas.fill(_wedge(0, 0, 160, 22, 338), DOUGH)
        canvas.fill(_wedge(0, 0, 140, 22, 338), BRICK)
        canvas.fill(_wedge(0, 0, 133, 22, 338), SUN)
        _topping(
            canvas,
            ((-70, -66), (20, -92), (-96, 20), (-30, 84), (50, 92), (-20, -14)),
            ((66, -44), (-52, 42), (-30, -104)),
        )
    with canvas.at(352, 248):
        canvas.fill(_wedge(0, 10, 168, -19, 19), BROWN)
        canvas.fill(_wedge(0, 0, 168, -19, 19), CRUST)
        canvas.fill(_wedge(0, 0, 160, -19, 19), DOUGH)
        canvas.fill(_wedge(0, 0, 140, -19, 19), BRICK)
        canvas.fill(_wedge(0, 0, 133, -19, 19), SUN)
        _topping(canvas, ((98, 0),), ((62, 4),))


def _wedge(x: float, y: float, radius: float, start: float, end: float) -> Shape:
    return [(x, y), *oval(x, y, radius, radius, start, end)]


def _topping(
    canvas: Canvas, tomatoes: tuple[tuple[float, float], ...], leaves: tuple[tuple[float, float], ...]
) -> None:
    for x, y in tomatoes:
        canvas.fill(oval(x, y, 23), BRICK)
        canvas.fill(oval(x - 2, y - 2, 18), CORAL)
        canvas.fill(oval(x - 8, y - 9, 5), PAPER, 0.6)
        canvas.fill(oval(x + 30, y + 22, 13, 10), CREAM)
    for i, (x, y) in enumerate(leaves):
        with canvas.at(x, y, turn=40 + i * 70):
            canvas.fill(smooth("0,-22 12,-4 0,22 -12,-4"), GREEN)
            canvas.line([(0, -14), (0, 16)], LEAF, 3)


def pizza_slice(canvas: Canvas) -> None:
    ground_shade(canvas, 200, y=424)
    with canvas.at(320, 250, turn=-10):
        tip = "-126,-92 126,-92 0,168"
        for x, y, length in ((-74, 20, 40), (64, 34, 60), (22, 122, 44)):
            canvas.line([(x, y - 30), (x, y + length - 16)], SUN, 20)
        canvas.fill(tip, SUN)
        with canvas.inside(tip):
            canvas.fill("40,-100 140,-100 0,190 -10,150", AMBER, 0.35)
            _topping(canvas, ((-52, -44), (44, -56), (-6, 40)), ((6, -36), (-40, 14), (10, 100)))
        canvas.fill(box(-146, -134, 292, 56, 28), CRUST)
        canvas.fill(box(-146, -134, 292, 42, 21), DOUGH)
        canvas.fill(box(-116, -126, 90, 12, 6), HONEY)


def pizza_baking(canvas: Canvas) -> None:
    """A rolling pin, dough and a chef's hat."""
    ground_shade(canvas, 360, y=408)
    canvas.fill(smooth("150,372 210,318 330,304 450,322 500,374 440,410 320,418 200,408"), CREAM)
    canvas.fill(smooth("190,366 240,332 330,322 420,336 456,370 400,392 320,396 240,390"), SAND)
    canvas.fill(smooth("216,362 260,338 330,330 400,342 428,366 380,380 320,384 260,378"), BRICK)
    for x, y in ((270, 358), (330, 350), (380, 364), (310, 370)):
        canvas.fill(oval(x, y, 15, 8), SUN)
    canvas.shadow(oval(292, 292, 92, 12), alpha=0.2, blur=6)
    with canvas.at(292, 208):
        hat = smooth("-84,30 -118,-14 -96,-68 -50,-74 -20,-110 34,-108 60,-72 104,-62 118,-10 84,30")
        canvas.fill(hat, PAPER)
        with canvas.inside(hat):
            canvas.fill(oval(90, 10, 74, 100), STEEL, 0.5)
            for x in (-34, 14):
                canvas.line([(x, -10), (x, 40)], STEEL, 6)
        canvas.fill(box(-86, 18, 172, 56, 10), PAPER)
        canvas.fill(box(-86, 18, 172, 14, 4), CORAL)
    with canvas.at(454, 250, turn=58):
        canvas.fill(box(-130, -10, 260, 20, 10), CORAL)
        canvas.fill(box(-92, -27, 184, 54, 16), DOUGH)
        canvas.fill(box(-92, 4, 184, 23, 11), CRUST)


def pasta(canvas: Canvas) -> None:
    ground_shade(canvas, 320, y=412)
    with canvas.at(320, 270):
        for radius, lift in ((136, 0), (112, -20), (86, -40), (58, -58)):
            for offset in range(-radius, radius - 16, 28):
                arch = [
                    (offset, lift + 12),
                    (offset + 10, lift - 28),
                    (offset + 34, lift - 30),
                    (offset + 42, lift + 8),
                ]
                canvas.line(smooth(arch, closed=False), AMBER if (offset // 28) % 2 else SUN, 12)
        sauce = smooth("-70,-62 -36,-92 0,-100 40,-90 72,-58 50,-42 40,-20 14,-38 -14,-26 -40,-42")
        canvas.fill(sauce, BRICK)
        canvas.fill(smooth("-44,-66 -16,-84 10,-86 -10,-72"), CORAL)
        for x, y in ((-30, -52), (20, -64), (44, -46)):
            canvas.fill(oval(x, y, 14, 12), BROWN)
        for x, y, turn in ((6, -104, -30), (22, -100, 40)):
            with canvas.at(x, y, turn=turn):
                canvas.fill(smooth("0,-26 12,-6 0,18 -12,-6"), GREEN)
        bowl = oval(0, 4, 164, 132, 0, 180)
        canvas.fill(bowl, SKY)
        with canvas.inside(bowl):
            canvas.fill(oval(110, 60, 110, 130), BLUE, 0.35)
            for x in range(-150, 170, 50):
                canvas.fill(oval(x, 46, 11), PAPER, 0.85)
        canvas.fill(box(-174, -6, 348, 24, 12), PAPER)
        canvas.fill(box(-60, 124, 120, 16, 8), BLUE)


def tiramisu(canvas: Canvas) -> None:
    ground_shade(canvas, 330, y=400)
    canvas.fill(oval(320, 380, 190, 26), PAPER)
    canvas.fill(oval(320, 374, 176, 20), SMOKE)
    with canvas.at(320, 262):
        front = "-140,-30 110,-30 110,106 -140,106"
        side = "110,-30 160,-66 160,66 110,106"
        top = "-140,-30 -84,-66 160,-66 110,-30"
        for shape, dark in ((front, 0.0), (side, 0.14)):
            with canvas.inside(shape):
                for y, colour in ((-70, CREAM), (6, DOUGH), (28, BROWN), (40, CREAM), (76, DOUGH), (96, BROWN)):
                    lift = 38 if shape is side else 0
                    canvas.fill([(-150, y), (110, y), (170, y - lift), (170, 140), (-150, 140)], colour)
                canvas.fill(shape, INK, dark)
        canvas.fill(top, COCOA)
        for x, y in ((-60, -50), (-20, -42), (30, -56), (70, -44), (110, -58), (-90, -38), (10, -36)):
            canvas.fill(oval(x, y, 5, 3), CRUST)
        for x in (-70, 10, 88):
            canvas.fill(smooth([(x - 30, -48), (x - 14, -74), (x, -96), (x + 14, -74), (x + 30, -48), (x, -40)]), PAPER)
        canvas.fill(oval(10, -98, 15), BRICK)
        canvas.fill(oval(5, -103, 5), PAPER, 0.7)


def lemonade(canvas: Canvas, drink: str = SUN, straw: str = CORAL) -> None:
    ground_shade(canvas, 170, y=430)
    with canvas.at(320, 246):
        canvas.line("-6,120 40,-176 86,-196", straw, 16)
        glass = "-90,-104 90,-104 70,180 -70,180"
        canvas.fill(glass, PAPER, 0.75)
        with canvas.inside(glass):
            canvas.fill("-100,-60 100,-60 100,190 -100,190", drink)
            canvas.fill(oval(0, -60, 88, 16), HONEY)
            for x, y, turn in ((-36, -30, 16), (30, -20, -20), (-14, 34, 40)):
                with canvas.at(x, y, turn=turn):
                    canvas.fill(box(-27, -27, 54, 54, 10), PAPER, 0.55)
            for x, y, r in ((40, 70, 7), (-30, 110, 9), (20, 130, 6), (-44, 80, 5), (50, 120, 5)):
                canvas.fill(oval(x, y, r), PAPER, 0.6)
            canvas.fill("30,-110 100,-110 90,190 16,190", INK, 0.07)
            canvas.fill("-76,-90 -56,-90 -46,150 -60,150", PAPER, 0.6)
        canvas.fill(oval(-84, -104, 44), AMBER)
        canvas.fill(oval(-84, -104, 36), CREAM)
        for i in range(6):
            canvas.fill([(-84, -104), *oval(-84, -104, 31, 31, 60 * i + 6, 60 * i + 54)], SUN)


def popcorn(canvas: Canvas, *, drink: bool = False) -> None:
    ground_shade(canvas, 330 if drink else 230, y=424)
    if drink:
        with canvas.at(438, 286, scale=0.82):
            with canvas.at(16, -110, turn=10):
                canvas.fill(box(-8, -90, 16, 110, 6), CORAL)
            canvas.fill(box(-78, -108, 156, 30, 12), BLUE)
            cup = "-70,-80 70,-80 52,164 -52,164"
            canvas.fill(cup, SKY)
            with canvas.inside(cup):
                canvas.fill(box(-80, -10, 160, 70), PAPER)
                canvas.fill(oval(0, 25, 24), CORAL)
                canvas.fill("24,-90 90,-90 70,170 14,170", INK, 0.1)
    with canvas.at(264 if drink else 320, 262):
        kernels = (
            (-86, -64),
            (-46, -84),
            (0, -92),
            (46, -84),
            (86, -64),
            (-64, -112),
            (-20, -128),
            (26, -130),
            (66, -108),
            (-34, -156),
            (10, -166),
            (40, -150),
        )
        for i, (x, y) in enumerate(kernels):
            _kernel(canvas, x, y, 37 * i, (CREAM, HONEY, PAPER)[i % 3])
        bucket = "-122,-62 122,-62 88,160 -88,160"
        canvas.fill(bucket, PAPER)
        with canvas.inside(bucket):
            for x in range(-122, 122, 70):
                canvas.fill([(x, -70), (x + 35, -70), (x * 0.72 + 26, 170), (x * 0.72, 170)], BRICK)
            canvas.fill("56,-70 140,-70 110,170 36,170", INK, 0.1)
            canvas.fill(oval(0, 50, 54, 44), SUN)
            canvas.fill(oval(0, 50, 44, 35), HONEY)
            _kernel(canvas, 0, 50, 20, PAPER)
        canvas.fill(box(-130, -74, 260, 22, 8), BRICK)
    for x, y, turn in ((150, 412, 10), (184, 424, 90)):
        _kernel(canvas, x, y, turn, CREAM)


def _kernel(canvas: Canvas, x: float, y: float, turn: float, colour: str) -> None:
    with canvas.at(x, y, turn=turn):
        for dx, dy, r in ((-14, 6, 19), (14, 6, 19), (0, -14, 20)):
            canvas.fill(oval(dx, dy + 2, r), SAND)
            canvas.fill(oval(dx, dy, r - 1), colour)
        canvas.fill(oval(0, 3, 8), AMBER)


def fries(canvas: Canvas) -> None:
    ground_shade(canvas, 210, y=424)
    with canvas.at(320, 260):
        sticks = (
            (-76, -22, -130),
            (-50, -14, -158),
            (-24, -8, -140),
            (2, 3, -172),
            (28, 8, -144),
            (54, 16, -160),
            (80, 22, -126),
            (-62, -6, -104),
            (-12, 10, -112),
            (42, -4, -116),
        )
        for i, (x, turn, top) in enumerate(sticks):
            with canvas.at(x, 20, turn=turn):
                canvas.fill(box(-12, top, 24, -top + 20, 5), SUN if i % 3 else HONEY)
                canvas.fill(box(4, top, 8, -top + 20, 4), AMBER, 0.6)
        pack = [(-110, -46), *oval(0, -62, 108, 44, 180, 0), (110, -46), (84, 160), (-84, 160)]
        canvas.fill(pack, CORAL)
        with canvas.inside(pack):
            canvas.fill("40,-80 130,-80 110,170 26,170", INK, 0.1)
            canvas.line(smooth("-80,40 -40,24 0,40 40,24 90,40", closed=False), PAPER, 14)
            canvas.line(smooth("-80,80 -40,64 0,80 40,64 90,80", closed=False), PEACH, 14)
        canvas.fill(oval(134, 148, 42, 22), PAPER)
        canvas.fill(oval(134, 142, 34, 14), BERRY)
        canvas.fill(oval(134, 138, 34, 14), BRICK)


def ice_lolly(canvas: Canvas) -> None:
    ground_shade(canvas, 120, y=432)
    with canvas.at(320, 230, turn=8):
        canvas.fill(box(-14, 100, 28, 96, 12), DOUGH)
        bar = [*oval(0, -70, 86, 96, 180, 360), (86, 110), *oval(0, 110, 86, 16, 0, 180)]
        canvas.fill(bar, CORAL)
        with canvas.inside(bar):
            canvas.fill(box(-100, -60, 200, 72), SUN)
            canvas.fill(box(-100, 12, 200, 60), SKY)
            canvas.fill(box(-100, 72, 200, 70), ICE)
            canvas.fill("40,-180 100,-180 100,140 30,140", INK, 0.1)
            for x in (-38, 22):
                canvas.fill(box(x, -110, 18, 190, 9), PAPER, 0.35)
