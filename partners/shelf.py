"""A shop's own shelf: what its manager drafts, shows to the team, pauses, restocks and copies.

An offer that nobody has released yet is changed as it stands. One in the catalog keeps its old terms on sale while the
new ones are drafted and looked at beside it (`partners.offers`); stock, dates and limits are the shop's own business.
"""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.pictures import Redrawn
from partners import offers
from partners.models import Hold, Offer, OfferChange, Partner

# What a manager may set without asking anybody.
CONDITIONS = ("stock", "per_youth_per_month", "valid_from", "valid_until", "event_ends_at")


class Standing(Enum):
    """Where an offer stands, in one word; the template writes it."""

    DRAFT = "draft"
    SENT_BACK = "sent-back"
    WAITING = "waiting"
    STOPPED = "stopped"  # by the team
    PAUSED = "paused"  # by the shop
    ENDED = "ended"
    COMING = "coming"
    SOLD_OUT = "sold-out"
    LISTED = "listed"


class NotADraft(DomainError):
    code = "not_a_draft"
    message = _("Das Angebot ist nicht mehr im Entwurf.")


class NothingToSend(DomainError):
    code = "nothing_to_send"
    message = _("Hier ist nichts Neues, das freigegeben werden müsste.")


def standing(offer: Offer, at: datetime) -> Standing:
    """Return what keeps an offer out of the catalog at the moment `at`, the weightiest first."""
    if offer.is_draft:
        return Standing.SENT_BACK if offer.refused_why else Standing.DRAFT
    ends = [moment for moment in (offer.valid_until, offer.event_ends_at) if moment]
    rules = (
        (offer.released_at is None, Standing.WAITING),
        (offer.paused_at is not None, Standing.STOPPED),
        (any(moment <= at for moment in ends), Standing.ENDED),
        (offer.shop_paused_at is not None, Standing.PAUSED),
        (offer.valid_from > at, Standing.COMING),
        (offer.stock == 0, Standing.SOLD_OUT),
    )
    return next((standing for holds, standing in rules if holds), Standing.LISTED)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def offers_of(partner: Partner) -> QuerySet[Offer]:
    """Return a partner's offers with what is set aside, and whether new terms are drafted or wait for the team."""
    changes = OfferChange.objects.filter(offer=OuterRef("pk"), decided_at=None)
    return (
        Offer.objects.filter(partner=partner)
        .select_related("partner__organisation")
        .annotate(
            live_holds=Count("holds", filter=Q(holds__status=Hold.Status.LIVE)),
            change_waits=Exists(changes.filter(sent_at__isnull=False)),
            change_drafted=Exists(changes.filter(sent_at=None)),
        )
        .order_by("title", "pk")
    )


def open_change(offer: Offer) -> OfferChange | None:
    """Return the new terms that are drafted or wait for the team."""
    return offer.changes.filter(decided_at=None).first()


def refused_change(offer: Offer) -> OfferChange | None:
    """Return the terms the team has sent back, unless something has happened since."""
    last = offer.changes.order_by("-asked_at", "-pk").first()
    return last if last is not None and last.decided_at and last.refused_why else None


def with_terms(offer: Offer, change: OfferChange | None) -> Offer:
    """Return `offer` as it will look with the terms of `change`; never to be saved."""
    if change is None:
        return offer
    shown = Offer.objects.select_related("partner__organisation").get(pk=offer.pk)
    _set(shown, offers.terms_of(change))
    return shown


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
@db.service
def draft(*, partner: Partner, terms: dict[str, Any], conditions: dict[str, Any], public_id: UUID) -> Offer:
    """Write down a new offer. Sent twice under one `public_id` it is one offer.

    :raises ValidationError: if a field is out of its range.
    """
    # The same form twice: the second waits, and finds the first.
    db.lock_name(f"offer {public_id}")
    if known := Offer.objects.filter(partner=partner, public_id=public_id).first():
        return known
    offer = Offer(partner=partner, public_id=public_id, is_draft=True, **terms, **conditions)
    offer.full_clean()
    offer.save()
    return offer


