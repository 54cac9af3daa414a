"""What a shop is about to change, and what a youth saves for."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.hours import Member
from partners import goals, offers, shelf
from partners.bank_accounts import managers_of
from partners.models import Offer

SHOP, PRETZEL = "Bäckerei Kornblum", UUID("5b7a1c52-6f0e-4a38-9d7e-0d1f6f5a7c11")


def plan(diary: Diary, member_of: Callable[[str], Member | None], today: date) -> None:
    """Set into the last days: new terms that wait for the team, a draft, and a goal."""
    diary.plan(moment(today - timedelta(days=2), 17), _change_cocoa)
    diary.plan(moment(today - timedelta(days=1), 17), _draft_pretzel)
    diary.plan(moment(today - timedelta(days=1), 22), partial(_pin, member_of))


def _change_cocoa(at: datetime) -> None:
    cocoa = Offer.objects.get(title="Heißer Kakao", partner__organisation__name=SHOP)
    terms = {
        **offers.terms_of(cocoa), "price_coins": 30,
        "text": "Mit Sahnehaube und Schokostreuseln, auf Wunsch mit Hafermilch. Zum Sitzenbleiben und Quatschen.",
    }  # fmt: skip
    conditions = {name: getattr(cocoa, name) for name in shelf.CONDITIONS}
    manager = managers_of(cocoa.partner).first()
    if manager is None:
        raise LookupError(SHOP)
    shelf.change(
        offer=cocoa, terms=terms, conditions=conditions, stock_shown=cocoa.stock, by=manager, now=at
    )  # fmt: skip
    shelf.send(offer=cocoa, now=at)


def _draft_pretzel(at: datetime) -> None:
    cocoa = Offer.objects.get(title="Heißer Kakao", partner__organisation__name=SHOP)
    pretzel = {
        "title": "Laugenbrezel mit Butter", "text": "Frisch gelaugt, dick bestrichen.", "picture": "",
        "category": Offer.Category.FOOD, "price_coins": 20, "minimum_age": 12, "vat_percent": Offer.Vat.REDUCED,
    }  # fmt: skip
    shelf.draft(
        partner=cocoa.partner, terms=pretzel, conditions={"valid_from": at, "stock": 20}, public_id=PRETZEL
    )  # fmt: skip


def _pin(member_of: Callable[[str], Member | None], at: datetime) -> None:
    mia = member_of("mia")
    # Something that takes a few more weeks.
    dear = Offer.objects.on_sale(at).filter(price_coins__gte=280, minimum_age__lte=13).exclude(stock=0)
    if mia is not None and (wish := dear.order_by("price_coins", "title").first()):
        goals.pin(offer=wish, youth=mia.profile, now=at)
