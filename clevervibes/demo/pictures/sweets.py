"""Ice cream and what a bakery has."""

from clevervibes.demo.pictures.canvas import (
    AMBER,
    BERRY,
    BLUSH,
    BRICK,
    BROWN,
    COCOA,
    CORAL,
    CREAM,
    CRUST,
    DOUGH,
    HONEY,
    ICE,
    INK,
    LEAF,
    MINT,
    PAPER,
    PEACH,
    ROSE,
    SAND,
    SKY,
    SMOKE,
    STEEL,
    SUN,
    VIOLET,
    Canvas,
    box,
    oval,
    points_of,
    smooth,
)
from clevervibes.demo.pictures.scenery import ground_shade


def ice_cone(canvas: Canvas, *scoops: str) -> None:
    """A waffle cone with one to four scoops, the first one lowest."""
    ground_shade(canvas, 120, y=432)
    lift = 18 if len(scoops) > 2 else 0
    with canvas.at(320, 250 + lift):
        cone = "-78,0 78,0 10,178 -10,178"
        canvas.fill(cone, DOUGH)
        with canvas.inside(cone):
            for left in range(-200, 240, 34):
                canvas.line([(left, -10), (left + 110, 190)], CRUST, 5)
                canvas.line([(left + 60, -10), (left - 50, 190)], CRUST, 5)
            canvas.fill("30,-10 90,-10 30,190 0,190", COCOA, 0.14)
        places = ("0,-52", "-24,-46 20,-122", "-44,-36 44,-36 0,-106", "-46,-34 46,-34 -34,-104 36,-112")[
            len(scoops) - 1
        ]
        radius = 84 if len(scoops) == 1 else 66
        for (x, y), colour in zip(points_of(places), scoops, strict=True):
            _scoop(canvas, x, y, radius, colour)
        rim = box(-86, -14, 172, 30, 15)
        canvas.fill(rim, CRUST)
        canvas.fill(box(-86, -14, 172, 17, 8), DOUGH)


