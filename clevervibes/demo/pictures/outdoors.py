"""Climbing hall, swimming pool and bicycle workshop."""

from clevervibes.demo.pictures.canvas import (
    AMBER,
    BERRY,
    BLUE,
    BRICK,
    BROWN,
    COCOA,
    CORAL,
    CREAM,
    DEEP,
    GREEN,
    HONEY,
    ICE,
    INK,
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
    box,
    oval,
    smooth,
    star,
)
from clevervibes.demo.pictures.scenery import ground_shade


# ── Climbing ──
def climbing_wall(canvas: Canvas) -> None:
    """A wall with holds and somebody on the way up."""
    ground_shade(canvas, 380, y=416)
    wall = "150,408 176,96 420,70 492,408"
    canvas.fill(wall, SAND)
    with canvas.inside(wall):
        canvas.fill("360,60 520,60 520,420 330,420", BROWN, 0.14)
        for line in ([(140, 250), (500, 220)], [(300, 60), (318, 420)]):
            canvas.line(line, PAPER, 5)
    for x, y, colour in (
        (206, 150, CORAL),
        (256, 118, SKY),
        (366, 104, SUN),
        (404, 168, VIOLET),
        (200, 232, GREEN),
        (244, 312, ROSE),
        (392, 262, CORAL),
        (440, 336, SUN),
        (196, 356, SKY),
        (430, 226, MINT),
        (350, 366, GREEN),
    ):
        _hold(canvas, x, y, colour)
    _climber(canvas)


def _hold(canvas: Canvas, x: float, y: float, colour: str, scale: float = 1) -> None:
    with canvas.at(x, y, turn=x * 3 % 60 - 30, scale=scale):
        canvas.fill(smooth("-22,10 -20,-10 -2,-18 18,-12 24,8 6,18"), INK, 0.18)
        canvas.fill(smooth("-22,4 -20,-14 -2,-22 18,-16 24,2 6,12"), colour)
        canvas.fill(oval(2, -4, 4), PAPER)


def _climber(canvas: Canvas) -> None:
    skin = "#c98b5e"
    canvas.line(smooth("322,60 316,150 318,244", closed=False), DEEP, 5)
    for limb in ("300,206 262,170 258,128", "338,200 366,158 366,114"):
        canvas.line(smooth(limb, closed=False), skin, 17)
    canvas.line(smooth("306,284 262,300 246,342", closed=False), BLUE, 23)
    canvas.line(smooth("332,284 376,300 354,352", closed=False), BLUE, 23)
    canvas.line([(240, 346), (256, 340)], COCOA, 17)
    canvas.line([(346, 358), (362, 358)], COCOA, 17)
    canvas.fill(smooth("288,192 348,188 350,240 342,288 296,290 286,240"), CORAL)
    canvas.fill(smooth("324,190 348,188 350,240 342,288 322,288"), BRICK, 0.5)
    canvas.fill(box(292, 268, 54, 14, 6), INK)
    canvas.fill(oval(320, 162, 27, 29), skin)
    canvas.fill([*oval(320, 154, 31, 30, 180, 360), (351, 162), (289, 162)], SUN)
    canvas.fill(box(286, 154, 68, 10, 5), AMBER)


def climbing_shoes(canvas: Canvas) -> None:
    ground_shade(canvas, 370, y=404)
    for x, y, colour, dark in ((286, 240, VIOLET, PLUM), (362, 296, CORAL, BRICK)):
        with canvas.at(x, y):
            upper = smooth("-142,-70 -100,-96 -62,-78 -30,-22 60,10 142,44 158,76 136,94 -120,94 -148,60")
            canvas.fill(upper, colour)
            with canvas.inside(upper):
                canvas.fill(smooth("-160,-60 -110,-40 -104,40 -60,110 -170,110"), dark)
                for dx in (-34, 16, 66):
                    canvas.line([(dx - 10, 0 + dx * 0.32), (dx - 34, 66)], PAPER, 11)
            canvas.fill(oval(-102, -78, 42, 17), INK)
            canvas.fill(smooth("-146,84 -60,76 60,86 160,72 150,104 -124,108"), INK)
            canvas.line(smooth("-142,-60 -160,-92 -140,-108", closed=False), SUN, 9)


