"""Cinema, books, museum and music."""

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
    DEEP,
    DOUGH,
    GREEN,
    HONEY,
    ICE,
    INK,
    LEAF,
    LILAC,
    MINT,
    PAPER,
    PEACH,
    PLUM,
    ROSE,
    SAND,
    SKY,
    SLATE,
    SMOKE,
    STEEL,
    SUN,
    VIOLET,
    Canvas,
    Shape,
    box,
    oval,
    smooth,
    spark,
    star,
)
from clevervibes.demo.pictures.scenery import ground_shade


# ── Cinema ──
def ticket(canvas: Canvas, colour: str = CORAL, *, sign: str = "star", several: bool = False) -> None:
    """A ticket with a star, a film strip or a note; `several` lays a second one behind it."""
    ground_shade(canvas, 330, y=404)
    if several:
        with canvas.at(330, 224, turn=14):
            canvas.fill(_ticket_shape(), SUN)
            _perforation(canvas)
    with canvas.at(320, 256, turn=-12):
        shape = _ticket_shape()
        canvas.fill(shape, colour)
        with canvas.inside(shape):
            canvas.fill("90,-120 200,-120 200,120 90,120", INK, 0.12)
            canvas.line(box(-152, -72, 220, 144, 12), PAPER, 5, closed=True)
        _perforation(canvas)
        with canvas.at(-42, 0):
            if sign == "note":
                _note(canvas, PAPER)
            elif sign == "film":
                canvas.fill(box(-58, -46, 116, 92, 12), PAPER)
                for x in (-46, -16, 14):
                    canvas.fill(box(x, -38, 20, 14, 4), colour)
                    canvas.fill(box(x, 24, 20, 14, 4), colour)
                canvas.fill("-14,-18 20,0 -14,18", colour)
            else:
                canvas.fill(star(0, 4, 56, 26), SUN)
                canvas.fill(star(-3, 0, 40, 19), HONEY)
        for y, length in ((-40, 34), (-16, 24), (8, 34), (32, 20)):
            canvas.fill(box(116, y, length, 10, 5), PAPER, 0.85)


def _ticket_shape() -> Shape:
    left = oval(-178, 0, 26, 26, 90, -90)
    right = oval(178, 0, 26, 26, -90, -270)
    return [(-178, -92), (178, -92), *right, (178, 92), (-178, 92), *left]


def _perforation(canvas: Canvas) -> None:
    for y in range(-80, 96, 22):
        canvas.fill(oval(92, y, 5), PAPER)


def _note(canvas: Canvas, colour: str) -> None:
    canvas.line("-22,34 -22,-42 38,-54 38,20", colour, 11)
    canvas.fill("-27,-46 43,-60 43,-38 -27,-24", colour)
    for x, y in ((-38, 38), (22, 24)):
        with canvas.at(x, y, turn=-18):
            canvas.fill(oval(0, 0, 22, 16), colour)


def glasses_3d(canvas: Canvas) -> None:
    ground_shade(canvas, 360, y=380)
    with canvas.at(320, 256, turn=-6):
        canvas.line(smooth("-168,-50 -204,-78 -214,-30", closed=False), STEEL, 18)
        canvas.line(smooth("168,-50 204,-78 214,-30", closed=False), STEEL, 18)
        frame = smooth(
            "-190,-74 -90,-84 0,-72 90,-84 190,-74 186,20 150,78 70,74 24,18 0,4 -24,18 -70,74 -150,78 -186,20"
        )
        canvas.fill(frame, PAPER)
        for side, colour, shine in ((-1, CORAL, PEACH), (1, SKY, ICE)):
            lens = smooth(
                [
                    (side * 160, -48),
                    (side * 92, -56),
                    (side * 34, -46),
                    (side * 40, 4),
                    (side * 78, 46),
                    (side * 142, 48),
                    (side * 162, 10),
                ]
            )
            canvas.fill(lens, colour)
            with canvas.inside(lens):
                x = side * 96
                canvas.fill([(x - 40, -80), (x - 4, -80), (x - 44, 90), (x - 80, 90)], shine, 0.75)
                canvas.fill([(x + 14, -80), (x + 26, -80), (x - 14, 90), (x - 26, 90)], shine, 0.75)