def _scoop(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    with canvas.at(x, y, scale=radius / 80):
        ball = smooth("-80,10 -56,-56 0,-80 56,-56 80,10 70,46 44,34 22,56 -6,38 -32,56 -56,36 -72,42")
        canvas.fill(ball, colour)
        with canvas.inside(ball):
            canvas.fill(oval(34, 26, 82), INK, 0.10)
            canvas.fill(oval(-12, -14, 78), colour)
            canvas.fill(smooth("-56,-4 -44,-40 -14,-60 -22,-36 -44,-8"), PAPER, 0.55)
        for dx, dy in ((10, -34), (40, -6), (-8, 4), (22, 20), (-34, 20)):
            canvas.fill(oval(dx, dy, 4), INK, 0.12)


def spaghetti_ice(canvas: Canvas) -> None:
    """Vanilla noodles under strawberry sauce in a glass on a foot."""
    ground_shade(canvas, 200, y=428)
    with canvas.at(320, 250):
        canvas.fill(box(-62, 158, 124, 18, 9), SKY)
        canvas.fill(box(-11, 96, 22, 70), ICE)
        mound = smooth("-122,26 -112,-24 -66,-62 0,-76 66,-62 112,-24 122,26")
        canvas.fill(mound, AMBER)
        for reach, lift, colour in ((118, 8, HONEY), (112, -6, CREAM), (98, -22, HONEY), (84, -38, CREAM)):
            for x in range(-reach, reach - 20, 30):
                arch = [
                    (x - 6, lift + 22),
                    (x + 6, lift - 10),
                    (x + 26, lift - 14),
                    (x + 40, lift + 6),
                    (x + 36, lift + 24),
                ]
                canvas.line(smooth(arch, closed=False), colour, 13)
        sauce = smooth("-72,-44 -44,-78 0,-92 48,-78 78,-40 62,-26 56,0 36,-20 10,-12 -4,12 -26,-18 -52,-10")
        canvas.fill(sauce, ROSE)
        with canvas.inside(sauce):
            canvas.fill(oval(58, -16, 56), INK, 0.10)
            canvas.fill(smooth("-52,-48 -28,-70 6,-82 -14,-64 -36,-46"), PAPER, 0.5)
        for x, y, turn in ((-30, -46, 20), (12, -66, -30), (44, -44, 50), (0, -34, 0)):
            with canvas.at(x, y, turn=turn):
                canvas.fill(box(-14, -4, 28, 8, 4), PAPER)
        bowl = [*oval(0, 22, 136, 92, 0, 180)]
        canvas.fill(bowl, ICE)
        with canvas.inside(bowl):
            canvas.fill(oval(90, 70, 90), SKY, 0.35)
            canvas.fill(box(-100, 36, 16, 44, 8), PAPER, 0.75)
        canvas.fill(box(-146, 14, 292, 20, 10), SKY)
        canvas.fill(box(-146, 14, 292, 10, 5), PAPER, 0.45)


def milkshake(canvas: Canvas, drink: str = BLUSH, straw: str = CORAL) -> None:
    ground_shade(canvas, 170, y=430)
    with canvas.at(320, 240):
        with canvas.at(34, -60, turn=14):
            canvas.fill(box(-9, -110, 18, 150, 6), straw)
            for y in range(-100, 30, 34):
                canvas.fill([(-9, y), (9, y - 12), (9, y + 2), (-9, y + 14)], PAPER)
        for x, y, r in ((-52, -46, 40), (50, -46, 40), (-6, -56, 50), (-26, -92, 34), (20, -92, 32), (-4, -120, 24)):
            canvas.fill(oval(x, y, r), PAPER)
        for x, y, r in ((34, -40, 34), (16, -78, 24)):
            canvas.fill(oval(x, y, r), SMOKE)
        canvas.fill(oval(-8, -148, 20), BRICK)
        canvas.fill(oval(-14, -155, 6), PAPER, 0.7)
        canvas.line(smooth("-6,-164 2,-186 20,-196", closed=False), LEAF, 6)
        glass = "-92,-30 92,-30 62,186 -62,186"
        canvas.fill(glass, drink)
        with canvas.inside(glass):
            canvas.fill("26,-40 100,-40 90,200 10,200", INK, 0.08)
            canvas.fill(smooth("-92,-30 -50,10 -10,-8 30,18 92,-20 92,-60 -92,-60"), PAPER, 0.65)
            canvas.fill("-70,0 -48,0 -34,150 -50,150", PAPER, 0.55)
        canvas.fill(box(-100, -42, 200, 22, 11), ICE)
        canvas.fill(box(-72, 176, 144, 16, 8), ICE)


def croissant(canvas: Canvas) -> None:
    ground_shade(canvas, 330, y=366)
    with canvas.at(320, 262, turn=-6):
        body = smooth(
            "-164,98 -180,74 -172,10 -120,-70 -40,-108 40,-108 120,-70 172,10 180,74 164,98 140,92 "
            "108,56 60,30 0,22 -60,30 -108,56 -140,92"
        )
        canvas.fill(body, DOUGH)
        with canvas.inside(body):
            canvas.fill(smooth("-200,120 -110,40 0,6 110,40 200,120 200,200 -200,200"), CRUST)
            for side in (-1, 1):
                canvas.line(smooth([(side * 34, -120), (side * 52, -40), (side * 44, 60)], closed=False), CRUST, 9)
                canvas.line(smooth([(side * 98, -100), (side * 116, -16), (side * 92, 90)], closed=False), CRUST, 9)
                canvas.line(smooth([(side * 150, -50), (side * 158, 20), (side * 128, 100)], closed=False), CRUST, 9)
                canvas.fill(smooth([(side * 62, -88), (side * 96, -68), (side * 104, -34), (side * 74, -50)]), HONEY)
                canvas.fill(smooth([(side * 126, -46), (side * 146, -14), (side * 146, 14), (side * 128, -8)]), HONEY)
            canvas.fill(smooth("-26,-100 26,-100 34,-60 0,-70 -34,-60"), HONEY)
    for x, y, r in ((160, 384, 7), (196, 400, 5), (470, 392, 6), (440, 404, 4)):
        canvas.fill(oval(x, y, r), CRUST)


def raisin_snail(canvas: Canvas) -> None:
    ground_shade(canvas, 300, y=404)
    with canvas.at(320, 252):
        canvas.fill(oval(0, 8, 152, 146), CRUST)
        canvas.fill(oval(0, -2, 152, 144), DOUGH)
        spiral = [_polar(a, 138 - a * 0.104) for a in range(0, 1260, 8)]
        canvas.line(spiral, CRUST, 13)
        canvas.line([_polar(a, 126 - a * 0.104) for a in range(140, 330, 8)], HONEY, 9)
        canvas.line([_polar(a, 84 - (a - 360) * 0.104) for a in range(520, 660, 8)], HONEY, 8)
        for angle, distance in (
            (20, 112),
            (75, 118),
            (128, 100),
            (205, 108),
            (262, 116),
            (318, 100),
            (50, 66),
            (165, 62),
            (290, 64),
            (230, 30),
        ):
            x, y = _polar(angle, distance)
            canvas.fill(oval(x, y, 11, 9), COCOA)
            canvas.fill(oval(x - 3, y - 3, 3), PAPER, 0.5)
        canvas.line([_polar(a, 106) for a in range(188, 236, 4)], PAPER, 8)
        canvas.line([_polar(a, 106) for a in range(246, 254, 4)], PAPER, 8)


def _polar(angle: float, distance: float) -> tuple[float, float]:
    return oval(0, 0, distance, distance, angle, angle + 1)[0]


def filled_roll(canvas: Canvas) -> None:
    ground_shade(canvas, 320, y=400)
    with canvas.at(320, 260):
        lower = smooth("-150,62 150,62 152,100 120,128 -120,128 -152,100")
        canvas.fill(lower, DOUGH)
        with canvas.inside(lower):
            canvas.fill(box(-170, 102, 340, 40), CRUST)
        canvas.fill(smooth("-166,44 -120,66 -84,48 -40,72 4,50 48,72 92,48 130,68 168,44 150,26 -150,26"), LEAF)
        for x in (-84, 6, 92):
            canvas.fill(oval(x, 26, 54, 17), BRICK)
            canvas.fill(oval(x - 8, 22, 34, 7), CORAL)
        canvas.fill(
            "-150,4 150,4 158,20 96,22 66,52 36,22 -70,22 -100,46 -124,20 -158,20",
            SUN,
        )
        upper = smooth("-156,8 -150,-50 -90,-112 0,-128 90,-112 150,-50 156,8 120,18 -120,18")
        canvas.fill(upper, DOUGH)
        with canvas.inside(upper):
            canvas.fill(oval(60, -20, 170, 110), CRUST, 0.55)
            canvas.fill(oval(-20, -36, 150, 100), DOUGH)
            canvas.fill(smooth("-112,-44 -70,-90 -10,-108 -30,-86 -80,-56"), HONEY)
        for x, y, turn in (
            (-60, -62, -30),
            (-10, -86, 10),
            (46, -70, 40),
            (92, -40, 60),
            (10, -44, -20),
            (-96, -24, -50),
            (60, -22, 20),
        ):
            with canvas.at(x, y, turn=turn):
                canvas.fill(oval(0, 0, 6, 11), CREAM)


def cocoa(canvas: Canvas) -> None:
    ground_shade(canvas, 300, y=408)
    with canvas.at(310, 262):
        canvas.line(smooth("104,-20 168,-26 172,54 96,70", closed=False), CORAL, 24)
        cup = smooth("-122,-60 122,-60 116,60 70,132 -70,132 -116,60")
        canvas.fill(cup, CORAL)
        with canvas.inside(cup):
            canvas.fill(oval(96, 40, 76, 130), INK, 0.11)
            canvas.fill(smooth("-104,-30 -84,-30 -80,40 -60,90 -84,70 -102,20"), PAPER, 0.4)
            heart = smooth("0,78 -36,40 -34,8 -12,2 0,18 12,2 34,8 36,40")
            canvas.fill(heart, PAPER, 0.9)
        canvas.fill(oval(0, -60, 124, 34), PEACH)
        canvas.fill(oval(0, -58, 108, 26), BROWN)
        canvas.fill(oval(8, -54, 92, 18), COCOA)
        for x, y, r in ((-38, -68, 30), (8, -74, 34), (48, -66, 24)):
            canvas.fill(oval(x, y, r, r * 0.76), PAPER)
        canvas.fill(oval(22, -62, 36, 12), SMOKE)
        for x, y in ((-34, -78), (0, -90), (30, -78), (52, -70), (-14, -70)):
            canvas.fill(oval(x, y, 3.5), BROWN)
        for x in (-52, 4, 58):
            steam = [(x, -112), (x - 9, -126), (x, -142), (x + 9, -158), (x, -174), (x - 6, -186)]
            canvas.line(smooth(steam, closed=False), PAPER, 9)
    canvas.fill(oval(320, 404, 168, 17), PAPER)
    canvas.fill(oval(320, 400, 168, 15), SMOKE)
    canvas.fill(oval(312, 396, 86, 7), STEEL)


def breakfast_bag(canvas: Canvas) -> None:
    """A paper bag that a croissant and a roll look out of."""
    ground_shade(canvas, 260, y=424)
    with canvas.at(320, 256):
        with canvas.at(-44, -88, turn=-24):
            roll = smooth("-62,60 -66,-30 -36,-74 0,-82 36,-74 66,-30 62,60")
            canvas.fill(roll, DOUGH)
            with canvas.inside(roll):
                canvas.fill(oval(44, 0, 50, 100), CRUST, 0.55)
                for y in (-52, -18):
                    canvas.line(smooth([(-34, y + 12), (0, y), (30, y - 16)], closed=False), CRUST, 8)
        with canvas.at(58, -84, turn=16):
            horn = smooth("-40,70 -44,-10 -20,-64 16,-92 36,-84 24,-40 44,10 40,70")
            canvas.fill(horn, CRUST)
            with canvas.inside(horn):
                for y in (-70, -28, 14):
                    canvas.fill(
                        smooth([(-60, y + 34), (0, y - 4), (60, y - 20), (60, y - 2), (0, y + 16), (-60, y + 54)]),
                        DOUGH,
                    )
        bag = (
            "-116,-70 -96,-54 -76,-72 -54,-54 -32,-72 -8,-54 14,-72 38,-54 60,-72 82,-54 104,-72 "
            "116,-60 108,168 -108,168"
        )
        canvas.fill(bag, SAND)
        with canvas.inside(bag):
            canvas.fill("60,-80 130,-80 130,180 72,180", BROWN, 0.16)
            canvas.line([(-76, -30), (-82, 160)], CREAM, 6)
        canvas.fill(oval(-6, 54, 58), CORAL)
        canvas.fill(oval(-6, 54, 48), CREAM)
        _wheat(canvas, -6, 92)


def _wheat(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x, y), (x, y - 66)], AMBER, 6)
    for step in range(4):
        for side in (-1, 1):
            with canvas.at(x + side * 12, y - 22 - step * 14, turn=side * 40):
                canvas.fill(oval(0, 0, 6, 12), AMBER)
    canvas.fill(oval(x, y - 76, 6, 11), AMBER)


