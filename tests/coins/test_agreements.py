"""An agreement that ends within 30 days: finance sees it, the sponsor's contacts hear of it once."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Membership, Notice
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.team import AUDITOR, FINANCE
from clevervibes.workplace import waiting
from coins import agreements
from coins.models import AgreementReminder, FundingPool
from tests.concurrency import in_parallel
from tests.factories import NOON, make_member, make_pool, make_sponsor, make_user

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
UNTIL = NOON.date() + 60 * A_DAY


@pytest.fixture
def sponsor():
    sponsor = make_sponsor("Stadtwerke Lippe")
    ends(sponsor, UNTIL)
    return sponsor


@pytest.fixture
def contact(sponsor):
    contact = make_member(sponsor.organisation, Membership.Role.CONTACT, "Karin")
    contact.email = "karin@example.org"
    contact.save()
    return contact


def ends(sponsor, day):
    sponsor.agreement_until = day
    sponsor.save(update_fields=["agreement_until"])


def on_day(days, *, hour=10):
    """Return a time of day in Berlin, so many days after the agreement's last one."""
    return datetime.combine(UNTIL + days * A_DAY, time(hour), periods.BERLIN)


def test_contacts_hear_once_30_days_before_and_again_of_the_next_agreement(sponsor, contact):
    heard = {days: agreements.remind_due(now=on_day(days)) for days in range(-33, 4)}
    assert [days for days, number in heard.items() if number] == [-30]

    ends(sponsor, UNTIL + 365 * A_DAY)

    assert [agreements.remind_due(now=on_day(days)) for days in (1, 334, 335, 336)] == [0, 0, 1, 0]
    assert Notice.objects.filter(to=contact, topic=agreements.TOPIC).count() == 2


def test_letters_leave_in_the_morning_and_a_missed_day_is_made_up_for(sponsor, contact):
    assert agreements.remind_due(now=on_day(-30, hour=8)) == 0
    assert agreements.remind_due(now=on_day(0)) == 1


@pytest.mark.parametrize("why", ["over", "suspended", "nobody", "open end"])
def test_nobody_hears_of_what_is_over_or_rests(sponsor, contact, why):
    now = on_day(-10)
    if why == "over":
        now = on_day(1)
    elif why == "suspended":
        type(sponsor).objects.update(suspended_at=NOON)
    elif why == "nobody":
        Membership.objects.all().delete()
    else:
        ends(sponsor, None)

    assert agreements.remind_due(now=now) == 0
    assert not AgreementReminder.objects.exists()


def test_the_letter_names_the_day_until_the_agreement_is_extended(sponsor, contact, client):
    today = periods.berlin_date(db.now())
    ends(sponsor, today + 20 * A_DAY)
    morning = datetime.combine(today, time(10), periods.BERLIN)
    agreements.remind_due(now=morning)
    outbox.relay(max(morning, db.now()))

    (letter,) = mail.outbox
    assert letter.to == [contact.email]
    assert letter.subject == "Clever Vibes Club: Ihre Vereinbarung endet bald"
    assert "Stadtwerke Lippe endet am" in letter.body
    client.force_login(contact)
    assert "endet am" in client.get(reverse("accounts:notices")).content.decode()
    address = reverse("impact-of", args=[sponsor.public_id])
    assert "Ihre Vereinbarung endet am" in client.get(address).content.decode()
    ends(sponsor, today + 400 * A_DAY)
    assert "endet am" not in client.get(reverse("accounts:notices")).content.decode()
    assert "Ihre Vereinbarung" not in client.get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_one_letter(sponsor, contact):
    told = in_parallel(*[lambda: agreements.remind_due(now=on_day(-10))] * 2)

    assert sorted(told) == [0, 1]
    assert Notice.objects.filter(to=contact).count() == 1


def test_finance_finds_it_in_the_queue_until_it_is_seen_to(sponsor, client):
    finance = make_user("Kasse", is_staff=True, roles=[FINANCE])
    client.force_login(finance)

    def queued():
        return [queue for queue in waiting.for_(finance, db.now()) if "vereinbarung=endet" in queue.url]

    today = periods.berlin_date(db.now())
    ends(sponsor, today + 31 * A_DAY)
    assert queued() == []
    ends(sponsor, today + 30 * A_DAY)
    (queue,) = queued()
    assert (queue.number, queue.since.date()) == (1, today)
    assert client.get(queue.url).context["cl"].result_count == 1
    assert not [q for q in waiting.for_(make_user(is_staff=True, roles=[AUDITOR]), db.now()) if "endet" in q.url]
    # Over, it waits as long as there is a pool that pays.
    ends(sponsor, today - A_DAY)
    assert queued() == []
    pool = make_pool(sponsor=sponsor)
    assert len(queued()) == 1
    FundingPool.objects.filter(pk=pool.pk).update(ended_at=db.now())
    assert queued() == []