def clapper(canvas: Canvas) -> None:
    """A clapperboard."""
    ground_shade(canvas, 320, y=414)
    with canvas.at(320, 262):
        for turn, y in ((-14, -96), (0, -56)):
            with canvas.at(-150, y, turn=turn):
                bar = box(0, -22, 300, 44, 8)
                canvas.fill(bar, INK)
                with canvas.inside(bar):
                    for x in range(-20, 320, 76):
                        lean = 26 if turn else -26
                        canvas.fill([(x, -22), (x + 38, -22), (x + 38 + lean, 22), (x + lean, 22)], PAPER)
        canvas.fill(box(-150, -42, 300, 184, 16), INK)
        canvas.fill(box(-150, -42, 300, 30), INK)
        canvas.fill(box(-126, -14, 252, 8, 4), SLATE)
        for x, width in ((-126, 70), (-40, 80), (56, 70)):
            canvas.fill(box(x, 12, width, 10, 5), STEEL)
            canvas.fill(box(x, 34, width * 0.6, 10, 5), SLATE)
        canvas.fill(oval(0, 94, 32), SUN)
        canvas.fill("-9,78 18,94 -9,110", INK)
        canvas.fill(oval(-134, -76, 9), SUN)


def cinema_seats(canvas: Canvas) -> None:
    """A bright screen over a row of seats."""
    ground_shade(canvas, 420, y=420)
    canvas.fill(box(140, 84, 360, 196, 16), INK)
    screen = box(152, 96, 336, 172, 8)
    canvas.fill(screen, ICE)
    with canvas.inside(screen):
        canvas.fill(oval(404, 150, 34), SUN)
        canvas.fill(smooth("120,300 180,190 250,170 330,300"), MINT)
        canvas.fill(smooth("230,310 340,200 420,190 540,310"), GREEN)
        for x, y in ((210, 128), (300, 116)):
            canvas.fill(oval(x, y, 30, 13), PAPER)
            canvas.fill(oval(x + 20, y - 8, 18, 12), PAPER)
    for x in (158, 240, 322, 404, 486):
        canvas.fill(box(x - 36, 300, 72, 96, 26), BRICK)
        canvas.fill(box(x - 26, 310, 52, 60, 20), CORAL)
        canvas.fill(box(x - 44, 370, 88, 48, 16), BERRY)
        canvas.fill(box(x - 44, 370, 88, 18, 9), BRICK)


# ── Books ──
def open_book(canvas: Canvas, cover: str = VIOLET) -> None:
    """An open book out of which a small world grows."""
    ground_shade(canvas, 380, y=410)
    with canvas.at(320, 318):
        for side in (-1, 1):
            canvas.fill([(0, -40), (side * 190, -66), (side * 190, 62), (0, 92)], cover)
            canvas.fill(
                [
                    (0, -52),
                    *smooth([(side * 20, -76), (side * 90, -88), (side * 178, -78)], closed=False),
                    (side * 178, 44),
                    *smooth([(side * 90, 36), (side * 30, 52)], closed=False),
                    (0, 76),
                ],
                PAPER if side < 0 else SMOKE,
            )
            for y in (-30, -6, 18):
                canvas.line(
                    smooth([(side * 36, y - 12), (side * 90, y - 24), (side * (152 - y), y - 18)], closed=False),
                    STEEL,
                    6,
                )
        canvas.line([(0, -50), (0, 78)], STEEL, 4)
        canvas.fill("40,-66 66,-74 66,-8 53,-22 40,-4", CORAL)
    canvas.line(smooth("318,262 308,210 322,168", closed=False), LEAF, 9)
    for x, y, turn in ((290, 220, -60), (344, 196, 50)):
        with canvas.at(x, y, turn=turn):
            canvas.fill(smooth("0,-26 13,0 0,26 -13,0"), LEAF)
    canvas.fill(star(322, 138, 52, 24), SUN)
    canvas.fill(star(319, 134, 36, 17), HONEY)
    for x, y, size, colour in (
        (236, 176, 18, CORAL),
        (408, 150, 20, SKY),
        (256, 108, 13, SKY),
        (392, 88, 14, ROSE),
        (430, 222, 12, SUN),
    ):
        canvas.fill(spark(x, y, size), colour)


