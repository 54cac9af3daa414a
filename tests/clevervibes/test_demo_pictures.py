from io import BytesIO

import pytest
from PIL import Image

from clevervibes.demo import pictures
from clevervibes.demo.shops import SHOPS

DEALS = [deal for shop in SHOPS for deal in shop.deals]


def test_sixty_offers_have_sixty_different_pictures():
    assert len(DEALS) == 60
    assert len({(deal.picture, tuple(deal.details)) for deal in DEALS}) == 60


@pytest.mark.parametrize("deal", DEALS, ids=[deal.title for deal in DEALS])
def test_picture_is_small_and_has_an_object_in_the_middle(deal):
    data = pictures.draw(*deal.picture, **deal.details)

    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.size) == ("WEBP", (640, 480))
    assert len(data) <= 25_000
    middle = picture.crop((200, 120, 440, 400)).quantize(16)
    assert len(middle.getcolors()) >= 6, "an empty background has two colours"


def test_same_arguments_draw_the_same_picture():
    assert pictures.draw("croissant", "sun") == pictures.draw("croissant", "sun")
    assert pictures.draw("croissant", "sun") != pictures.draw("croissant", "mint")