@db.service
def change(*, offer: Offer, terms: dict[str, Any], conditions: dict[str, Any], stock_shown: int | None, by: User,
           now: datetime) -> Offer:  # fmt: skip
    """Change an offer. In the catalog its new terms become a draft beside it, see `send`; the rest holds at once.

    `stock_shown` is the stock the form showed: what youths took since then stays taken.

    :raises ValidationError: if a field is out of its range.
    """
    offer = _locked(offer)
    if offer.released_at is None:
        before = offer.picture.name
        _set(offer, terms)
        _set(offer, conditions)
        offer.is_draft = True
        offer.full_clean()
        offer.save()
        if before != offer.picture.name:
            offers.forget_picture(before)
        return offer
    offers.ask_for(offer=offer, terms=terms, by=by, send=False, now=now)
    _set(offer, conditions)
    offer.full_clean()
    offer.stock = offers.changed_stock(shown=stock_shown, wanted=conditions["stock"])
    offer.save(update_fields=CONDITIONS)
    offer.refresh_from_db(fields=["stock"])
    return offer


@db.service
def send(*, offer: Offer, now: datetime) -> Offer:
    """Give an offer, or its new terms, to the team. What waits already stays where it is.

    :raises NothingToSend: if nothing is drafted.
    """
    offer = _locked(offer)
    if offer.released_at is None:
        offer.is_draft, offer.refused_why = False, ""
        offer.save(update_fields=["is_draft", "refused_why"])
        return offer
    drafted = open_change(offer)
    if drafted is None:
        raise NothingToSend
    if drafted.sent_at is None:
        drafted.sent_at = now
        drafted.save(update_fields=["sent_at"])
    return offer


@db.service
def discard(*, offer: Offer) -> Offer | None:
    """Throw new terms away; an offer that was never released goes itself (None).

    :raises NotADraft: if there is nothing to throw away.
    """
    offer = _locked(offer)
    drafted = open_change(offer)
    if drafted is not None:
        drafted.delete()
        offers.forget_picture(drafted.picture.name)
        return offer
    if offer.released_at is not None or offer.holds.exists():
        raise NotADraft
    offer.delete()
    offers.forget_picture(offer.picture.name)
    return None


@db.service
def pause(*, offer: Offer, now: datetime) -> Offer:
    """Take an offer out of the catalog for a while. What is set aside is still handed out."""
    offer = _locked(offer)
    if offer.shop_paused_at is None:
        offer.shop_paused_at = now
        offer.save(update_fields=["shop_paused_at"])
    return offer


@db.service
def resume(*, offer: Offer) -> Offer:
    """Put an offer the shop paused back. What the team stopped stays stopped."""
    offer = _locked(offer)
    offer.shop_paused_at = None
    offer.save(update_fields=["shop_paused_at"])
    return offer


@db.service
def restock(*, offer: Offer, shown: int | None, wanted: int | None) -> Offer:
    """Set how many are left; see `offers.changed_stock`."""
    offer = _locked(offer)
    offer.stock = offers.changed_stock(shown=shown, wanted=wanted)
    offer.save(update_fields=["stock"])
    offer.refresh_from_db(fields=["stock"])
    return offer


@db.service
def copy(*, offer: Offer, public_id: UUID, now: datetime) -> Offer:
    """Make a draft like `offer`, to be changed. Sent twice under one `public_id` it is one draft."""
    db.lock_name(f"offer {public_id}")
    if known := Offer.objects.filter(partner=offer.partner, public_id=public_id).first():
        return known
    made = Offer(
        partner=offer.partner, public_id=public_id, is_draft=True, valid_from=now,
        stock=offer.stock, per_youth_per_month=offer.per_youth_per_month, **offers.terms_of(offer) | {"picture": ""},
    )  # fmt: skip
    if (name := offer.picture.name) and default_storage.exists(name):
        # A file of its own: either offer may get another picture, and the old file goes then.
        with default_storage.open(name) as file:
            made.picture.save("copy.webp", Redrawn(file.read(), name="copy.webp"), save=False)
    made.save()
    return made


def _locked(offer: Offer) -> Offer:
    db.require_transaction()
    return (
        Offer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("partner__organisation")
        .get(pk=offer.pk)
    )


def _set(row: Offer, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