def book_stack(canvas: Canvas) -> None:
    ground_shade(canvas, 330, y=414)
    books = (
        (320, 382, 290, 52, CORAL, SUN),
        (308, 330, 260, 48, VIOLET, LILAC),
        (330, 280, 272, 48, GREEN, MINT),
        (312, 232, 226, 44, SUN, PAPER),
    )
    for x, y, width, height, colour, band in books:
        with canvas.at(x, y):
            canvas.fill(box(-width / 2, -height / 2, width, height, 10), colour)
            canvas.fill(box(-width / 2 + 30, -height / 2 + 8, width - 30, height - 16, 4), CREAM)
            for line in (-6, 4):
                canvas.line([(-width / 2 + 40, line), (width / 2 - 8, line)], SAND, 3)
            canvas.fill(box(-width / 2, -height / 2, 52, height, 10), colour)
            canvas.fill(box(-width / 2 + 18, -height / 2, 12, height), band)
    with canvas.at(322, 176, turn=-5):
        apple = smooth("0,-34 34,-44 50,-8 34,30 6,34 -6,34 -34,30 -50,-8 -34,-44")
        canvas.fill(apple, BRICK)
        with canvas.inside(apple):
            canvas.fill(oval(30, 6, 36, 50), INK, 0.12)
            canvas.fill(oval(-26, -16, 8, 13), PAPER, 0.6)
        canvas.line(smooth("0,-32 4,-50 12,-58", closed=False), BROWN, 6)
        with canvas.at(26, -56, turn=56):
            canvas.fill(smooth("0,-18 10,0 0,18 -10,0"), LEAF)


def comic(canvas: Canvas) -> None:
    ground_shade(canvas, 270, y=420)
    with canvas.at(330, 250, turn=7):
        canvas.fill(box(-118, -152, 244, 312, 12), PLUM)
        canvas.fill(box(-126, -158, 240, 310, 12), SKY)
        cover = box(-126, -158, 240, 310, 12)
        with canvas.inside(cover):
            for i in range(0, 12, 2):
                canvas.fill([(-6, 20), *[oval(-6, 20, 300, 300, 30 * i + k, 30 * i + k)[0] for k in (0, 30)]], ICE)
            canvas.fill(star(-6, 34, 108, 66, 11), SUN)
            canvas.fill(star(-6, 34, 84, 50, 11), CORAL)
            canvas.fill("10,-26 -44,48 -8,48 -24,100 38,22 2,22 26,-26", PAPER)
            canvas.fill(box(-126, -158, 240, 62), BERRY)
        for x, width in ((-104, 60), (-34, 34), (10, 82)):
            canvas.fill(box(x, -140, width, 24, 8), PAPER)
        canvas.fill(box(44, 108, 50, 26, 6), PAPER)


def notebook(canvas: Canvas) -> None:
    ground_shade(canvas, 290, y=420)
    with canvas.at(300, 250, turn=-6):
        canvas.fill(box(-112, -142, 242, 300, 18), DEEP)
        canvas.fill(box(-104, -150, 230, 298, 14), CREAM)
        canvas.fill(box(-112, -154, 230, 298, 18), GREEN)
        canvas.fill(box(-112, -154, 46, 298, 18), DEEP)
        for y in range(-128, 130, 40):
            canvas.fill(oval(-90, y, 8), CREAM)
            canvas.line(smooth([(-90, y), (-126, y - 6), (-130, y + 8), (-96, y + 8)], closed=False), STEEL, 6)
        canvas.fill(box(-38, -96, 128, 76, 12), CREAM)
        canvas.line([(-18, -70), (66, -70)], CORAL, 7)
        canvas.line([(-18, -46), (40, -46)], STEEL, 7)
        canvas.fill(star(26, 66, 34, 16), SUN)
    with canvas.at(462, 262, turn=20):
        canvas.fill(box(-17, -150, 34, 34, 12), ROSE)
        canvas.fill(box(-17, -124, 34, 16), STEEL)
        canvas.fill(box(-17, -110, 34, 190), SUN)
        canvas.fill(box(3, -110, 14, 190), AMBER)
        canvas.fill("-17,80 17,80 0,128", SAND)
        canvas.fill("-6,111 6,111 0,128", INK)


