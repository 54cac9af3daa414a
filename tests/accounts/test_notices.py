"""The list behind the bell, what goes by mail, and that a subject line tells nobody anything."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core import mail
from django.db import transaction
from django.db.models import CharField, UUIDField, Value
from django.db.models.functions import MD5, Cast, JSONObject
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts import birthdays, consent, erasures, families, stops, vouching
from accounts.cases import asking
from accounts.cases.subjects import Subject
from accounts.models import Guardianship, MailSettings, Membership, Notice, User, YouthProfile
from accounts.notices import choices, mails, telling
from accounts.notices.kinds import KINDS, Group
from accounts.protection import concerns, members
from activities import approvals, handover, proposals, reminders, sheets
from activities.places import hosting, interest
from activities.sampling import deciding
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import OutboxMessage
from coins import agreements, contacts, expiry, pledge_reminders, pledges
from coins.models import YouthAccount
from partners import bank_accounts, offers, payouts, settlement
from partners import reminders as hold_reminders
from partners.counters import managers
from tests.activities.chances import news as dates
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    host_user,
    make_approved,
    make_details,
    make_entry,
    make_hold,
    make_interest,
    make_manager,
    make_offer,
    make_partner,
    make_place,
    make_pool,
    make_rich_youth,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

NAME = "Kanarienvogel"
Channel = MailSettings.Channel


def tell(topic, to, **ids):
    with transaction.atomic():
        telling.tell(topic, to=to, **ids)
    return Notice.objects.filter(to=to, topic=topic).latest("pk")


def with_mail(person, language="de"):
    person.email, person.language = f"{person.username}@example.org", language
    person.save(update_fields=["email", "language"])
    return person


@pytest.fixture
def youth():
    youth = make_youth(NAME)
    Notice.objects.all().delete()
    OutboxMessage.objects.all().delete()
    return youth


@pytest.fixture
def as_youth(client, youth):
    client.force_login(youth.user)
    return client


def page(client, name="accounts:notices", *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


# ── The list ─────────────────────────────────────────────────────────────────────────────────────
def test_without_news_the_list_says_what_it_is_for(as_youth):
    said = page(as_youth)

    assert "Noch keine Nachrichten" in said
    assert 'aria-label="Nachrichten"' in said
    assert "Alle gelesen" not in said


def test_who_has_no_mail_address_finds_news_behind_the_bell(as_youth, youth):
    tell("coins_paid", youth.user, coins=12, open=0)

    said = page(as_youth)

    assert OutboxMessage.objects.count() == 0
    assert "Du hast 12 Coins bekommen." in said
    assert "Nachrichten, 1 neu" in said


def test_opening_a_notice_marks_it_read_and_leads_to_the_thing(as_youth, youth):
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="falscher Tag", now=NOON)
    tell("coins_paid", youth.user, coins=1, open=0)
    notice = Notice.objects.get(topic="entry_returned")

    for _ in range(2):
        answer = as_youth.post(reverse("accounts:notice", args=[notice.public_id]))
        assert (answer.status_code, answer["Location"]) == (302, entry.get_absolute_url())

    notice.refresh_from_db()
    assert notice.read_at
    assert "Nachrichten, 1 neu" in page(as_youth)
    assert page(as_youth).count("notice--new") == 1


def test_looking_changes_nothing(as_youth, youth):
    notice = tell("coins_paid", youth.user, coins=1, open=0)

    for _ in range(3):
        page(as_youth)
        assert as_youth.get(reverse("accounts:notice", args=[notice.public_id])).status_code == 405

    assert Notice.objects.filter(read_at=None).count() == 1


def test_all_read_leaves_what_came_in_after_the_page_was_drawn(as_youth, youth):
    old = tell("coins_paid", youth.user, coins=1, open=0)
    until = re.search(r'name="until" value="([^"]+)"', page(as_youth))[1]
    new = tell("coins_paid", youth.user, coins=2, open=0)

    as_youth.post(reverse("accounts:notices-read"), {"until": until})

    assert list(Notice.objects.filter(read_at=None)) == [new]
    as_youth.post(reverse("accounts:notices-read"), {"until": "gestern"})
    assert not Notice.objects.filter(read_at=None).exists()
    assert old.pk < new.pk


def test_nobody_reads_or_opens_what_others_are_told(as_youth, youth):
    notice = tell("coins_paid", make_youth("Ben").user, coins=777, open=0)

    assert "777" not in page(as_youth)
    assert as_youth.post(reverse("accounts:notice", args=[notice.public_id])).status_code == 404
    as_youth.post(reverse("accounts:notices-read"))
    notice.refresh_from_db()
    assert notice.read_at is None


def test_what_is_settled_says_so_and_leads_nowhere(as_youth, youth):
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="falscher Tag", now=NOON)
    entry.delete()

    assert "Das hat sich inzwischen erledigt." in page(as_youth)
    notice = Notice.objects.get(topic="entry_returned")
    assert as_youth.post(reverse("accounts:notice", args=[notice.public_id]))["Location"] == reverse("accounts:notices")


def test_an_old_notice_tells_a_former_guardian_nothing(client, youth):
    mother = guardian_of(youth)
    tell(consent.GIVEN, mother, youth=youth.public_id)
    tell(families.JOINED, mother, youth=youth.public_id, about=mother.public_id)
    client.force_login(mother)
    assert page(client).count(NAME) >= 2

    Guardianship.objects.update(ended_at=NOON, ended_how="age")

    assert NAME not in page(client)


def test_a_notice_is_written_with_what_it_tells_or_not_at_all(youth):
    def fail():
        with transaction.atomic():
            telling.tell("coins_paid", to=with_mail(youth.user), coins=1, open=0)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    assert (Notice.objects.count(), OutboxMessage.objects.count()) == (0, 0)
    with pytest.raises(db.TransactionNeeded):
        telling.tell("coins_paid", to=youth.user, coins=1, open=0)
    with pytest.raises(KeyError), transaction.atomic():
        telling.tell("nobody knows this", to=youth.user)


def test_with_a_key_somebody_is_told_once(youth):
    key = uuid4()
    for _ in range(2):
        tell("coins_paid", with_mail(youth.user), key=key, coins=1, open=0)

    assert (Notice.objects.count(), OutboxMessage.objects.count()) == (1, 1)


def test_the_bell_costs_no_question_more_for_many_notices(as_youth, youth, django_assert_max_num_queries):
    page(as_youth)  # the language has a row of its own on the first visit
    counts = []
    for more in (1, 15):
        for number in range(more):
            tell("coins_paid", youth.user, coins=number, open=0)
        with django_assert_max_num_queries(16) as counted:
            page(as_youth)
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_the_list_is_turkish_for_a_turkish_mother(client, youth):
    mother = with_mail(guardian_of(youth), "tr")
    tell(consent.WITHDRAWN, mother, youth=youth.public_id)
    client.force_login(mother)

    said = page(client) + page(client, "accounts:mail-settings")

    assert "Mesajlar, 1 yeni" in said
    for german in ("Einwilligung", "Nachrichten", "Gelesen", "Samstag", ">gleich", "Glocke"):
        assert german not in said


# ── Every kind ───────────────────────────────────────────────────────────────────────────────────
def every_kind(youth: YouthProfile) -> dict[str, tuple[User, dict]]:
    """Return for each kind somebody who is told, with ids that have something to say; all of it named after birds."""
    user, mother = with_mail(youth.user), with_mail(guardian_of(youth))
    entry = make_entry(youth, did=f"{NAME} gelesen")
    team = with_mail(make_user("Svenja", is_staff=True, roles=["support"]))
    sheet = sheets.make(youth=youth, monday=periods.berlin_date(NOON), by=mother, now=NOON)
    on_paper = sheets.Paper(signed_by=mother, lines=[make_details(starts_at=NOON - timedelta(hours=12))])
    sheets.enter(sheet_id=sheet.public_id, paper=on_paper, by=team, now=NOON)
    proposed = proposals.propose(
        youth=youth, by=mother, details=make_details(starts_at=NOON - timedelta(hours=5)), now=NOON
    )
    lot = give_coins(youth, 12, pool=make_pool(coins=12))
    grown = make_youth(NAME, age=18)
    friend = with_mail(make_user("Ursula"))
    grown.trusted_people.create(person=friend, started_at=NOON, named_by=grown.user)
    make_entry(grown)
    soon, today = make_birthday(youth, None), make_birthday(make_youth(NAME), NOON)
    to_erase = erasures.order(person=user, by=mother, now=db.now())
    gone = make_youth(NAME)
    erasures.order(person=gone.user, by=guardian_of(gone), now=NOON)
    erasures.call_off(person=gone.user, by=guardian_of(gone), now=NOON)
    approvals.return_(entry_id=entry.public_id, by=mother, reason=NAME, now=NOON)
    stops.stop_youth(youth=youth, by=make_user(), reason=NAME, sentence=f"{NAME} ruht.", now=NOON)
    family = {"youth": youth.public_id, "about": mother.public_id}
    rejected = make_approved(youth, starts_at=NOON - timedelta(hours=9))
    sample = deciding.mark(entry_id=rejected.public_id, by=team, reason=NAME, now=NOON)
    deciding.reject(sample_id=sample.public_id, by=team, reason=NAME, now=NOON)
    asked = asking.ask(by=user, text=NAME, about=Subject(), now=NOON)
    members.name(club=team.club, person=team, by=team, now=NOON)
    concern = concerns.keep(what=NAME, place="", reach="", page="", club=team.club, key=uuid4(), now=NOON)
    about_dates = {topic: (with_mail(person), ids) for topic, (person, ids) in dates.every_kind(NAME).items()}
    saver, shop = make_rich_youth(NAME), make_partner(NAME)
    baker, offer = with_mail(make_manager(shop)), make_offer(NAME, partner=shop)
    held = make_hold(offer=offer, youth=saver, now=db.now())
    return {
        **about_dates,
        hold_reminders.TOPIC: (with_mail(saver.user), {"hold": held.public_id}),
        offers.RELEASED: (baker, {"offer": offer.public_id}),
        offers.REFUSED: (baker, {"offer": offer.public_id}),
        approvals.REJECTED: (user, {"entry": rejected.public_id}),
        asking.ANSWERED: (user, {"case": asked.public_id}),
        concerns.RAISED: (team, {"concern": concern.public_id}),
        members.CHANGED: (team, {"club": team.club.public_id}),
        **every_kind_of_places(),
        pledge_reminders.TOPIC: a_promise(),
        consent.GIVEN: (mother, {"youth": youth.public_id}),
        consent.WITHDRAWN: (user, {"youth": youth.public_id}),
        birthdays.SOON: (user, {"birthday": soon.pk}),
        birthdays.TODAY: (with_mail(today.youth.user), {"birthday": today.pk}),
        erasures.ORDERED: (user, {"erasure": to_erase.public_id}),
        erasures.CALLED_OFF: (with_mail(gone.user), {"erasure": gone.user.erasures.get().public_id}),
        families.JOINED: (user, family),
        families.ENDED: (mother, family),
        stops.STOPPED: (mother, {"youth": youth.public_id, "about": user.public_id}),
        stops.RESUMED: (user, {"youth": youth.public_id, "about": user.public_id}),
        vouching.PASSWORD_SET: (user, {}),
        "security_notice": (user, {"what": "password"}),
        "entry_returned": (user, {"entry": entry.public_id}),
        proposals.TOPIC: (user, {"entry": proposed.public_id}),
        reminders.TOPIC: (friend, {"day": 3}),
        sheets.ENTERED: (mother, {"sheet": sheet.public_id}),
        handover.TOPIC: (friend, {"youth": grown.public_id}),
        "coins_paid": (user, {"coins": 4711, "open": 815}),
        expiry.TOPIC: (user, {"account": YouthAccount.objects.get(youth=youth).account_id,
                              "until": lot.valid_until.isoformat()}),
    }  # fmt: skip


def a_promise() -> tuple[User, dict]:
    """What a sponsor's contact hears of."""
    contact, sponsor = with_mail(make_user()), make_sponsor(NAME)
    Membership.objects.create(user=contact, organisation=sponsor.organisation, role=Membership.Role.CONTACT)
    (pledge,) = pledges.promise(sponsor=sponsor, amount_cents=4711, due_on=NOON.date(), by=None, now=NOON)
    return contact, {"pledge": pledge.public_id}