def carabiner(canvas: Canvas) -> None:
    """A carabiner with a coiled rope."""
    ground_shade(canvas, 270, y=416)
    for i, colour in enumerate((BRICK, CORAL, BRICK, CORAL)):
        canvas.line(oval(312 + i * 5, 300 - i * 5, 118 - i * 20, 94 - i * 15), colour, 17, closed=True)
        for angle in range(i * 9, 360, 30):
            start = oval(312 + i * 5, 300 - i * 5, 118 - i * 20, 94 - i * 15, angle, angle + 5)
            canvas.line([start[0], start[-1]], HONEY, 7)
    with canvas.at(396, 200, turn=18):
        ring = smooth("-46,-96 0,-118 46,-96 54,-30 40,60 0,92 -40,60 -54,-30")
        canvas.line(ring, BLUE, 25, closed=True)
        canvas.line(smooth("-50,-40 -44,20 -34,56", closed=False), ICE, 6)
        canvas.line([(52, -50), (44, 34)], STEEL, 22)
        canvas.fill(box(32, -28, 36, 48, 9), SUN)


def chalk_bag(canvas: Canvas) -> None:
    ground_shade(canvas, 230, y=422)
    with canvas.at(320, 276):
        for x, y, r in ((-86, -116, 20), (92, -130, 26), (20, -160, 22), (-30, -148, 15), (70, -86, 15)):
            canvas.fill(oval(x, y, r), PAPER, 0.85)
        bag = smooth("-104,-66 104,-66 112,60 78,138 -78,138 -112,60")
        canvas.fill(bag, GREEN)
        with canvas.inside(bag):
            canvas.fill("40,-90 140,-90 140,150 20,150", INK, 0.13)
            canvas.fill(
                "-130,40 -60,-20 0,50 60,-30 130,50 130,90 60,20 0,96 -60,30 -130,84",
                SUN,
            )
        canvas.fill(oval(0, -66, 108, 36), DEEP)
        canvas.fill(oval(0, -62, 92, 26), PAPER)
        canvas.fill(oval(14, -58, 72, 17), SMOKE)
        canvas.line(smooth("-104,-50 -150,-10 -130,60", closed=False), CORAL, 12)


def summit(canvas: Canvas) -> None:
    """A mountain with a flag: the course that ends on top."""
    ground_shade(canvas, 400, y=410)
    canvas.fill("110,404 230,220 330,404", MINT)
    canvas.fill("210,404 360,130 530,404", GREEN)
    canvas.fill("360,130 530,404 390,404 410,300 372,250", DEEP)
    canvas.fill("360,130 404,202 386,222 368,200 346,226 332,206 318,208", PAPER)
    canvas.fill("230,220 256,268 238,282 222,266 204,278 198,270", PAPER)
    canvas.line([(360, 134), (360, 74)], BROWN, 7)
    canvas.fill("362,74 420,90 362,108", CORAL)
    canvas.fill(oval(176, 130, 36), SUN)
    path = "260,400 300,366 278,330 330,300 316,262 350,230"
    for x, y in smooth(path, closed=False, steps=5)[::2]:
        canvas.fill(oval(x, y, 5), HONEY)


# ── Swimming ──
def swim_ring(canvas: Canvas) -> None:
    """A ring on the waves."""
    with canvas.inside(oval(320, 260, 214, 170)):
        canvas.fill(box(80, 60, 480, 240), ICE)
        canvas.fill(oval(432, 138, 40), SUN)
        _wave(canvas, 276, SKY, 0)
    with canvas.at(320, 250, turn=-8):
        for i in range(8):
            canvas.fill([(0, 0), *oval(0, 0, 124, 106, 45 * i, 45 * i + 45)], CORAL if i % 2 else PAPER)
        for i in range(8):
            canvas.fill([(0, 0), *oval(0, 0, 124, 106, 45 * i + 22, 45 * i + 45)], INK, 0.05)
        canvas.line(oval(-2, -4, 106, 90, 200, 250), PAPER, 10)
        canvas.fill(oval(0, 0, 62, 52), SKY)
        canvas.fill(oval(0, -6, 60, 46), ICE)
    with canvas.inside(oval(320, 260, 214, 170)):
        _wave(canvas, 322, SKY, 18)
        _wave(canvas, 360, BLUE, -12)
        for x in (200, 330, 440):
            canvas.line(smooth([(x - 26, 400), (x - 10, 394), (x + 8, 400), (x + 26, 394)], closed=False), ICE, 6)