def bookmarks(canvas: Canvas) -> None:
    ground_shade(canvas, 300, y=420)
    for x, turn, colour, soft, sign in (
        (206, -14, CORAL, PEACH, "star"),
        (320, 0, GREEN, MINT, "heart"),
        (434, 14, VIOLET, LILAC, "drop"),
    ):
        with canvas.at(x, 252, turn=turn):
            canvas.line(smooth("0,-136 -12,-168 10,-190", closed=False), colour, 6)
            canvas.fill(oval(10, -192, 9), colour)
            canvas.fill(box(-46, -140, 92, 290, 14), colour)
            canvas.fill(oval(0, -116, 8), PAPER)
            for y in (70, 94, 118):
                canvas.fill(box(-26, y, 52, 9, 4), soft)
            canvas.fill(oval(0, -20, 36), soft)
            if sign == "star":
                canvas.fill(star(0, -18, 26, 12), SUN)
            elif sign == "heart":
                canvas.fill(smooth("0,4 -22,-18 -18,-36 0,-28 18,-36 22,-18"), CORAL)
            else:
                canvas.fill(spark(0, -20, 26), PAPER)


def gift_card(canvas: Canvas, colour: str = GREEN) -> None:
    ground_shade(canvas, 330, y=404)
    with canvas.at(320, 256, turn=-7):
        card = box(-170, -104, 340, 214, 22)
        canvas.fill(card, colour)
        with canvas.inside(card):
            canvas.fill(oval(170, -110, 150), PAPER, 0.12)
            canvas.fill(oval(-120, 130, 110), SUN, 0.2)
            canvas.fill(box(-84, -120, 38, 250), SUN)
            canvas.fill(box(-180, -22, 360, 38), SUN)
            canvas.fill(box(-60, -120, 14, 250), AMBER)
            canvas.fill(box(-180, 4, 360, 12), AMBER)
        for side in (-1, 1):
            canvas.fill(
                smooth([(-65, -2), (-65 + side * 34, -52), (-65 + side * 74, -46), (-65 + side * 66, -6)]), CORAL
            )
            canvas.fill(
                smooth(
                    [(-65 + side * 18, -10), (-65 + side * 36, -36), (-65 + side * 56, -34), (-65 + side * 50, -14)]
                ),
                BRICK,
            )
            canvas.fill([(-65, 0), (-65 + side * 20, 4), (-65 + side * 56, 62), (-65 + side * 30, 62)], CORAL)
        canvas.fill(oval(-65, -3, 17), BRICK)
        for y, width in ((48, 90), (70, 60)):
            canvas.fill(box(44, y, width, 11, 5), PAPER, 0.9)


# ── Museum ──
def museum(canvas: Canvas) -> None:
    ground_shade(canvas, 380, y=414)
    with canvas.at(320, 270):
        canvas.fill("-176,-70 0,-168 176,-70", CORAL)
        canvas.fill("0,-168 176,-70 120,-70", INK, 0.12)
        canvas.fill("-112,-84 0,-146 112,-84", CREAM)
        canvas.fill(oval(0, -104, 17), SUN)
        canvas.fill(box(-166, -72, 332, 24, 6), PAPER)
        canvas.fill(box(-146, -48, 292, 150), SAND)
        for x in (-124, -66, 66, 124):
            canvas.fill(box(x - 18, -48, 36, 150), PAPER)
            canvas.fill(box(x + 6, -48, 12, 150), STEEL)
            canvas.fill(box(x - 24, -48, 48, 14, 5), SMOKE)
            canvas.fill(box(x - 24, 90, 48, 14, 5), SMOKE)
        canvas.fill([*oval(0, 10, 34, 34, 180, 360), (34, 104), (-34, 104)], DEEP)
        canvas.fill(box(-2, -20, 4, 124), GREEN)
        for i, width in enumerate((330, 356, 382)):
            canvas.fill(box(-width / 2, 102 + 14 * i, width, 15, 4), (PAPER, SMOKE, STEEL)[i])
        canvas.line([(0, -166), (0, -206)], SLATE, 5)
        canvas.fill("0,-206 48,-194 0,-180", SUN)