def every_kind_of_places() -> dict[str, tuple[User, dict]]:
    """News between a youth, a guardian, a company and the team."""
    now, place = db.now(), make_place(NAME)
    host, team = with_mail(host_user(place.host)), with_mail(make_user(is_staff=True, is_superuser=True))
    young, teen = make_youth(NAME, age=14), make_youth(NAME, age=16)
    asked = make_interest(young, place=place, agree=False, now=now)
    sent = make_interest(make_youth(NAME, age=14), place=place, now=now)
    declined = make_interest(make_youth(NAME, age=14), place=place, agree=False, now=now)
    interest.decline(interest_id=declined.public_id, by=guardian_of(declined.youth), now=now)
    answered = make_interest(teen, place=place, now=now)
    interest.answer(interest_id=answered.public_id, by=host, reply="query", now=now)
    gone = make_interest(make_youth(NAME, age=16), place=place, now=now)
    interest.withdraw(interest_id=gone.public_id, by=gone.youth.user, now=now)

    def about(found):
        return {"interest": found.public_id, "youth": found.youth.public_id}

    return {
        interest.ASKED: (with_mail(guardian_of(young)), about(asked)),
        interest.SENT: (with_mail(sent.youth.user), about(sent)),
        interest.DECLINED: (with_mail(declined.youth.user), about(declined)),
        interest.ARRIVED: (host, about(sent)),
        interest.ANSWERED: (with_mail(guardian_of(teen)), about(answered)),
        interest.QUERIED: (team, about(answered)),
        interest.WITHDRAWN: (host, about(gone)),
        interest.ENDED: (with_mail(gone.youth.user), about(gone)),
        hosting.RELEASED: (host, {"place": place.public_id}),
    }


