"""Birthdays: what changes in which second, what is done once, and who is told."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse

from accounts import birthdays as days
from accounts import consent, registration, reveals, selectors
from accounts.models import BirthDateChange, Birthday, Consent, Ending
from activities import entries
from activities import selectors as shared_time
from clevervibes import birthdays
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import OutboxMessage
from tests.concurrency import tell
from tests.factories import (
    JOINED,
    NOON,
    guardian_of,
    make_consent_text,
    make_details,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)

# Month and day of 40 births: 29 February, the days on which clocks change in the years in which they matter, the days
# around them, ends of months and years, and some in between. The first eight are asked in each run.
BORN = [
    (2, 29), (2, 28), (3, 1), (12, 31), (1, 1), (3, 28), (10, 31), (10, 25), (3, 29), (3, 30), (3, 31), (3, 27),
    (3, 26), (3, 25), (10, 26), (10, 27), (10, 28), (10, 29), (10, 30), (4, 30), (5, 1), (6, 30), (7, 1), (8, 31),
    (9, 1), (9, 30), (11, 30), (12, 1), (1, 31), (2, 1), (6, 21), (12, 21), (7, 15), (8, 15), (4, 1), (5, 31),
    (9, 16), (11, 11), (2, 27), (3, 2),
]  # fmt: skip


def turns(born: date, years: int) -> datetime:
    """By the calendar on the wall: 29 February comes a day later where there is none."""
    year = born.year + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    month, day = (3, 1) if (born.month, born.day) == (2, 29) and not leap else (born.month, born.day)
    return datetime(year, month, day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def make_child(born: date, joined: datetime, *, guardian=None):
    youth = registration.join(user=make_user("Mia"), birth_date=born, now=joined)
    registration.add_guardian(guardian=guardian or make_user("Sabine"), youth=youth, now=joined)
    by = guardian_of(youth) if youth.age_at(joined) < 16 else youth.user
    consent.give(youth=youth, text=make_consent_text(), by=by, now=max(joined, JOINED - timedelta(days=9999)))
    for person in (guardian_of(youth), youth.user):
        registration.see(person=person, by=make_user("Team"), now=joined)
    return youth


def sixteen(youth, guardian, now) -> list[bool]:
    """What holds from the birthday on; on the day before each of them is the other way round."""
    own = consent.standing_of(youth, seen_by=youth.user, now=now)
    theirs = consent.standing_of(youth, seen_by=guardian, now=now)
    return [
        own.may_give, own.may_withdraw, not theirs.may_give,
        Birthday.objects.get(youth=youth, years=16).done_at is not None,
    ]  # fmt: skip


def eighteen(youth, guardian, now) -> list[bool]:
    return [
        not selectors.youths_guarded_by(guardian, at=now).exists(),
        not selectors.youths_confirmed_by(guardian, at=now).exists(),
        not shared_time.entries_confirmed_by(guardian, at=now).exists(),
        not consent.youths_seen_by(guardian, now).exists(),
        not selectors.has_consent(youth, at=now),
        not youth.guardianships.filter(ended_at=None).exists(),
        consent.standing_of(youth, seen_by=youth.user, now=now).state == consent.State.OWN,
    ]


def twentyone(youth, guardian, now) -> list[bool]:
    def may_log() -> bool:
        try:
            entries.require_may_log(youth, now)
        except entries.Grown:
            return False
        return True

    return [
        not selectors.earning_youths(now).filter(pk=youth.pk).exists(),
        not may_log(),
        Ending.objects.filter(youth=youth, why="turned_21").exists(),
    ]


@pytest.mark.parametrize("dates", [BORN[:8], pytest.param(BORN, marks=pytest.mark.slow)], ids=["eight", "forty"])
def test_birth_dates_change_nothing_a_second_before_and_everything_at_midnight(dates):
    make_consent_text()
    assert len(set(BORN)) == 40
    wrong, checks, first = [], 0, 2005
    for number, (month, day) in enumerate(dates):
        year = 2008 if (month, day) == (2, 29) else first + number % 6
        for years, look in ((16, sixteen), (18, eighteen), (21, twentyone)):
            # For 18 the youth consented through a guardian, for 21 alone.
            born = date(year, month, day)
            moment = turns(born, years)
            youth = make_child(born, moment - timedelta(days=365 * (3 if years == 18 else 2)))
            guardian = guardian_of(youth)
            entry_at = moment - timedelta(days=3)
            if years == 18:
                details = make_details(starts_at=entry_at)
                entries.log(youth=youth, by=youth.user, details=details, submit=True, now=entry_at + timedelta(hours=2))
            for offset in (-SECOND, timedelta(), SECOND):
                birthdays.process(now=moment + offset)
                youth.refresh_from_db()
                for place, holds in enumerate(look(youth, guardian, moment + offset)):
                    checks += 1
                    if holds != (offset >= timedelta()):
                        wrong.append((born, years, offset, look.__name__, place))
            if years == 21:
                ending = Ending.objects.get(youth=youth)
                checks += 1
                last = (moment.astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=90)).astimezone(UTC)
                if ending.spend_until != last:
                    wrong.append((born, years, ending.spend_until))
            guardian.delete()
            youth.user.delete()

    more = f"{len(dates)} birth dates, 16/18/21, a second before, at, after"
    tell("birthdays", bad=len(wrong), of=checks, seed=0, more=more)
    assert wrong == []


def born_for(years: int, on: date) -> date:
    return on.replace(year=on.year - years)


def in_days(number: int) -> date:
    return periods.berlin_date(NOON) + timedelta(days=number)


def with_mail(*people):
    for person in people:
        person.email = f"{person.username}@example.org"
        person.save(update_fields=["email"])
    OutboxMessage.objects.all().delete()


def delivered(now) -> list[tuple[str, str]]:
    mail.outbox.clear()
    outbox.relay(now)
    return sorted((message.to[0].partition("@")[0].rstrip("0123456789"), message.body) for message in mail.outbox)


def test_sixteen_is_announced_to_the_youth_and_silence_changes_nothing():
    youth = make_child(born_for(16, in_days(14)), JOINED)
    with_mail(youth.user, guardian_of(youth))
    midnight = periods.midnight(in_days(14))

    birthdays.process(now=midnight - days.TOLD_BEFORE - SECOND)
    assert delivered(NOON) == []
    for _ in range(2):
        birthdays.process(now=midnight - days.TOLD_BEFORE)
    ((name, text),) = delivered(NOON)
    assert name == "mia"
    assert "wirst Du 16" in text

    for hours in (0, 1):
        birthdays.process(now=midnight + timedelta(hours=hours))
    ((name, text),) = delivered(midnight + timedelta(hours=2))
    assert (name, "Du bist 16" in text) == ("mia", True)
    assert selectors.has_consent(youth, at=midnight)
    assert youth.guardianships.filter(ended_at=None).count() == 1


def test_at_eighteen_what_is_open_waits_for_the_trusted_person_and_all_are_told():
    youth = make_child(born_for(18, in_days(2)), JOINED)
    mother, grandmother = guardian_of(youth), make_user("Ursula")
    registration.name_trusted_person(person=grandmother, youth=youth, by=youth.user, now=JOINED)
    entry = entries.log(youth=youth, by=youth.user, details=make_details(), submit=True, now=NOON)
    with_mail(youth.user, mother, grandmother)
    midnight = periods.midnight(in_days(2))

    birthdays.process(now=NOON)
    assert [name for name, _text in delivered(NOON)] == ["mia", "sabine"]
    birthdays.process(now=midnight)

    assert list(shared_time.entries_confirmed_by(grandmother, at=midnight)) == [entry]
    assert list(shared_time.inbox(grandmother)) == [entry]
    link = youth.guardianships.get()
    assert (link.ended_at, link.ended_how) == (midnight, "age")
    told = dict(delivered(midnight))
    assert set(told) == {"mia", "sabine", "ursula"}
    assert "1 Eintrag wartet" in told["ursula"]
    assert "Damit endet hier die Sorge" in told["sabine"]
    assert "Vertrauenspersonen" in told["mia"]


def test_guardians_pages_are_gone_at_eighteen_before_any_tick(client):
    youth = make_child(born_for(18, periods.berlin_date(db.now())), db.now() - timedelta(days=300))
    entry = entries.log(
        youth=youth, by=youth.user, submit=True, now=db.now(),
        details=make_details(starts_at=db.now() - timedelta(hours=3)),
    )  # fmt: skip
    client.force_login(guardian_of(youth))

    assert client.get(reverse("activities:inbox")).status_code == 404
    assert client.get(reverse("accounts:consent", args=[youth.public_id])).status_code == 404
    assert client.get(reverse("activities:return", args=[entry.public_id])).status_code == 404
    assert client.get(reverse("coins:statement") + f"?youth={youth.public_id}").status_code == 404
    assert client.post(f"/api/v1/approvals/{entry.public_id}/approve/").status_code == 404
    assert "Mia" not in client.get(reverse("start")).content.decode()


def test_a_birthday_that_was_over_on_joining_is_nothing_new():
    youth = make_youth(age=17)
    with_mail(youth.user)

    birthdays.process(now=NOON)

    assert delivered(NOON) == []
    assert [row.done_at is None for row in youth.birthdays.order_by("years")] == [False, True, True]


def test_a_tick_that_comes_three_days_late_does_everything_once():
    youth = make_child(born_for(18, in_days(0)), JOINED)
    with_mail(youth.user)
    late = periods.midnight(in_days(3))
    for _ in range(2):
        birthdays.process(now=late)
    assert len(delivered(late)) == 1
    assert youth.birthdays.get(years=18).done_at == late


def test_the_start_page_says_it_to_those_without_a_mail_address(client):
    youth = make_child(born_for(16, periods.berlin_date(db.now()) + timedelta(days=5)), db.now() - timedelta(days=90))
    birthdays.process(now=db.now())
    client.force_login(youth.user)
    assert "wirst Du 16" in client.get(reverse("start")).content.decode()


# ── A birth date put right ───────────────────────────────────────────────────────────────────────
def test_a_corrected_birth_date_moves_the_birthdays_and_is_recorded():
    youth = make_child(born_for(18, in_days(-5)), JOINED)
    birthdays.process(now=NOON)
    assert youth.birthdays.get(years=18).done_at

    team = make_user("Team")
    after = born_for(18, in_days(100))
    days.change_birth_date(youth=youth, birth_date=after, reason="Zahlendreher", by=team, now=NOON)

    row = youth.birthdays.get(years=18)
    assert (row.due_at, row.done_at) == (periods.midnight(in_days(100)), None)
    change = BirthDateChange.objects.get()
    assert (change.before, change.after, change.by) == (born_for(18, in_days(-5)), after, team)
    birthdays.process(now=row.due_at)
    row.refresh_from_db()
    assert row.done_at == row.due_at


def test_a_correction_within_the_past_tells_nobody_again():
    youth = make_child(born_for(18, in_days(-5)), JOINED)
    birthdays.process(now=NOON)
    with_mail(youth.user)
    days.change_birth_date(
        youth=youth, birth_date=born_for(18, in_days(-3)), reason="Zahlendreher", by=make_user(), now=NOON
    )
    birthdays.process(now=NOON)
    assert delivered(NOON) == []


def test_a_correction_to_under_twenty_one_calls_the_last_days_off():
    youth = make_child(born_for(21, in_days(-5)), JOINED)
    birthdays.process(now=NOON)
    assert Ending.objects.filter(called_off_at=None).exists()
    days.change_birth_date(
        youth=youth, birth_date=born_for(21, in_days(50)), reason="Zahlendreher", by=make_user(), now=NOON
    )
    assert not Ending.objects.filter(called_off_at=None).exists()


@pytest.mark.parametrize(("years", "refusal"), [(11, days.WrongBirthDate), (21, days.WrongBirthDate)])
def test_a_correction_that_would_never_have_let_them_join_is_refused(years, refusal):
    youth = make_youth()
    wrong = periods.berlin_date(JOINED).replace(year=JOINED.year - years)
    with pytest.raises(refusal):
        days.change_birth_date(youth=youth, birth_date=wrong, reason="?", by=make_user(), now=NOON)
    with pytest.raises(days.ReasonMissing):
        days.change_birth_date(youth=youth, birth_date=date(2010, 1, 1), reason=" ", by=make_user(), now=NOON)
    assert not BirthDateChange.objects.exists()


def test_the_team_corrects_it_on_a_page_of_its_own_and_nowhere_else(client):
    youth = make_youth()
    team = make_user(is_staff=True, is_superuser=True)
    client.force_login(team)
    reveals.reveal(youth=youth, by=team, reason="Anruf der Mutter", now=db.now())
    page = reverse("admin:accounts_youthprofile_change", args=[youth.pk])
    assert 'name="birth_date"' not in client.get(page).content.decode()
    address = reverse("admin:accounts_youthprofile_birth_date", args=[youth.pk])

    assert client.post(address, {"birth_date": "2012-05-04", "reason": ""}).status_code == 200
    assert not BirthDateChange.objects.exists()
    client.post(address, {"birth_date": "2012-05-04", "reason": "Zahlendreher"})

    youth.refresh_from_db()
    assert youth.birth_date == date(2012, 5, 4)
    assert "Zahlendreher" in client.get(page).content.decode()
    assert Consent.objects.filter(withdrawn_at=None).count() == 1