def winding_tower(canvas: Canvas) -> None:
    """A headframe of an old colliery with its two wheels."""
    ground_shade(canvas, 380, y=414)
    canvas.fill(box(150, 300, 190, 108, 6), BRICK)
    canvas.fill(box(150, 300, 190, 18), BERRY)
    for x in (174, 226, 278):
        canvas.fill([*oval(x + 14, 346, 15, 15, 180, 360), (x + 29, 382), (x - 1, 382)], HONEY)
    for line in ([(300, 408), (330, 110)], [(400, 408), (372, 110)], [(516, 408), (372, 128)]):
        canvas.line(line, DEEP, 13)
    for left, right in (((306, 350), (392, 350)), ((313, 280), (385, 280)), ((320, 210), (379, 210))):
        canvas.line([left, right], DEEP, 9)
    for a, b in (
        ((306, 350), (386, 282)),
        ((392, 350), (314, 282)),
        ((314, 280), (379, 212)),
        ((385, 280), (320, 212)),
        ((398, 210), (384, 240)),
        ((440, 262), (388, 300)),
        ((478, 340), (394, 372)),
    ):
        canvas.line([a, b], GREEN, 6)
    canvas.fill(box(286, 160, 140, 14, 6), DEEP)
    for x, y in ((312, 122), (400, 122)):
        canvas.line(oval(x, y, 36), CORAL, 9, closed=True)
        for angle in range(0, 360, 45):
            canvas.line([(x, y), oval(x, y, 36, 36, angle, angle + 1)[0]], CORAL, 4)
        canvas.fill(oval(x, y, 10), SUN)


def crystals(canvas: Canvas) -> None:
    ground_shade(canvas, 330, y=404)
    with canvas.at(320, 300):
        for x, turn, height, width, light, dark in (
            (-96, -28, 132, 54, ROSE, BERRY),
            (96, 26, 146, 56, SKY, BLUE),
            (-44, -10, 204, 62, VIOLET, PLUM),
            (46, 10, 178, 60, MINT, GREEN),
            (0, 0, 120, 60, SUN, AMBER),
        ):
            with canvas.at(x, 76, turn=turn):
                canvas.fill(
                    [
                        (-width / 2, 0),
                        (-width / 2, -height * 0.72),
                        (0, -height),
                        (width / 2, -height * 0.72),
                        (width / 2, 0),
                    ],
                    light,
                )
                canvas.fill(
                    [(6, 0), (6, -height * 0.64), (0, -height), (width / 2, -height * 0.72), (width / 2, 0)], dark
                )
                canvas.fill(
                    [
                        (-width / 2 + 8, -10),
                        (-width / 2 + 8, -height * 0.7),
                        (-width / 2 + 16, -height * 0.74),
                        (-width / 2 + 16, -10),
                    ],
                    PAPER,
                    0.55,
                )
        rock = smooth("-168,96 -146,54 -90,62 -40,44 20,60 80,46 140,58 170,96 120,112 -120,112")
        canvas.fill(rock, SLATE)
        with canvas.inside(rock):
            canvas.fill("-200,92 -60,80 60,94 200,82 200,130 -200,130", INK, 0.25)
            canvas.fill("-120,66 -70,58 -90,82", PAPER, 0.25)


def miners_lamp(canvas: Canvas) -> None:
    ground_shade(canvas, 190, y=428)
    canvas.fill(oval(320, 268, 128), SUN, 0.35)
    canvas.fill(oval(320, 268, 92), SUN, 0.35)
    with canvas.at(320, 254):
        canvas.line(oval(0, -166, 26), BROWN, 9, closed=True)
        canvas.fill(smooth("-46,-96 -30,-132 0,-142 30,-132 46,-96"), AMBER)
        canvas.fill(box(-64, -104, 128, 24, 10), CRUST)
        glass = box(-52, -80, 104, 150, 10)
        canvas.fill(glass, CREAM)
        canvas.fill(smooth("0,-54 26,-4 18,34 0,44 -18,34 -26,-4"), SUN)
        canvas.fill(smooth("0,-18 12,10 8,30 0,36 -8,30 -12,10"), CORAL)
        canvas.fill(box(-42, -70, 10, 120, 5), PAPER)
        for x in (-58, 46):
            canvas.fill(box(x, -84, 12, 160, 4), BROWN)
        base = "-70,66 70,66 80,170 -80,170"
        canvas.fill(base, AMBER)
        with canvas.inside(base):
            canvas.fill(box(-90, 96, 180, 16), CRUST)
            canvas.fill("26,60 100,60 100,180 34,180", INK, 0.14)
            canvas.fill(box(-58, 70, 14, 96, 6), HONEY)
        canvas.fill(box(-88, 156, 176, 22, 8), CRUST)