def muffin(canvas: Canvas) -> None:
    """A birthday muffin with a candle."""
    ground_shade(canvas, 190, y=420)
    with canvas.at(320, 262):
        canvas.fill(box(-9, -186, 18, 74, 6), SKY)
        for y in (-176, -148):
            canvas.fill([(-9, y + 12), (9, y), (9, y + 10), (-9, y + 22)], PAPER)
        canvas.fill(smooth("0,-232 17,-204 0,-188 -17,-204"), SUN)
        canvas.fill(smooth("0,-214 8,-200 0,-192 -8,-200"), CORAL)
        top = smooth("-124,10 -118,-56 -70,-104 0,-122 70,-104 118,-56 124,10 84,34 40,20 0,36 -44,20 -84,34")
        canvas.fill(top, BLUSH)
        with canvas.inside(top):
            canvas.fill(oval(66, -10, 100, 110), BERRY, 0.18)
            canvas.fill(oval(-22, -34, 120, 90), BLUSH)
            canvas.fill(smooth("-92,-40 -66,-78 -24,-98 -40,-72 -76,-32"), PAPER, 0.6)
        for x, y, turn, colour in (
            (-50, -24, 20, SUN),
            (10, -60, 70, CORAL),
            (52, -20, -30, VIOLET),
            (-4, -6, 10, MINT),
            (84, -8, 60, SUN),
            (-86, 0, -50, SKY),
            (40, -82, 30, SKY),
        ):
            with canvas.at(x, y, turn=turn):
                canvas.fill(box(-12, -5, 24, 10, 5), colour)
        cup = "-98,26 98,26 70,150 -70,150"
        canvas.fill(cup, CORAL)
        with canvas.inside(cup):
            for x in range(-90, 100, 36):
                canvas.fill([(x, 20), (x + 16, 20), (x * 0.72 + 12, 156), (x * 0.72, 156)], PEACH)
            canvas.fill("40,20 110,20 90,160 30,160", INK, 0.1)
