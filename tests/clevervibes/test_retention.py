"""Nothing is older than its class the day after."""

import io
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction

from accounts.models import ApiToken, Case, Concern, Digest, Erased, MailLink, Notice, OneTimeLink, SignIn, User
from activities.models import InboxLink, PlaceInterest
from clevervibes.lib import outbox
from clevervibes.lib.models import KeptAnswer, OutboxMessage, TryCount
from clevervibes.privacy import inventory, retention
from clevervibes.privacy.uses import Kept
from coins.models import ContactInvitation
from partners.counters.clerks import begin_shift
from partners.counters.clerks import end as end_clerk
from partners.counters.devices import begin_pairing
from partners.models import DeskInvitation, Enquiry, MissCount
from tests.factories import (
    NOON,
    PIN,
    make_clerk,
    make_interest,
    make_partner,
    make_rich_youth,
    make_screen,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def rows_of(age: timedelta) -> None:
    """One row for every rule, as old as `age` makes it."""
    at, user = NOON - age, make_user(email=f"{uuid4()}@example.org")
    Session.objects.create(session_key=uuid4().hex, session_data="", expire_date=at)
    with transaction.atomic():
        outbox.put("coins_paid", to=user, coins=1, open=0, now=at)
        outbox.put("coins_paid", to=user, coins=2, open=0, now=at)
    done, given_up = OutboxMessage.objects.filter(to=user).order_by("pk")
    OutboxMessage.objects.filter(pk=done.pk).update(delivered_at=at)
    OutboxMessage.objects.filter(pk=given_up.pk).update(attempts=outbox.MAX_ATTEMPTS)
    KeptAnswer.objects.create(scope="user:1", key=uuid4(), fingerprint="", status=200, created_at=at)
    OneTimeLink.objects.create(
        purpose=OneTimeLink.Purpose.GUARDIAN, token_sha256=uuid4().hex * 2, about=user, created_at=at - DAY,
        expires_at=at, sent_to="mama@example.org",
    )  # fmt: skip
    SignIn.objects.create(user=user, signed_in_at=at, last_seen_at=at)
    MailLink.objects.create(
        user=user, purpose=MailLink.Purpose.RESET, mailbox=user.email, digest=uuid4().hex, made_at=at, expires_at=at
    )
    InboxLink.objects.create(
        person=user, token_sha256=uuid4().hex * 2, password_mark="-", made_at=at - DAY, expires_at=at
    )
    ApiToken.objects.create(
        user=user, name="App", scopes=["youth"], token_sha256=uuid4().hex, password_mark="-",
        created_at=at - timedelta(days=90), expires_at=at,
    )  # fmt: skip
    digest = Digest.objects.create(to=user, on=at.date(), due_at=at)
    Notice.objects.create(to=user, topic="coins_paid", ids={"coins": 1, "open": 0}, key=uuid4(), at=at, digest=digest)
    ended = make_interest(make_youth(age=16))
    PlaceInterest.objects.filter(pk=ended.pk).update(state="withdrawn", ended_at=at, reach_at="")
    ended.steps.all().delete()  # goes with it, and is counted too
    Notice.objects.exclude(topic="coins_paid").delete()  # told now, about what was then
    TryCount.objects.create(scope=uuid4().hex, tries=[at], over_at=at)
    MissCount.objects.create(scope=uuid4().hex, misses=1, first_at=at, last_at=at)
    shop = make_partner(f"Laden {uuid4()}")
    screen = make_screen(partner=shop, now=at)
    clerk = make_clerk(partner=shop, now=at)
    begin_shift(device=screen, clerk_id=clerk.public_id, pin=PIN, now=at)
    TryCount.objects.filter(scope__startswith="clerk-").delete()  # of the PIN
    end_clerk(clerk=make_clerk("Tom", partner=shop, now=at), now=at)
    begin_pairing(partner=shop, name="Nie verbunden", by=user, now=at)
    DeskInvitation.objects.create(partner=shop, token_sha256=uuid4().hex * 2, made_at=at - DAY, expires_at=at)
    ContactInvitation.objects.create(
        sponsor=make_sponsor(f"Werk {uuid4()}"), token_sha256=uuid4().hex * 2, made_at=at - DAY, expires_at=at
    )
    Erased.objects.create(person=uuid4(), erased_at=at)
    enquiry = {
        "club": user.club,
        "organisation_name": "Kiosk",
        "parts": ["host"],
        "contact_name": "Ida",
        "asked_at": at,
    }
    Enquiry.objects.create(email="ida@example.org", **enquiry)
    Enquiry.objects.create(email="ida@example.org", confirmed_at=at, decided_at=at, **enquiry)
    Case.objects.create(by=user, asked_at=at, since=at, state=Case.State.CLOSED, closed_at=at)
    Concern.objects.create(what="Etwas", raised_at=at, closed_at=at, note="Erledigt.")


def test_the_next_day_nothing_is_older_than_its_class_and_the_younger_stays():
    rows_of(366 * DAY)
    assert retention.overdue(NOON) == {rule.name: 1 for rule in retention.RULES}
    rows_of(-DAY)

    assert retention.forget(now=NOON) == len(retention.RULES)

    assert retention.overdue(NOON) == {rule.name: 0 for rule in retention.RULES}
    assert retention.forget(now=NOON) == 0
    for model, left in (
        (Session, 1),
        (OutboxMessage, 2),
        (KeptAnswer, 1),
        (OneTimeLink, 1),
        (SignIn, 1),
        (MailLink, 1),
        (ApiToken, 1),
        (TryCount, 1),
        (Erased, 1),
        (Notice, 1),
        (Digest, 1),
    ):
        assert model.objects.count() == left


def test_every_class_with_a_term_has_a_rule_and_every_listed_class_is_used():
    used = {row.use.kept for row in inventory.rows()}
    goes_with_its_row = {Kept.PERSON, Kept.LINK, Kept.BOOKS, Kept.PARTNER, Kept.HOUSE}
    assert used == set(Kept)
    assert {rule.kept for rule in retention.RULES} == set(Kept) - goes_with_its_row


def test_twenty_erased_people_of_an_older_backup_do_not_come_back(monkeypatch, capsys):
    people = [make_rich_youth(f"Kind{number}").user for number in range(20)]
    stays = make_rich_youth("Ben").user
    listed = "".join(f"{person.public_id}\n" for person in people)
    monkeypatch.setattr(sys, "stdin", io.StringIO(listed))

    call_command("erase_again")

    assert "20 of 20" in capsys.readouterr().out
    assert not User.objects.filter(pk__in=[person.pk for person in people]).exists()
    assert User.objects.filter(pk=stays.pk).exists()
    call_command("erase_again", list=True)
    assert sorted(capsys.readouterr().out.split()) == sorted(listed.split())