def flask(canvas: Canvas) -> None:
    """An experiment that bubbles."""
    ground_shade(canvas, 260, y=420)
    with canvas.at(320, 262):
        body = smooth("-30,-140 -30,-40 -74,36 -120,112 -104,146 0,150 104,146 120,112 74,36 30,-40 30,-140")
        canvas.fill(body, PAPER, 0.8)
        with canvas.inside(body):
            canvas.fill(smooth("-160,46 -70,34 0,52 70,34 160,46 160,180 -160,180"), MINT)
            canvas.fill(smooth("-160,86 -70,100 10,80 80,98 160,84 160,180 -160,180"), GREEN)
            for x, y, r in (
                (-40, 70, 12),
                (30, 64, 8),
                (56, 100, 14),
                (-64, 112, 9),
                (4, 116, 11),
                (-8, 20, 7),
                (10, -16, 6),
            ):
                canvas.fill(oval(x, y, r), PAPER, 0.55)
            canvas.fill("40,-150 140,-150 140,160 60,160", INK, 0.07)
        canvas.fill(box(-46, -160, 92, 24, 12), ICE)
        canvas.line(smooth("-18,-110 -18,-40 -58,34 -86,84", closed=False), PAPER, 8)
        for x, y, r, colour in ((-6, -186, 15, MINT), (24, -206, 10, SUN), (-34, -208, 9, CORAL), (4, -226, 7, SKY)):
            canvas.fill(oval(x, y, r), colour)


def torch(canvas: Canvas) -> None:
    """A torch that finds a dinosaur in the dark."""
    canvas.fill(box(96, 92, 448, 306, 34), INK)
    with canvas.inside(box(96, 92, 448, 306, 34)):
        canvas.fill("244,314 274,344 600,268 600,60 420,60", SUN, 0.9)
        with canvas.at(442, 208):
            canvas.fill(
                smooth(
                    "-74,62 -40,10 -16,-8 0,-52 38,-70 66,-52 52,-34 28,-28 30,14 46,60 24,62 14,40 -6,44 "
                    "-6,66 -30,66 -32,46"
                ),
                DEEP,
            )
            canvas.fill(oval(32, -52, 5), PAPER)
        for x, y in ((140, 130), (200, 180), (330, 116), (150, 260), (330, 370), (480, 366)):
            canvas.fill(spark(x, y, 9), SLATE)
    with canvas.at(214, 352, turn=-42):
        canvas.fill(box(-108, -23, 100, 46, 12), BRICK)
        canvas.fill(box(-108, 2, 100, 21, 8), BERRY)
        canvas.fill("-12,-23 32,-42 32,42 -12,23", CORAL)
        canvas.fill("-12,2 32,4 32,42 -12,23", BRICK)
        canvas.fill(box(30, -46, 16, 92, 6), STEEL)
        canvas.fill(box(-66, -30, 26, 10, 5), SUN)


# ── Music ──
def guitar(canvas: Canvas, wood: str = DOUGH, *, small: bool = False) -> None:
    ground_shade(canvas, 210, x=300, y=428)
    with canvas.at(318, 262, turn=24, scale=0.88 if small else 1):
        canvas.fill(box(-13, -206, 26, 170, 4), COCOA)
        for y in range(-186, -50, 24):
            canvas.fill(box(-13, y, 26, 4), STEEL)
        canvas.fill("-22,-260 22,-260 17,-200 -17,-200", BROWN)
        for y in (-248, -230, -212):
            for side in (-1, 1):
                canvas.fill(oval(side * 28, y, 8, 7), CREAM)
        body = smooth("-30,-62 -82,-36 -78,22 -62,44 -104,86 -86,152 0,172 86,152 104,86 62,44 78,22 82,-36 30,-62")
        with canvas.at(5, 7):
            canvas.fill(body, BROWN)
        canvas.fill(body, wood)
        with canvas.inside(body):
            canvas.fill(smooth("34,-70 120,-30 90,40 130,100 60,180 40,110 50,40"), INK, 0.1)
            canvas.fill(smooth("-66,-20 -52,-40 -56,0"), PAPER, 0.5)
            canvas.fill(smooth("-88,96 -70,74 -76,122"), PAPER, 0.5)
        canvas.fill(box(-13, -70, 26, 96, 4), COCOA)
        canvas.fill(oval(0, 42, 35), CRUST)
        canvas.fill(oval(0, 42, 28), COCOA)
        canvas.fill(box(-38, 112, 76, 15, 6), COCOA)
        for x in (-8, -3, 3, 8):
            canvas.line([(x, -200), (x, 118)], CREAM, 1.6)


