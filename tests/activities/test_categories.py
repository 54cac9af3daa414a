import re

import pytest
from django.conf import settings

from activities.models import Category

pytestmark = pytest.mark.django_db


def test_a_new_club_has_ten_that_count_and_says_what_does_not():
    assert Category.objects.filter(counts=True).count() == 10
    assert set(Category.objects.filter(counts=False).values_list("slug", flat=True)) == {"schule", "arbeit"}


def test_each_category_has_an_icon_and_a_tint_that_exist():
    img = settings.BASE_DIR / "clevervibes" / "static" / "clevervibes"
    icons = set(re.findall(r'id="([^"]+)"', (img / "img" / "icons.svg").read_text()))
    tints = set(re.findall(r"\.tint-([a-z]+)", (img / "css" / "components.css").read_text()))

    for category in Category.objects.all():
        assert category.icon in icons, category.slug
        assert category.tint in tints, category.slug
