import re

import pytest
from django.conf import settings

from activities import categories
from activities.models import Category

pytestmark = pytest.mark.django_db


def test_ensure_makes_the_ten_that_count_and_says_what_does_not():
    found = categories.ensure()

    assert sum(category.counts for category in found.values()) == 10
    assert {category.slug for category in found.values() if not category.counts} == {"schule", "arbeit"}


def test_ensure_again_leaves_what_the_team_changed():
    categories.ensure()
    Category.objects.filter(slug="ehrenamt").update(name="Helfen", counts=False)

    found = categories.ensure()

    assert Category.objects.count() == 12
    assert (found["ehrenamt"].name, found["ehrenamt"].counts) == ("Helfen", False)


def test_each_category_has_an_icon_and_a_tint_that_exist():
    img = settings.BASE_DIR / "clevervibes" / "static" / "clevervibes"
    icons = set(re.findall(r'id="([^"]+)"', (img / "img" / "icons.svg").read_text()))
    tints = set(re.findall(r"\.tint-([a-z]+)", (img / "css" / "components.css").read_text()))

    for category in categories.ensure().values():
        assert category.icon in icons, category.slug
        assert category.tint in tints, category.slug