def drums(canvas: Canvas) -> None:
    ground_shade(canvas, 300, y=420)
    with canvas.at(320, 290):
        shell = [*oval(0, -60, 150, 40, 180, 0), (150, 80), *oval(0, 80, 150, 42, 0, 180)]
        canvas.fill(shell, CORAL)
        with canvas.inside(shell):
            canvas.fill("60,-100 170,-100 170,140 50,140", INK, 0.12)
            for i in range(-3, 4):
                canvas.line([(i * 50 - 25, -40), (i * 50, 120)], HONEY, 6)
                canvas.line([(i * 50 + 25, -40), (i * 50, 120)], HONEY, 6)
        canvas.line(oval(0, 80, 150, 42, 0, 180), SUN, 16)
        canvas.fill(oval(0, -60, 156, 46), SUN)
        canvas.fill(oval(0, -64, 142, 38), PAPER)
        canvas.fill(oval(16, -58, 110, 26), SMOKE)
    for x, y, turn in ((250, 150, -38), (398, 146, 36)):
        with canvas.at(x, y, turn=turn):
            canvas.fill(box(-8, -104, 16, 200, 8), DOUGH)
            canvas.fill(box(1, -104, 7, 200, 4), CRUST)
            canvas.fill(oval(0, 98, 14, 17), CRUST)


def picks(canvas: Canvas) -> None:
    """Three plectrums."""
    ground_shade(canvas, 320, y=404)
    for x, y, turn, colour, soft in (
        (222, 264, -24, GREEN, MINT),
        (420, 262, 22, VIOLET, LILAC),
        (320, 240, -2, CORAL, PEACH),
    ):
        with canvas.at(x, y, turn=turn):
            pick = smooth("-84,-86 0,-104 84,-86 80,-20 38,64 0,112 -38,64 -80,-20")
            canvas.fill(pick, colour)
            with canvas.inside(pick):
                canvas.fill("20,-120 110,-120 110,130 0,130", INK, 0.1)
                canvas.fill(smooth("-66,-62 -30,-82 10,-86 -24,-68 -54,-30"), PAPER, 0.45)
            with canvas.at(0, -8, scale=0.8):
                _note(canvas, soft)


def headphones(canvas: Canvas) -> None:
    ground_shade(canvas, 280, y=414)
    with canvas.at(320, 264):
        canvas.line(oval(0, 10, 124, 138, 180, 360), DEEP, 28)
        canvas.line(oval(0, 10, 124, 138, 205, 262), GREEN, 10)
        for side in (-1, 1):
            with canvas.at(side * 122, 52, turn=side * -6, flip=side < 0):
                canvas.fill(box(-40, -62, 44, 126, 20), COCOA)
                canvas.fill(box(-16, -70, 62, 142, 30), CORAL)
                canvas.fill(box(18, -56, 22, 114, 11), BRICK)
                canvas.fill(box(-6, -52, 12, 50, 6), PEACH)
        with canvas.at(-4, 40):
            _note(canvas, VIOLET)


def microphone(canvas: Canvas) -> None:
    ground_shade(canvas, 200, y=424)
    with canvas.at(322, 244, turn=22):
        handle = "-34,10 34,10 20,182 -20,182"
        canvas.fill(handle, INK)
        canvas.fill("8,10 34,10 20,182 6,182", DEEP)
        canvas.fill(box(-10, 60, 20, 34, 8), SUN)
        head = oval(0, -62, 74)
        canvas.fill(head, SLATE)
        with canvas.inside(head):
            for i in range(-80, 90, 20):
                canvas.line([(i, -150), (i, 30)], STEEL, 4)
                canvas.line([(-90, -62 + i), (90, -62 + i)], STEEL, 4)
            canvas.fill(oval(40, -40, 70), INK, 0.2)
            canvas.fill(oval(-30, -94, 18, 12), PAPER, 0.7)
        canvas.fill(box(-58, -6, 116, 24, 12), CORAL)
    for x, y, turn, colour in ((466, 168, 10, ROSE), (190, 250, -12, VIOLET)):
        with canvas.at(x, y, turn=turn, scale=0.7):
            _note(canvas, colour)