def make_birthday(youth, done_at):
    return youth.birthdays.create(years=16, due_at=NOON - timedelta(days=1), done_at=done_at)


# A new text asks nobody anew who has just answered; tests/accounts/test_consent.py sends that mail.
# Of the two about a concern one is told, the other where nobody is named to read it (test_protection.py).
# What partners are told needs a month's books: tests/partners. Of sponsors: tests/coins/test_contacts.py
# and test_agreements.py.
ELSEWHERE = {
    consent.ASKED, concerns.UNREAD, payouts.TOPIC, bank_accounts.TOPIC, settlement.TOPIC, managers.JOINED,
    managers.REMOVED, contacts.JOINED, contacts.REMOVED, agreements.TOPIC,
}  # fmt: skip


@pytest.fixture
def told(youth):
    cases = every_kind(youth)
    Notice.objects.all().delete()
    OutboxMessage.objects.all().delete()
    return cases


def test_every_kind_is_told_here(told):
    assert told.keys() | ELSEWHERE == KINDS.keys()


@pytest.mark.parametrize("language", ["de", "tr", "en"])
def test_no_subject_says_who_or_how_much_and_the_body_says_it_in_text_and_html(told, language):
    """In every language, over all kinds: the subject is one of a few sentences that fit everybody."""
    for topic, (person, ids) in told.items():
        with_mail(person, language)
        tell(topic, person, **ids)
        person.refresh_from_db()
        mail.outbox.clear()
        outbox.relay(db.now())
        assert len(mail.outbox) == 1, topic
        (letter,) = mail.outbox
        (html, kind) = letter.alternatives[0]

        assert letter.to == [person.email]
        with translation.override(language):
            assert letter.subject == f"Clever Vibes Club: {KINDS[topic].title_for(person)}"
        assert not re.search(rf"\d|{NAME}|Sabine|Ursula|@", letter.subject)
        assert kind == "text/html"
        assert f'<html lang="{language}"' in html
        assert "http" in letter.body
        for part in (letter.body, html):
            assert "{{" not in part
            assert "{%" not in part
        assert "&quot;" not in letter.body


