"""Partners and their offers as the team sees them: asked for, released or sent back with a word why.

An offer in the catalog keeps its terms until the team has released new ones, see `ask_for`.
"""

import hashlib
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.notices.telling import tell
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.pictures import Redrawn
from coins import ledger
from coins.models import LedgerAccount
from partners import halting
from partners.bank_accounts import managers_of
from partners.models import TERMS, Offer, OfferChange, Partner

RELEASED, REFUSED = "offer_released", "offer_refused"


class PartnerNotReleased(DomainError):
    code = "partner_not_released"
    message = _("Der Partner ist noch nicht freigegeben. Bitte zuerst den Partner freigeben.")


class NothingToRelease(DomainError):
    code = "nothing_to_release"
    message = _("Hier wartet nichts auf Freigabe: Der Laden schreibt noch daran.")


class ChangedMeanwhile(DomainError):
    code = "changed_meanwhile"
    message = _("Der Laden hat das inzwischen geändert. Bitte sehen Sie es sich noch einmal an.")


class ReasonNeeded(DomainError):
    code = "reason_needed"
    field = "why"
    status = 400
    message = _("Bitte schreiben Sie in einem Satz, was der Laden ändern soll.")


@db.service
def add_partner(*, organisation: Organisation) -> Partner:
    """Make `organisation` a partner; the second call returns the first one."""
    partner, _created = Partner.objects.get_or_create(organisation=organisation)
    return partner


@db.service
def release_partner(*, partner: Partner, by: User, now: datetime) -> Partner:
    """Let `partner` take coins and open its ledger account. Releasing it again changes nothing.

    While all shops of its club are stopped it stands still with them.
    """
    # Before the row: whoever stops all takes them in this order.
    halting.lock_stops_of(partner.organisation.club_id)
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    if partner.released_at is None:
        partner.account = ledger.open_account(kind=LedgerAccount.Kind.PARTNER, owner=partner.public_id)
        partner.released_at, partner.released_by = now, by
        stopped = halting.stop_like_the_others(partner, now=now)
        partner.save(update_fields=["account", "released_at", "released_by", *stopped])
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


# ── Release ──────────────────────────────────────────────────────────────────────────────────────
def waiting() -> QuerySet[Offer]:
    """Return the offers the team has to look at: new ones, and those with new terms."""
    changes = OfferChange.objects.filter(offer=OuterRef("pk"), sent_at__isnull=False, decided_at=None)
    return Offer.objects.filter(Q(released_at=None, is_draft=False) | Exists(changes))


def sent_change(offer: Offer) -> OfferChange | None:
    """Return the new terms of an offer that wait for the team."""
    return offer.changes.filter(sent_at__isnull=False, decided_at=None).first()


def last_word(offer: Offer) -> str:
    """Return the sentence with which the team sent an offer, or its new terms, back last; "" if it released them."""
    last = offer.changes.filter(decided_at__isnull=False).order_by("-decided_at").first()
    return last.refused_why if last else offer.refused_why


@db.service
def release(*, offer: Offer, by: User, now: datetime, seen: str | None = None) -> Offer:
    """Put an offer, or the new terms of one, into the catalog. Releasing what is released changes nothing.

    What is set aside keeps the title and the price it had. `seen` is the `mark` of the terms that `by` looked at.

    :raises PartnerNotReleased: if its partner waits for release itself.
    :raises NothingToRelease: if the shop has not sent it in.
    :raises ChangedMeanwhile: if the terms are not those that were looked at.
    """
    offer = _locked(offer)
    if offer.partner.released_at is None:
        raise PartnerNotReleased
    change = sent_change(offer)
    if seen is not None and seen != mark(change or offer):
        raise ChangedMeanwhile
    if offer.released_at is not None and change is None:
        return offer
    if offer.released_at is None:
        if offer.is_draft:
            raise NothingToRelease
        offer.released_at, offer.released_by, offer.refused_why = now, by, ""
        offer.save(update_fields=["released_at", "released_by", "refused_why"])
    if change is not None:
        _take_over(offer, change)
        change.decided_at, change.decided_by = now, by
        change.save(update_fields=["decided_at", "decided_by"])
    _tell_managers(RELEASED, offer, now)
    return offer