def _wave(canvas: Canvas, y: float, colour: str, shift: float) -> None:
    crest = [(40 + shift + i * 46, y + (-12 if i % 2 else 10)) for i in range(13)]
    canvas.fill([*smooth(crest, closed=False), (660, 480), (20, 480)], colour)


def diving_tower(canvas: Canvas) -> None:
    frame = oval(320, 258, 216, 172)
    with canvas.inside(frame):
        canvas.fill(box(80, 60, 480, 400), ICE)
        canvas.fill(oval(200, 140, 38), SUN)
        canvas.fill(box(440, 120, 26, 300), SLATE)
        canvas.fill(box(468, 120, 18, 300), STEEL)
        for y in range(190, 340, 26):
            canvas.fill(box(440, y, 46, 8), PAPER)
        canvas.fill(box(330, 156, 170, 20, 8), CORAL)
        canvas.fill(box(372, 240, 130, 18, 8), SUN)
        canvas.line("452,156 452,112 500,112", SLATE, 8)
        _wave(canvas, 338, SKY, 0)
        _wave(canvas, 378, BLUE, 20)
    skin = "#e2ab84"
    with canvas.at(270, 210, turn=148):
        canvas.line([(-8, -30), (-26, -84)], skin, 14)
        canvas.line([(8, -30), (4, -88)], skin, 14)
        canvas.fill(smooth("-22,-36 22,-36 18,20 -18,20"), skin)
        canvas.fill(box(-20, 2, 40, 34, 10), VIOLET)
        canvas.line([(-9, 30), (-12, 96)], skin, 16)
        canvas.line([(9, 30), (14, 94)], skin, 16)
        canvas.fill(oval(0, -56, 21), skin)
        canvas.fill([*oval(0, -60, 23, 21, 180, 360), (23, -54), (-23, -54)], CORAL)
    for x, y, r in ((226, 330, 9), (250, 316, 6), (300, 322, 8), (330, 334, 6)):
        canvas.fill(oval(x, y, r), PAPER)


def goggles(canvas: Canvas) -> None:
    ground_shade(canvas, 360, y=374)
    with canvas.at(320, 250):
        canvas.line(
            smooth("-158,-6 -206,-50 -150,-108 0,-128 150,-108 206,-50 158,-6", closed=False),
            DEEP,
            20,
        )
        canvas.line(smooth("-196,-54 -146,-100 0,-120 60,-116", closed=False), GREEN, 7)
        canvas.line(smooth("-40,4 0,-14 40,4", closed=False), DEEP, 18)
        for side in (-1, 1):
            with canvas.at(side * 98, 16):
                rim = smooth("-84,-34 0,-66 84,-34 84,34 0,62 -84,34")
                canvas.fill(rim, CORAL)
                lens = smooth("-66,-24 0,-48 66,-24 66,24 0,46 -66,24")
                canvas.fill(lens, SKY)
                with canvas.inside(lens):
                    canvas.fill(oval(30, 30, 80, 50), BLUE, 0.55)
                    canvas.fill("-40,-70 -14,-70 -54,70 -80,70", PAPER, 0.65)
                    canvas.fill("4,-70 14,-70 -26,70 -36,70", PAPER, 0.65)
    for x, y, r in ((176, 356, 8), (206, 376, 5), (470, 352, 10), (500, 372, 6)):
        canvas.fill(oval(x, y, r), SKY)


def beach_ball(canvas: Canvas) -> None:
    """A party in the water: ball and duck."""
    frame = oval(320, 258, 216, 172)
    with canvas.inside(frame):
        canvas.fill(box(80, 60, 480, 400), ICE)
        _wave(canvas, 300, SKY, 0)
    with canvas.at(246, 214, turn=-18):
        ball = oval(0, 0, 92)
        canvas.fill(ball, PAPER)
        with canvas.inside(ball):
            for i, colour in enumerate((CORAL, SUN, VIOLET)):
                canvas.fill([(-18, -30), *oval(-18, -30, 200, 200, 120 * i + 10, 120 * i + 70)], colour)
            canvas.fill(oval(40, 46, 96), INK, 0.09)
            canvas.fill(oval(-18, -30, 15), PAPER)
        canvas.fill(oval(-44, -54, 12, 8), PAPER)
    with canvas.at(408, 268):
        canvas.fill(smooth("-96,0 -110,-38 -60,-22 0,-20 66,-20 92,10 66,62 -50,66"), SUN)
        canvas.fill(smooth("-60,6 -10,-8 26,14 -6,40 -50,36"), AMBER)
        canvas.fill(oval(42, -62, 52), SUN)
        canvas.fill(smooth("80,-66 124,-62 120,-46 82,-40"), CORAL)
        canvas.fill(oval(58, -76, 8), INK)
        canvas.fill(oval(61, -79, 3), PAPER)
    with canvas.inside(frame):
        _wave(canvas, 326, SKY, 24)
        _wave(canvas, 366, BLUE, -6)