def test_titles_have_no_place_to_fill_in():
    for kind in KINDS.values():
        for title in (kind.title, kind.youth_title):
            assert not re.search(r"[%{}\d]", str(title))


def test_text_of_a_mail_is_not_escaped_and_html_is(youth):
    user = with_mail(youth.user)
    User.objects.filter(pk=user.pk).update(first_name="<b>Mia & Co</b>")
    tell("coins_paid", User.objects.get(pk=user.pk), coins=1, open=0)

    outbox.relay(db.now())

    (letter,) = mail.outbox
    assert "Hallo <b>Mia & Co</b>," in letter.body
    assert "<b>Mia" not in letter.alternatives[0][0]


# ── By mail, later, or not at all ────────────────────────────────────────────────────────────────
def test_what_can_be_switched_off_is_and_the_rest_never(told):
    for person in {person for person, _ids in told.values()}:
        choices.choose(person=person, times=Channel.NEVER, coins=Channel.NEVER, weekday=0, now=NOON)

    for topic, (person, ids) in told.items():
        tell(topic, person, **ids)
    outbox.relay(db.now())

    always = [topic for topic in told if KINDS[topic].group is Group.ACCOUNT]
    assert len(mail.outbox) == len(always) > 8
    assert not any("List-Unsubscribe" in letter.extra_headers for letter in mail.outbox)
    assert Notice.objects.count() == len(told), "behind the bell stands everything"