@db.service
def refuse(*, offer: Offer, by: User, why: str, now: datetime) -> Offer:
    """Send an offer, or its new terms, back to the shop with a sentence that its managers read.

    What is in the catalog stays there as it is.

    :raises ReasonNeeded: without a sentence.
    :raises NothingToRelease: if nothing waits.
    """
    if not why.strip():
        raise ReasonNeeded
    offer = _locked(offer)
    change = sent_change(offer)
    if change is not None:
        change.decided_at, change.decided_by, change.refused_why = now, by, why.strip()
        change.save(update_fields=["decided_at", "decided_by", "refused_why"])
    elif offer.released_at is None and not offer.is_draft:
        offer.is_draft, offer.refused_why = True, why.strip()
        offer.save(update_fields=["is_draft", "refused_why"])
    else:
        raise NothingToRelease
    _tell_managers(REFUSED, offer, now)
    return offer


def _locked(offer: Offer) -> Offer:
    db.require_transaction()
    return (
        Offer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("partner__organisation")
        .get(pk=offer.pk)
    )


def _tell_managers(topic: str, offer: Offer, now: datetime) -> None:
    for manager in managers_of(offer.partner):
        key = uuid5(offer.public_id, f"{topic} {now.timestamp()} {manager.pk}")
        tell(topic, to=manager, offer=offer.public_id, key=key, now=now)


# ── New terms of what is in the catalog ──────────────────────────────────────────────────────────
def terms_of(row: Offer | OfferChange) -> dict[str, Any]:
    """Return the terms by name; the picture by the name of its file."""
    return {**{name: getattr(row, name) for name in TERMS}, "picture": row.picture.name or ""}


def picture_given(cleaned: Any, offer: Offer | OfferChange | None) -> Any:
    """Return what a form's picture field means for the terms: a new picture, none any more, or the one there is."""
    if cleaned is False:
        return ""
    return cleaned if isinstance(cleaned, Redrawn) else (offer.picture.name or "" if offer else "")


def mark(row: Offer | OfferChange) -> str:
    """Return a mark that changes with any of the terms."""
    return hashlib.sha256(repr(sorted(terms_of(row).items())).encode()).hexdigest()[:16]


def ask_for(*, offer: Offer, terms: dict[str, Any], by: User | None, send: bool, now: datetime) -> OfferChange | None:
    """Write down new terms of an offer in the catalog; the old ones stay on sale until the team releases them. A part.

    Asked again, the words are replaced. Terms like those on sale leave nothing to ask for.

    :raises ValidationError: if a field is out of its range.
    """
    db.require_transaction()
    change = offer.changes.filter(decided_at=None).first() or OfferChange(offer=offer, asked_by=by)
    before = change.picture.name if change.pk else ""
    for name, value in terms.items():
        setattr(change, name, value)
    change.asked_at, change.asked_by = now, by
    change.sent_at = now if send else None
    change.full_clean(exclude=["offer"])
    if terms_of(change) == terms_of(offer):
        if change.pk:
            change.delete()
            forget_picture(before)
        return None
    change.save()
    if before != change.picture.name:
        forget_picture(before)
    return change


def _take_over(offer: Offer, change: OfferChange) -> None:
    before = offer.picture.name
    for name, value in terms_of(change).items():
        setattr(offer, name, value)
    offer.save(update_fields=TERMS)
    if before != offer.picture.name:
        forget_picture(before)


def forget_picture(name: str | None) -> None:
    """Remove a picture from storage once nothing shows it any more. A part."""
    db.require_transaction()

    def remove() -> None:
        if name and not any(model.objects.filter(picture=name).exists() for model in (Offer, OfferChange)):
            default_storage.delete(name)

    # After the commit: a picture that is still on sale must not be gone because something else went wrong.
    transaction.on_commit(remove)


def changed_stock(*, shown: int | None, wanted: int | None) -> int | Combinable | None:
    """Return what to store when somebody who was shown `shown` pieces wants `wanted`: the difference counts.

    What youths took since then stays taken.
    """
    if shown is None or wanted is None:
        return wanted
    return Greatest(F("stock") + (wanted - shown), 0)