def pool_ladder(canvas: Canvas) -> None:
    """The pool with its ladder and lanes: a plain day ticket."""
    frame = box(110, 90, 420, 316, 44)
    canvas.shadow(box(116, 120, 410, 300, 44), alpha=0.2, blur=8)
    canvas.fill(frame, CREAM)
    water = box(134, 150, 372, 232, 26)
    canvas.fill(water, SKY)
    with canvas.inside(water):
        canvas.fill(box(134, 150, 372, 22), BLUE, 0.5)
        for y in (216, 286, 352):
            for i, x in enumerate(range(140, 520, 22)):
                canvas.fill(oval(x, y, 9, 7), CORAL if i % 2 else PAPER)
        for x, y in ((190, 190), (330, 250), (230, 320), (420, 200), (450, 320)):
            canvas.line(
                smooth([(x - 30, y + 4), (x - 10, y - 4), (x + 10, y + 4), (x + 30, y - 4)], closed=False), ICE, 6
            )
        with canvas.at(300, 250):
            canvas.line(smooth("-60,10 -20,2 20,6", closed=False), "#e2ab84", 22)
            canvas.line(smooth("14,4 52,-26 78,0", closed=False), "#e2ab84", 13)
            canvas.fill(oval(40, 6, 21), "#e2ab84")
            canvas.fill([*oval(40, 2, 22, 20, 180, 360), (62, 6), (18, 6)], VIOLET)
            canvas.fill(oval(-84, 12, 16, 9), PAPER, 0.8)
    for x in (424, 466):
        canvas.line(smooth([(x, 218), (x, 136), (x + 8, 112), (x + 24, 108), (x + 34, 124)], closed=False), SLATE, 11)
    for y in (176, 200):
        canvas.line([(424, y), (466, y)], STEEL, 9)


# ── Bicycles ──
def bicycle(canvas: Canvas, colour: str = CORAL) -> None:
    ground_shade(canvas, 420, y=404)
    back, front, crank, seat, head = (210, 316), (438, 316), (308, 322), (282, 196), (410, 196)
    for x, y in (back, front):
        canvas.line(oval(x, y, 80), INK, 13, closed=True)
        canvas.line(oval(x, y, 68), STEEL, 5, closed=True)
        for angle in range(0, 180, 30):
            a, b = oval(x, y, 66, 66, angle, angle + 180)[0], oval(x, y, 66, 66, angle, angle + 180)[-1]
            canvas.line([a, b], STEEL, 2.2)
        canvas.fill(oval(x, y, 11), SLATE)
    for a, b in (
        (back, crank),
        (back, (286, 210)),
        (crank, (406, 216)),
        ((286, 214), (408, 206)),
        (crank, seat),
        (head, front),
    ):
        canvas.line([a, b], colour, 13)
    canvas.line([seat, (278, 178)], SLATE, 9)
    canvas.fill(smooth("234,172 276,160 316,166 300,182 250,184"), COCOA)
    canvas.line(smooth("408,200 398,158 434,142 452,160", closed=False), SLATE, 10)
    canvas.line([(440, 148), (456, 164)], COCOA, 14)
    canvas.line(oval(*crank, 26), SUN, 9, closed=True)
    canvas.line([crank, (330, 354)], SLATE, 8)
    canvas.line([(318, 358), (344, 354)], INK, 9)
    canvas.fill(oval(430, 196, 14), SUN)


