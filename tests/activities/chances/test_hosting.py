"""Hosts write dates on their own page; the team releases them; what was changed is read again."""

from datetime import date as calendar_date
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import Notice
from activities import opportunities
from activities.chances import hosting
from activities.models import Booking, Opportunity
from clevervibes.lib import db, periods
from tests.factories import NOON, host_person, make_booking, make_category, make_date, make_host, make_user, make_youth

pytestmark = pytest.mark.django_db
NEW = reverse("activities:new-date")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def host():
    return make_host()


@pytest.fixture
def as_host(client, host):
    client.force_login(host_person(host))
    return client


def in_days(days):
    return periods.berlin_date(db.now()) + timedelta(days=days)


def typed(**changes):
    return {
        "key": str(uuid4()), "host": changes.pop("host", ""), "kind": "workshop", "title": "Frühstücksbrett aus Eiche",
        "text": "Sägen, schleifen, ölen. Das Brett gehört danach Dir.", "topic": "handwerk",
        "category": make_category().slug, "day": in_days(9).isoformat(), "starts": "15:00", "ends": "17:30",
        "repeat": "once", "times": "", "where": "Werkstatt, Mühlenweg 4", "way": "10 Minuten vom Bahnhof",
        "wear": "Alte Kleidung", "seats": "6", "minimum_age": "12", "contact_name": "Jette Nissen",
        "never_alone": "on", "then": "send", **changes,
    }  # fmt: skip


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_date_goes_to_the_team_and_from_there_to_the_youths(as_host, host, admin_client):
    as_host.post(NEW, typed(host=host.public_id))
    date = Opportunity.objects.get()
    assert (date.state_at(db.now()), date.topic.slug) == (Opportunity.State.SENT, "handwerk")

    changelist = reverse("admin:activities_opportunity_changelist")
    chosen = {"action": "release", "_selected_action": [date.pk]}
    answer = admin_client.post(changelist, chosen, follow=True)
    assert "Führungszeugnis von Jette Nissen" in answer.content.decode()

    Opportunity.objects.update(certificate_seen_on=in_days(-9), certificate_valid_until=in_days(900))
    admin_client.post(changelist, chosen)
    youth = make_youth(age=17, now=db.now() - 5 * DAY)
    as_host.force_login(youth.user)
    assert "Frühstücksbrett" in as_host.get(reverse("activities:opportunities")).content.decode()


def test_the_preview_stores_nothing_and_shows_what_is_held(as_host, host):
    answer = as_host.post(NEW, typed(host=host.public_id, then="show", text="Fragen? 0176 1234567, immer gern."))
    page = answer.content.decode()
    assert "So sehen es die Jugendlichen" in page
    assert "0176 1234567" in page
    assert not Opportunity.objects.exists()


def test_one_form_makes_a_series_at_the_same_clock_across_the_change_to_winter(as_host, host):
    # Three weeks before the clocks change next.
    year = in_days(0).year + (in_days(0) >= calendar_date(in_days(0).year, 10, 1))
    first = min(calendar_date(year, 10, 10), in_days(300))
    as_host.post(NEW, typed(host=host.public_id, day=first.isoformat(), repeat="weekly", times="4", kind="club"))
    dates = list(Opportunity.objects.order_by("starts_at"))
    assert [one.starts_at.astimezone(periods.BERLIN).strftime("%H:%M") for one in dates] == ["15:00"] * 4
    assert [one.minutes for one in dates] == [150] * 4
    assert len({one.series for one in dates}) == 1
    assert dates[1].starts_at.astimezone(periods.BERLIN).date() == first + timedelta(days=7)


def test_a_form_sent_twice_makes_its_dates_once(as_host, host):
    sent = typed(host=host.public_id, repeat="weekly", times="3")
    for _ in range(2):
        as_host.post(NEW, sent)
    assert Opportunity.objects.count() == 3


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"day": "2027-02-31"}, "Diesen Tag gibt es nicht"),
        ({"day": "9999-01-01"}, "Stimmt das Jahr"),
        ({"ends": "14:00"}, "Das Ende liegt vor dem Anfang"),
        ({"starts": "06:00", "ends": "15:00"}, "höchstens 8 Stunden"),
        ({"repeat": "weekly"}, "Wie viele Termine"),
        ({"repeat": "weekly", "times": "99"}, ""),
        ({"never_alone": ""}, "immer zwei Erwachsene"),
        ({"seats": "0"}, ""),
        ({"title": "x" * 10_000}, ""),
        ({"kind": "party"}, ""),
        ({"topic": "\x00"}, ""),
    ],
)
def test_what_cannot_be_is_a_sentence_and_nothing_is_lost(as_host, host, wrong, sentence):
    answer = as_host.post(NEW, typed(host=host.public_id, wear="Gummistiefel 🥾", **wrong))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Gummistiefel 🥾" in page
    assert not Opportunity.objects.exists()


def test_yesterday_is_no_date(as_host, host):
    assert as_host.post(NEW, typed(host=host.public_id, day=in_days(-1).isoformat())).status_code == 422


