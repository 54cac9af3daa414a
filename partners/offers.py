"""Partners and their offers, up to the moment the team releases them."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from coins import ledger
from coins.models import LedgerAccount
from partners.models import Offer, Partner


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
