"""Partners and their offers, up to the moment the team releases them."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from coins import ledger
from coins.models import LedgerAccount
from partners.models import Offer, Partner

# What the team looked at when it released an offer. Stock and dates may change without asking again.
TERMS = frozenset({"title", "text", "picture", "price_coins", "minimum_age", "partner", "category"})


class PartnerNotReleased(DomainError):
    code = "partner_not_released"
    message = _("Der Partner ist noch nicht freigegeben. Bitte zuerst den Partner freigeben.")


@db.service
def add_partner(*, organisation: Organisation) -> Partner:
    """Make `organisation` a partner; the second call returns the first one."""
    partner, _created = Partner.objects.get_or_create(organisation=organisation)
    return partner


@db.service
def release_partner(*, partner: Partner, by: User, now: datetime) -> Partner:
    """Let `partner` take coins and open its ledger account. Releasing it again changes nothing."""
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    if partner.released_at is None:
        partner.account = ledger.open_account(kind=LedgerAccount.Kind.PARTNER, owner=partner.public_id)
        partner.released_at, partner.released_by = now, by
        partner.save(update_fields=["account", "released_at", "released_by"])
    return partner


@db.service
def propose(*, partner: Partner, title: str, price_coins: int, category: str, valid_from: datetime,
            **details: object) -> Offer:  # fmt: skip
    """Store an offer that waits for its release. `details` are further fields of `Offer`.

    :raises ValidationError: if a field is out of its range.
    """
    offer = Offer(
        partner=partner, title=title, price_coins=price_coins, category=category, valid_from=valid_from, **details
    )
    offer.full_clean()
    offer.save()
    return offer


@db.service
def release(*, offer: Offer, by: User, now: datetime) -> Offer:
    """Put an offer into the catalog. Releasing it again changes nothing.

    :raises PartnerNotReleased: if its partner waits for release itself.
    """
    offer = Offer.objects.select_for_update(of=("self",), no_key=True).select_related("partner").get(pk=offer.pk)
    if offer.partner.released_at is None:
        raise PartnerNotReleased
    if offer.released_at is None:
        offer.released_at, offer.released_by = now, by
        offer.save(update_fields=["released_at", "released_by"])
    return offer


def withdraw_release_if_terms_changed(*, offer: Offer, changed: Iterable[str]) -> list[str]:
    """Make `offer` wait for its next release if `changed` names one of its terms; return the fields to save."""
    if offer.released_at is None or not TERMS & set(changed):
        return []
    offer.released_at = offer.released_by = None
    return ["released_at", "released_by"]


def changed_stock(*, shown: int | None, wanted: int | None) -> int | Combinable | None:
    """Return what to store when somebody who was shown `shown` pieces wants `wanted`: the difference counts.

    What youths took since then stays taken.
    """
    if shown is None or wanted is None:
        return wanted
    return Greatest(F("stock") + (wanted - shown), 0)
