"""The code on the wall: one tap from whoever is there, and a sentence for everybody else."""

from datetime import timedelta
from unittest import mock

import pytest
from django.test import override_settings
from django.urls import reverse

from activities.chances import check_in
from activities.models import Booking
from clevervibes.lib import db
from tests.factories import host_person, make_booking, make_date, make_youth

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = timedelta(seconds=check_in.STEP_SECONDS)


@pytest.fixture
def now():
    return db.now()


@pytest.fixture
def date(now):
    return make_date(starts_at=now - timedelta(minutes=5), now=now - DAY)


@pytest.fixture
def youth(date, now):
    youth = make_youth(age=17, now=now - 9 * DAY)
    make_booking(youth, date, now=now - HOUR)
    return youth


@pytest.fixture
def as_youth(client, youth):
    client.force_login(youth.user)
    return client


def address(date, at):
    return reverse("activities:check-in", args=[check_in.token_of(date, at)])


def scan(client, date, at):
    """Open the code and press the button, if there is one."""
    page = client.get(address(date, at))
    if page.status_code != 200:
        return page
    return client.post(address(date, at), {"ticket": page.context["ticket"].text})


def checked_in():
    return Booking.objects.filter(checked_in_at__isnull=False).count()


def test_a_scan_and_a_tap_check_in(as_youth, date, now):
    assert "Du bist da!" in scan(as_youth, date, now).content.decode()
    assert checked_in() == 1


def test_opening_it_changes_nothing(as_youth, date, now):
    for _ in range(10):
        as_youth.get(address(date, now))
        as_youth.head(address(date, now))
    assert checked_in() == 0


@pytest.mark.parametrize(("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_around_now(youth, date, now, steps, is_good):
    token = check_in.token_of(date, now + steps * STEP)
    if is_good:
        assert check_in.look(token, by=youth.user, now=now).booking.youth == youth
    else:
        with pytest.raises(check_in.CodeOld):
            check_in.look(token, by=youth.user, now=now)


def test_two_steps_old_is_told_to_scan_again(as_youth, date, now):
    answer = scan(as_youth, date, now - 3 * STEP)
    assert answer.status_code == 410
    assert "wechselt alle 30 Sekunden" in answer.content.decode()
    assert checked_in() == 0


def test_used_twice(as_youth, date, now):
    scan(as_youth, date, now)
    answer = scan(as_youth, date, now)
    assert answer.status_code == 409
    assert "Du bist schon eingecheckt" in answer.content.decode()
    assert checked_in() == 1


def test_of_another_event(as_youth, now):
    other = make_date("Hinter der Bühne", starts_at=now, now=now - DAY)
    answer = scan(as_youth, other, now)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "gehört zu „Hinter der Bühne“" in text
    assert "Du hast „Frühstücksbrett aus Eiche“ gebucht" in text
    assert checked_in() == 0


def test_photographed_and_sent_to_somebody_who_has_not_booked(client, youth, date, now):
    friend = make_youth("Ben", age=17, now=now - 9 * DAY)
    client.force_login(friend.user)
    answer = scan(client, date, now)
    assert answer.status_code == 403
    assert "Du stehst nicht auf der Liste" in answer.content.decode()
    assert checked_in() == 0


def test_not_signed_in(client, youth, date, now):
    answer = client.get(address(date, now))
    assert answer.status_code == 401
    assert "Melde Dich erst an" in answer.content.decode()
    assert client.post(address(date, now), {"ticket": "x"}).status_code == 401


def test_an_adult_need_not_check_in(client, date, now):
    client.force_login(host_person(date.host))
    assert "Sie müssen nichts tun" in client.get(address(date, now)).content.decode()


def test_before_and_after_it_is_closed_and_says_when(client, now):
    early = make_date("Morgen", starts_at=now + 2 * HOUR, now=now - DAY)
    youth = make_youth(age=17, now=now - 9 * DAY)
    make_booking(youth, early, now=now)
    client.force_login(youth.user)
    answer = client.get(address(early, now))
    assert answer.status_code == 409
    assert "ab einer halben Stunde vor dem Anfang" in answer.content.decode()


def test_who_still_waits_for_the_guardians_cannot_enter(client, now):
    date = make_date(starts_at=now + timedelta(minutes=20), now=now - DAY)
    youth = make_youth(age=14, now=now - 9 * DAY)
    make_booking(youth, date, yes=False, now=now - HOUR)
    client.force_login(youth.user)
    assert "noch nicht Ja gesagt" in client.get(address(date, now)).content.decode()


def test_a_ticket_is_good_for_five_minutes_and_for_its_youth(youth, date, now):
    ticket = check_in.look(check_in.token_of(date, now), by=youth.user, now=now).text
    other = make_youth("Ben", age=17, now=now - 9 * DAY)
    make_booking(other, date, now=now - HOUR)
    with pytest.raises(check_in.CodeUnknown):
        check_in.check_in(ticket=ticket, by=other.user, now=now)
    with pytest.raises(check_in.CodeOld):
        check_in.check_in(ticket=ticket, by=youth.user, now=now + check_in.TICKET_LIVES + timedelta(seconds=2))
    assert check_in.check_in(ticket=ticket, by=youth.user, now=now + timedelta(minutes=4)).checked_in_at


@pytest.mark.parametrize("garbage", ["x", "a" * 43, "%00", "ä", "A" * 4000])
def test_garbage_is_no_code(as_youth, garbage):
    answer = as_youth.get(f"/chancen/da/{garbage}/")
    assert answer.status_code == 404


def test_a_forged_or_changed_code_is_none_of_ours(youth, date, now):
    token = check_in.token_of(date, now)
    with override_settings(SECRET_KEY="another" * 10), pytest.raises(check_in.CodeUnknown):
        check_in.look(token, by=youth.user, now=now)
    for position in (0, 20, 24, len(token) - 2):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        with pytest.raises(check_in.CodeUnknown):
            check_in.look(changed, by=youth.user, now=now)


def test_the_host_s_screen_shows_another_code_every_half_minute_and_who_is_there(client, youth, date, now):
    client.force_login(host_person(date.host))
    wall = reverse("activities:date-code", args=[date.public_id])
    assert "Code zeigen" in client.get(wall).content.decode()
    client.post(wall)
    date.refresh_from_db()
    assert date.code_shown_by == host_person(date.host)
    codes = set()
    for steps in range(3):
        with mock.patch("activities.chances.host_views.db.now", lambda steps=steps: now + steps * STEP):
            page = client.get(wall)
        codes.add(page.context["qr"].path)
        assert '<noscript><meta http-equiv="refresh"' in page.content.decode()
    assert len(codes) == 3

    Booking.objects.update(checked_in_at=now)
    assert "1 von 1 da" in client.get(wall).content.decode()
