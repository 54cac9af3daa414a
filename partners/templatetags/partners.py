"""How offers look: `{% load partners %}`."""

from django import template

from partners import codes, settlement
from partners.models import Offer

register = template.Library()

Category = Offer.Category

# What stands in for a picture: icon and tint of the category.
LOOKS = {
    Category.FOOD: ("croissant", "amber"),
    Category.CINEMA: ("film", "violet"),
    Category.SPORT: ("bike", "sky"),
    Category.LEARNING: ("book-open", "mint"),
    Category.TECH: ("gamepad-2", "sky"),
    Category.STYLE: ("scissors", "rose"),
    Category.OUTING: ("tent", "clay"),
}


@register.filter
def category_icon(category: str) -> str:
    return LOOKS[Category(category)][0]


@register.inclusion_tag("partners/_picture.html")
def offer_picture(offer: Offer, css: str = "offer__picture", eager: bool = False) -> dict[str, object]:
    """Draw an offer's picture, or its category's icon; decoration in both cases: the title says what it is."""
    icon, tint = LOOKS[Category(offer.category)]
    return {"url": offer.picture_url, "icon": icon, "tint": tint, "css": css, "eager": eager}


@register.simple_tag
def code_host() -> str:
    """Say which host's QR codes the counter's camera takes for ours."""
    return codes.host()


@register.filter
def cents(coins: int) -> int:
    """Turn coins into what a partner is owed for them, in cents."""
    return settlement.cents(coins)
