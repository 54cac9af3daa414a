"""Erasing somebody, in one transaction over all apps. What is left afterwards names nobody.

In this order: what is set aside is cancelled, coins go back to their pools and the row that says whose account it was
is deleted (coins.departure), then the person with all that hangs on them. Ledger rows keep a random account number,
entries and notes of other people lose the name of whoever wrote or confirmed them.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import router, transaction
from django.db.models import Q, TextField
from django.db.models.deletion import Collector
from django.db.models.functions import Cast

from accounts import consent, erasures
from accounts.models import Case, Erased, Erasure, Guardianship, Notice, OneTimeLink, User, YouthProfile
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.models import KeptAnswer, OutboxMessage
from coins import departure
from coins import selectors as coins
from coins.models import ContactInvitation
from partners import redemption
from partners.models import DeskInvitation

logger = logging.getLogger(__name__)


def erase_due(*, now: datetime) -> int:
    """Order, call off and carry out what is due; return how many people were erased, one transaction each.

    One that cannot be erased right now (a code of theirs was just shown at a counter) waits for the next tick.
    """
    while erasures.order_next_ended(now=now):
        pass
    while erasures.call_off_next_resumed(now=now):
        pass
    done = 0
    for pk in list(erasures.due(now).values_list("pk", flat=True)):
        try:
            done += erase(erasure_id=pk, now=now)
        except DomainError as refusal:
            logger.info("erasure %s waits: %s", pk, refusal.code)
    return done


@db.service
def erase(*, erasure_id: int, now: datetime) -> bool:
    """Erase the person of an order; False if it was called off, or done, in the meantime.

    :raises redemption.AtTheCounter: if a counter looked a code up within the last 30 minutes.
    :raises departure.HoldsLive: if something was set aside at this very moment.
    """
    erasure = Erasure.objects.filter(pk=erasure_id).first()
    if erasure is None:
        return False
    # First the person, as whoever calls it off does; then it is read again.
    person = User.objects.select_for_update(no_key=True).filter(pk=erasure.person_id).first()
    if person is None or not erasures.due(now).filter(pk=erasure_id).exists():
        return False
    erase_person(person, now)
    return True


def erase_again(people: Iterable[UUID], *, now: datetime) -> int:
    """Erase those of a list kept outside the database who are back with an older backup; return how many."""
    return sum(_erase_again(person, now=now) for person in people)


def still_here(people: Iterable[UUID]) -> int:
    """Return how many of a list are in the database."""
    return User.objects.filter(public_id__in=list(people)).count()


@db.service
def _erase_again(public_id: UUID, *, now: datetime) -> bool:
    person = User.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if person is None:
        return False
    erase_person(person, now)
    return True


def erase_person(person: User, now: datetime) -> None:
    """Erase somebody without asking: whoever calls has. A part."""
    db.require_transaction()
    youth = YouthProfile.objects.select_for_update(no_key=True).select_related("user").filter(user=person).first()
    if youth:
        if account := coins.account_of(youth):
            redemption.give_up_all(account=account, now=now)
        departure.leave(youth=youth, now=now)
    wards = list(YouthProfile.objects.filter(guardianships__guardian=person, guardianships__ended_at=None))
    Guardianship.objects.filter(guardian=person, ended_at=None).update(ended_at=now)
    for ward in wards:
        consent.lapse_without_guardian(youth=ward, now=now)
    _forget_traces(person)
    Erased.objects.get_or_create(person=person.public_id, defaults={"erased_at": now})
    address = person.email
    person.delete()
    transaction.on_commit(lambda: _empty_demo_mailbox(address))


def _empty_demo_mailbox(address: str) -> None:
    """Where mail lands in a folder, as in the demo, the person's letters go too. Otherwise they lie with the person."""
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    if not folder or not address:
        return
    for letter in Path(folder).glob("*.log"):
        if f"\nTo: {address}\n" in letter.read_text(errors="replace"):
            letter.unlink(missing_ok=True)


def _forget_traces(person: User) -> None:
    """Delete what names the person or their rows without a foreign key to them."""
    gone = Collector(using=router.db_for_write(User), origin=person)
    gone.collect([person])
    rows = {model: list(objects) for model, objects in gone.data.items()}
    for queryset in gone.fast_deletes:
        rows.setdefault(queryset.model, []).extend(queryset)
    # The admin's log keeps names in words: of these rows nothing is left, of others who did what and when.
    for model, objects in rows.items():
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=[str(row.pk) for row in objects]).delete()
    for words in {person.get_full_name(), person.username, person.email} - {"", person.first_name}:
        named = LogEntry.objects.filter(Q(object_repr__icontains=words) | Q(change_message__icontains=words))
        named.update(object_repr="–", change_message="")
    if person.email:
        # Others have invited this address.
        OneTimeLink.objects.filter(sent_to__iexact=person.email).update(sent_to="")
        DeskInvitation.objects.filter(sent_to__iexact=person.email).update(sent_to="")
        ContactInvitation.objects.filter(sent_to__iexact=person.email).update(sent_to="", name="")
    _forget_news_about(person)
    KeptAnswer.objects.filter(scope__in=[f"user:{person.pk}", f"form:{person.pk}"]).delete()
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()


def _forget_news_about(person: User) -> None:
    """Delete what others were told or asked about a person: it holds their random number and leads nowhere any more."""
    numbers = [person.public_id, *YouthProfile.objects.filter(user=person).values_list("public_id", flat=True)]
    for number in map(str, numbers):
        Notice.objects.annotate(said=Cast("ids", TextField())).filter(said__contains=number).delete()
        OutboxMessage.objects.annotate(said=Cast("payload", TextField())).filter(said__contains=number).delete()
        # What a guardian asked about the coins of a youth: the question stays theirs.
        Case.objects.filter(path__contains=number).update(path="", label="")