def wrench(canvas: Canvas) -> None:
    """A spanner over a gear wheel: the check-up."""
    ground_shade(canvas, 300, y=412)
    with canvas.at(294, 270):
        canvas.fill(star(0, 0, 128, 100, 12), SLATE)
        canvas.fill(oval(0, 0, 104), SLATE)
        canvas.fill(star(-4, -5, 126, 99, 12), STEEL)
        canvas.fill(oval(-4, -5, 102), STEEL)
        canvas.fill(oval(-4, -5, 76), SMOKE)
        for i in range(5):
            x, y = oval(-4, -5, 48, 48, 72 * i, 72 * i + 1)[0]
            canvas.fill(oval(x, y, 17), SLATE)
        canvas.fill(oval(-4, -5, 22), SUN)
    with canvas.at(376, 240, turn=34):
        canvas.fill(box(-21, -92, 42, 218, 18), CORAL)
        canvas.fill(box(2, -92, 19, 218, 9), BRICK)
        jaw = [*oval(0, -118, 58, 58, -58, 238), (-20, -122), (0, -108), (20, -122)]
        canvas.fill(jaw, CORAL)
        canvas.fill(oval(0, 122, 34), CORAL)
        canvas.fill(oval(0, 122, 15), canvas.soft)
        canvas.fill(box(-12, -60, 8, 130, 4), PEACH)


def bike_light(canvas: Canvas) -> None:
    ground_shade(canvas, 300, y=404)
    canvas.fill([(320, 196), *oval(320, 224, 250, 132, -50, 50), (320, 256)], SUN, 0.4)
    canvas.fill([(320, 206), *oval(320, 224, 210, 84, -50, 50), (320, 246)], HONEY, 0.75)
    with canvas.at(236, 230):
        lamp = smooth("-96,-26 -40,-60 66,-76 90,-70 90,70 66,76 -40,60 -96,26")
        canvas.fill(lamp, INK)
        with canvas.inside(lamp):
            canvas.fill(smooth("-80,-24 -34,-50 50,-62 40,-48 -40,-34"), SLATE)
            canvas.fill(box(-110, 30, 240, 60), DEEP)
        canvas.fill(oval(88, 0, 26, 72), STEEL)
        canvas.fill(oval(92, 0, 19, 58), CREAM)
        canvas.fill(oval(94, 0, 10, 34), SUN)
        canvas.fill(box(-30, 62, 44, 66, 8), SLATE)
        canvas.fill(box(-70, 116, 130, 34, 16), COCOA)
    with canvas.at(466, 372):
        canvas.fill(box(-44, -34, 88, 68, 22), BERRY)
        canvas.fill(box(-36, -26, 72, 52, 16), BRICK)
        for x in (-18, 0, 18):
            canvas.fill(oval(x, 0, 8), PEACH)


def bell(canvas: Canvas) -> None:
    ground_shade(canvas, 260, y=404)
    with canvas.at(320, 262):
        canvas.fill(box(-62, 74, 124, 38, 16), SLATE)
        canvas.fill(box(-150, 96, 300, 32, 16), COCOA)
        canvas.fill(box(-20, 48, 40, 48), STEEL)
        canvas.line(smooth("70,64 130,50 156,20", closed=False), SLATE, 14)
        canvas.fill(oval(158, 14, 17), CORAL)
        dome = [*oval(0, 46, 128, 134, 180, 360), (128, 60), (-128, 60)]
        canvas.fill(dome, SUN)
        with canvas.inside(dome):
            canvas.fill(oval(70, 40, 110, 140), AMBER, 0.6)
            canvas.fill(oval(-16, 40, 106, 120), SUN)
            canvas.fill(smooth("-96,20 -76,-34 -34,-64 -52,-32 -76,24"), PAPER, 0.75)
        canvas.fill(box(-136, 44, 272, 24, 12), AMBER)
        canvas.fill(oval(0, -88, 15), AMBER)
    for angle in (-150, -120, -60, -30):
        a, b = oval(320, 262, 166, 160, angle, angle + 1)[0], oval(320, 262, 196, 186, angle, angle + 1)[0]
        canvas.line([a, b], CORAL, 9)


