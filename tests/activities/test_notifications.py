"""The mail about a returned entry."""

import pytest

from accounts.models import Notice
from activities import approvals, entries
from clevervibes.lib import db, outbox
from tests.factories import NOON, guardian_of, make_entry, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def youth():
    youth = make_youth()
    youth.user.email = "mia@example.org"
    youth.user.save()
    return youth


def send_back(youth):
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="falscher Tag", now=NOON)
    return entry


def test_the_youth_gets_one_mail_with_the_way_to_the_entry(youth, mailoutbox):
    entry = send_back(youth)

    outbox.relay(db.now())
    outbox.relay(db.now())

    (mail,) = mailoutbox
    assert mail.to == ["mia@example.org"]
    assert "Mia" not in mail.subject
    assert str(entry.public_id) in mail.body
    assert "falscher Tag" not in mail.body


def test_news_that_is_old_is_not_sent(youth, mailoutbox):
    entry = send_back(youth)
    entries.withdraw(entry_id=entry.public_id, by=youth.user, now=NOON)
    assert outbox.relay(db.now()) == 1
    assert not mailoutbox


def test_without_an_address_it_stands_behind_the_bell_alone(youth, mailoutbox):
    youth.user.email = ""
    youth.user.save()
    send_back(youth)
    assert outbox.relay(db.now()) == 0
    assert Notice.objects.get(topic="entry_returned").to == youth.user
    assert not mailoutbox