def test_somebody_says_in_the_profile_what_comes_by_mail(as_youth, youth):
    assert "Was als Mail kommt" in page(as_youth, "accounts:profile")
    answer = as_youth.post(
        reverse("accounts:mail-settings"), {"times": "digest", "coins": "never", "weekday": "3"}, follow=True
    )

    assert "Gespeichert." in answer.content.decode()
    chosen = MailSettings.objects.get(person=youth.user)
    assert (chosen.times, chosen.coins, chosen.weekday) == ("digest", "never", 3)
    wrong = as_youth.post(reverse("accounts:mail-settings"), {"times": "immer", "coins": "now", "weekday": "9"})
    assert wrong.status_code == 422
    chosen.refresh_from_db()
    assert chosen.weekday == 3


@pytest.fixture
def letter(youth):
    tell("coins_paid", with_mail(youth.user), coins=1, open=0)
    outbox.relay(db.now())
    return mail.outbox[0]


def link_in(letter) -> str:
    url = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in letter.body
    return urlsplit(url).path


def test_one_click_without_a_session_ends_such_mails_and_no_others(letter, youth):
    stranger = Client(enforce_csrf_checks=True)
    path = link_in(letter)

    for _ in range(3):  # scanners look
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
    assert not MailSettings.objects.exists()
    for _ in range(2):
        answer = stranger.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200

    chosen = MailSettings.objects.get()
    assert (chosen.person, chosen.times, chosen.coins, chosen.weekday) == (youth.user, "now", "never", 6)
    mail.outbox.clear()
    tell("coins_paid", youth.user, coins=1, open=0)
    outbox.relay(db.now())
    assert mail.outbox == []


def test_a_link_that_was_changed_opens_nothing(letter, client):
    path = link_in(letter)

    for broken in (path[:-3] + "xx/", path.replace("abbestellen/", "abbestellen/x")):
        assert client.post(broken).status_code == 404
        assert "kennen wir nicht" in client.get(broken).content.decode()
    other = mails._SIGNER.sign_object({"person": str(uuid4()), "what": "coins"})
    assert client.post(reverse("accounts:unsubscribe", args=[other])).status_code == 404
    account = mails._SIGNER.sign_object({"person": str(User.objects.latest("pk").public_id), "what": ""})
    assert client.post(reverse("accounts:unsubscribe", args=[account])).status_code == 404
    assert not MailSettings.objects.exists()


def test_a_weekday_that_does_not_exist_is_refused_by_the_database(youth):
    with pytest.raises(Exception, match="accounts_digest_on_a_weekday"), transaction.atomic():
        MailSettings.objects.create(person=youth.user, weekday=8, weekday_since=NOON)


def test_many_are_told_in_two_statements_and_once(youth, django_assert_num_queries):
    people = [youth.user, *(with_mail(make_user()) for _ in range(3))]
    rows = User.objects.filter(pk__in=[person.pk for person in people]).values_list(
        "pk", JSONObject(coins=Value(7), open=Value(0)), Cast(MD5(Cast("pk", CharField())), UUIDField())
    )

    with transaction.atomic(), django_assert_num_queries(2):
        assert telling.tell_all("coins_paid", rows, now=NOON) == 4
    with transaction.atomic():
        assert telling.tell_all("coins_paid", rows, now=NOON) == 0

    assert Notice.objects.count() == 4
    assert OutboxMessage.objects.count() == 3