def test_a_host_posts_for_nobody_else(as_host):
    other = make_host("Gärtnerei Grünspecht")
    assert as_host.post(NEW, typed(host=other.public_id)).status_code == 422
    theirs = make_date(host=other, release=False)
    for name in ("host-date", "change-date", "cancel-date", "date-code"):
        assert as_host.get(reverse(f"activities:{name}", args=[theirs.public_id])).status_code == 404


def test_a_certificate_seen_once_is_good_for_the_whole_series():
    host = make_host()
    seen = make_date(host=host)
    next_one = make_date(host=host, release=False, certificate_seen_on=None, certificate_valid_until=None)
    other = make_date(host=host, release=False, certificate_seen_on=None, certificate_valid_until=None,
                      contact_name="Ole Kranz")  # fmt: skip
    released = opportunities.release(opportunity_id=next_one.public_id, by=make_user(), now=NOON)
    assert released.certificate_valid_until == seen.certificate_valid_until
    with pytest.raises(opportunities.CertificateMissing):
        opportunities.release(opportunity_id=other.public_id, by=make_user(), now=NOON)


# ── Changed after it was released ────────────────────────────────────────────────────────────────
def details_of(date, **changes):
    plain = {name: getattr(date, name) for name in hosting.Details.__dataclass_fields__}
    return hosting.Details(**{**plain, **changes})


def change(date, **changes):
    by = host_person(date.host)
    return hosting.change(opportunity_id=date.public_id, by=by, details=details_of(date, **changes), now=NOON)


def test_a_changed_text_is_seen_by_no_youth_until_the_team_has_read_it(client):
    now = db.now()
    youth, date = make_youth(age=17, now=now - 5 * DAY), make_date(starts_at=now + 3 * DAY, now=now)
    made = make_booking(youth, date, now=now)
    by = host_person(date.host)
    hosting.change(opportunity_id=date.public_id, by=by, details=details_of(date, title="Neuer Titel"), now=now)

    client.force_login(youth.user)
    for address in (reverse("activities:opportunities"), reverse("activities:my-dates"), reverse("start")):
        page = client.get(address).content.decode()
        assert "Neuer Titel" not in page
        assert "wird gerade geändert" in page
    assert client.get(date.get_absolute_url()).status_code == 404
    made.refresh_from_db()
    assert made.status == Booking.Status.BOOKED

    opportunities.release(opportunity_id=date.public_id, by=make_user(), now=now)
    assert "Neuer Titel" in client.get(reverse("activities:my-dates")).content.decode()
    assert Notice.objects.filter(to=youth.user, topic="chance_changed").count() == 1


def test_a_date_that_moves_takes_its_bookings_along_unless_somebody_is_elsewhere():
    date, beside = make_date(), make_date("Nebenan", starts_at=NOON + 8 * DAY)
    comes, torn = make_youth(age=17), make_youth(age=17)
    along, lost = make_booking(comes, date), make_booking(torn, date)
    make_booking(torn, beside)
    moved = change(date, starts_at=NOON + 8 * DAY, ends_at=NOON + 8 * DAY + 2 * HOUR)
    opportunities.release(opportunity_id=moved.public_id, by=make_user(), now=NOON)

    along.refresh_from_db(), lost.refresh_from_db()
    assert (along.status, along.starts_at) == (Booking.Status.BOOKED, NOON + 8 * DAY)
    assert (lost.status, lost.ended_why) == (Booking.Status.CANCELLED, Booking.Ended.CLASH)
    assert Notice.objects.filter(to=torn.user, topic="chance_cancelled").exists()


def test_the_same_words_again_change_nothing_and_seats_that_are_taken_stay():
    date = make_date(seats=2)
    make_booking(make_youth(age=17), date)
    make_booking(make_youth(age=17), date)
    assert change(date).released_at == date.released_at
    with pytest.raises(hosting.SeatsTaken):
        change(date, seats=1)


def test_another_contact_needs_another_certificate():
    date = change(make_date(), contact_name="Ole Kranz")
    with pytest.raises(opportunities.CertificateMissing):
        opportunities.release(opportunity_id=date.public_id, by=make_user(), now=NOON)


def test_a_date_is_called_off_for_one_of_the_reasons(as_host, host):
    date = make_date(host=host, starts_at=db.now() + DAY, now=db.now())
    address = reverse("activities:cancel-date", args=[date.public_id])
    assert as_host.post(address, {"why": "Ruf mich an"}).status_code == 422
    as_host.post(address, {"why": "ill"})
    date.refresh_from_db()
    assert date.cancelled_why == "ill"
    with pytest.raises(opportunities.WasCancelled):
        opportunities.release(opportunity_id=date.public_id, by=make_user(), now=datetime.now(tz=periods.BERLIN))


def test_the_team_calls_dates_off_from_its_list(admin_client, admin_user):
    date = make_date(starts_at=db.now() + DAY, now=db.now())
    admin_user.club = date.host.organisation.club
    admin_user.save()
    admin_client.post(
        reverse("admin:activities_opportunity_changelist"), {"action": "cancel_few", "_selected_action": [date.pk]}
    )
    date.refresh_from_db()
    assert (date.cancelled_why, date.cancelled_by) == ("few", admin_user)