def helmet(canvas: Canvas) -> None:
    ground_shade(canvas, 300, y=398)
    with canvas.at(320, 262):
        canvas.line(smooth("-92,62 -60,124 0,138 50,116 96,60", closed=False), INK, 11)
        canvas.fill(box(-16, 126, 34, 22, 8), CORAL)
        shell = smooth("-164,40 -150,-46 -84,-108 10,-122 104,-88 160,-10 174,48 120,66 0,58 -110,72")
        canvas.fill(shell, GREEN)
        with canvas.inside(shell):
            canvas.fill(smooth("40,-130 200,-60 200,90 60,90 120,20 100,-60"), INK, 0.14)
            for points in (
                "-110,-30 -70,-78 -40,-80 -78,-10",
                "-30,-20 -10,-92 28,-92 26,-14",
                "74,-10 66,-78 98,-60 122,0",
            ):
                canvas.fill(smooth(points), DEEP)
            canvas.fill(smooth("-150,10 -126,-50 -90,-82 -116,-44 -134,16"), MINT)
            canvas.fill("-200,34 200,24 200,44 -200,54", SUN)
        canvas.fill(smooth("140,30 206,44 212,60 150,66"), DEEP)


def inner_tube(canvas: Canvas) -> None:
    """A tube, a patch and a pump: mend it yourself."""
    ground_shade(canvas, 360, y=408)
    canvas.line(oval(272, 270, 108, 106), INK, 34, closed=True)
    canvas.line(oval(272, 266, 108, 106, 190, 270), SLATE, 8)
    with canvas.at(196, 196, turn=-42):
        canvas.fill(box(-34, -22, 68, 44, 14), BRICK)
        canvas.fill(box(-22, -12, 44, 24, 9), CORAL)
    canvas.fill(box(266, 130, 14, 34, 4), SUN)
    with canvas.at(456, 256, turn=10):
        canvas.fill(box(-9, -150, 18, 110), STEEL)
        canvas.fill(box(-56, -168, 112, 28, 14), COCOA)
        canvas.fill(box(-24, -70, 48, 196, 12), SKY)
        canvas.fill(box(4, -70, 20, 196, 8), BLUE)
        canvas.fill(box(-52, 122, 104, 22, 10), INK)
    canvas.line(smooth("430,372 380,392 330,340 300,210 274,150", closed=False), DEEP, 8)


def lock(canvas: Canvas) -> None:
    ground_shade(canvas, 230, y=418)
    with canvas.at(320, 268):
        canvas.line([(-64, 10), *oval(0, -64, 64, 74, 180, 360), (64, 10)], SLATE, 28)
        canvas.line([(-64, -10), *oval(0, -64, 64, 74, 180, 250)], STEEL, 9)
        canvas.fill(box(-106, -22, 212, 164, 30), VIOLET)
        body = box(-106, -22, 212, 164, 30)
        with canvas.inside(body):
            canvas.fill("46,-40 130,-40 130,160 26,160", PLUM)
            canvas.fill(box(-88, 0, 14, 110, 7), LILAC)
        canvas.fill(oval(0, 44, 25), SUN)
        canvas.fill("-9,50 9,50 16,100 -16,100", SUN)


def tool_belt(canvas: Canvas) -> None:
    """Screwdriver, spanner and oil can side by side."""
    ground_shade(canvas, 380, y=412)
    with canvas.at(210, 250, turn=-14):
        canvas.fill(box(-26, -150, 52, 134, 22), CORAL)
        canvas.fill(box(4, -150, 22, 134, 11), BRICK)
        canvas.fill(box(-18, -24, 36, 18, 5), COCOA)
        canvas.fill(box(-8, -8, 16, 140), STEEL)
        canvas.fill("-13,116 13,116 8,146 -8,146", SLATE)
    with canvas.at(320, 272):
        canvas.fill("-10,-120 6,-120 34,-20 -26,-20", SUN)
        canvas.line([(-2, -116), (24, -158)], AMBER, 9)
        can = box(-62, -26, 124, 154, 20)
        canvas.fill(can, SUN)
        with canvas.inside(can):
            canvas.fill(box(18, -40, 60, 180), AMBER)
            canvas.fill(box(-70, 26, 150, 56), PAPER)
        canvas.fill(smooth("0,34 15,58 0,74 -15,58"), SKY)
    with canvas.at(438, 256, turn=14):
        canvas.fill(box(-17, -100, 34, 210, 14), BLUE)
        canvas.fill(box(2, -100, 15, 210, 7), INK, 0.2)
        canvas.fill([*oval(0, -116, 46, 46, -58, 238), (-16, -120), (0, -108), (16, -120)], BLUE)
        canvas.fill([*oval(0, 120, 42, 42, 122, 418), (16, 124), (0, 112), (-16, 124)], BLUE)
