"""A youth's interest in a place: what is shown to whom, who agrees, what is answered, and how it ends."""

import html
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import birthdays as people_birthdays
from accounts import consent, erasures, registration, stops
from accounts.models import Notice, YouthProfile
from activities import entries, proposals
from activities.models import InterestStep, PlaceInterest, Portfolio
from activities.places import closing, hosting, interest
from activities.portfolio import choosing, versions
from clevervibes import birthdays, erasure
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import OutboxMessage
from tests.concurrency import in_parallel, rounds
from tests.factories import (
    NOON,
    guardian_of,
    host_user,
    make_approved,
    make_host,
    make_interest,
    make_place,
    make_portfolio,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
State = PlaceInterest.State
# Thursday afternoon in Berlin, eight days after NOON.
MEETING = NOON + timedelta(days=8, hours=4)


@pytest.fixture
def place():
    return make_place("Praktikum in der Werkstatt")


@pytest.fixture
def host(place):
    return host_user(place.host)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(client, interest_or_url):
    address = interest_or_url if isinstance(interest_or_url, str) else interest_or_url.get_absolute_url()
    answer = client.get(address)
    return answer.status_code, html.unescape(answer.content.decode())


def host_page(found) -> str:
    return reverse("activities:host-interest", args=[found.public_id])


def sees(user, found) -> bool:
    """Say whether a company sees an interest, on its list and by its address alike."""
    client = signed_in(user)
    by_address = client.get(host_page(found)).status_code == 200
    listed = (
        str(found.public_id)
        in client.get(reverse("activities:host-place", args=[found.place.public_id])).content.decode()
    )
    assert by_address == listed
    return by_address


def told(user) -> list[str]:
    return list(Notice.objects.filter(to=user).order_by("pk").values_list("topic", flat=True))


def invite(found, host, **changes):
    given = {
        "reply": "invite",
        "meets_at": MEETING,
        "meets_where": interest.meeting_points(found.place)[0],
        "now": NOON,
    }
    return interest.answer(interest_id=found.public_id, by=host, **{**given, **changes})


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────
def test_from_sixteen_on_a_youth_looks_at_a_preview_and_sends(place, host):
    youth = make_youth(age=16)
    make_approved(youth, minutes=60, did="Regal gebaut.", learned="Man braucht eine Wasserwaage.")
    entry = youth.entries.get()
    choosing.choose(youth=youth, shown=[entry.public_id], picks=[], learned=[entry.public_id])
    version = make_portfolio(youth, now=db.now())
    client = signed_in(youth.user)
    address = reverse("activities:express-interest", args=[place.public_id])
    chosen = {"portfolio": version.pk, "reach": "phone", "reach_at": "0176 1234567"}

    preview = html.unescape(client.post(address, {**chosen, "then": "preview"}).content.decode())
    assert not PlaceInterest.objects.exists()
    back = html.unescape(client.post(address, {**chosen, "then": "back"}).content.decode())
    assert "0176 1234567" in back, "what was chosen is still there"
    for _ in range(2):
        answer = client.post(address, {**chosen, "then": "send"})
    found = PlaceInterest.objects.get()
    assert answer.url == found.get_absolute_url()
    assert (found.state, found.reach_at, found.portfolio) == ("open", "0176 1234567", version)

    shown = preview[preview.index('<div class="shown') : preview.index('<input type="hidden" name="portfolio"')]
    _status, company = read(signed_in(host), host_page(found))
    assert shown.strip() in company, "the company sees exactly the preview"
    for expected in ("Mia", "0176 1234567", "Regal gebaut.", "Wasserwaage"):
        assert expected in shown
    assert client.get(address).url == found.get_absolute_url(), "asking again leads to the one there is"


def test_the_company_sees_a_first_name_one_contact_and_the_portfolio_and_nothing_else(place, host):
    youth = make_youth("Wiedehopf", age=17)
    youth.user.last_name, youth.user.email = "Pirolsen", "pirol@example.org"
    youth.user.save()
    make_approved(youth, did="Gezeigtes", companion_name="Opa Rotmilan")
    version = make_portfolio(youth)
    make_approved(youth, starts_at=NOON - timedelta(hours=8), did="Verschwiegenes")
    found = make_interest(youth, place=place, portfolio=version, reach="club", reach_at="0176 1234567")

    said = ""
    client = signed_in(host)
    for address in (
        host_page(found), reverse("activities:host-places"), reverse("activities:host-place", args=[place.public_id]),
        reverse("start"), reverse("accounts:notices"),
    ):  # fmt: skip
        said += html.unescape(client.get(address, follow=True).content.decode())
    outbox.relay(db.now())
    said += "".join(str(letter.message()) for letter in mail.outbox if host.email in letter.to)

    assert "Wiedehopf" in said
    assert "Gezeigtes" in said
    for hidden in (
        "Pirolsen", "pirol@", "Verschwiegenes", "Rotmilan", "0176", youth.user.username, str(youth.public_id),
        str(youth.user.public_id), str(youth.birth_date), guardian_of(youth).first_name, "17 Jahre",
    ):  # fmt: skip
        assert hidden not in said
    assert "/nachweis/" not in said


def test_without_a_portfolio_it_is_a_name_and_a_way(place, host):
    found = make_interest(place=place, reach="mail", reach_at="mia@example.org")
    _status, said = read(signed_in(host), host_page(found))
    assert "Kein Portfolio dabei." in said
    assert 'href="mailto:mia@example.org"' in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"reach": "mail", "reach_at": ""}, {"reach": "mail", "reach_at": "keine adresse"},
        {"reach": "phone", "reach_at": "ruf mich an"}, {"reach": "phone", "reach_at": "1"},
        {"reach": "phone", "reach_at": "0176 1234567 und schreib mir auf Insta"}, {"reach": "brief"}, {"reach": ""},
        {"reach": "mail", "reach_at": "x" * 300 + "@example.org"}, {"portfolio": "999999"}, {"portfolio": "x"},
        {"reach": "phone", "reach_at": "javascript:alert(1)"}, {"reach": "mail", "reach_at": "a\x00@example.org"},
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence_and_nothing_is_sent(place, wrong):
    client = signed_in(make_youth(age=16).user)
    given = {"portfolio": "", "reach": "mail", "reach_at": "mia@example.org", "then": "send", **wrong}
    answer = client.post(reverse("activities:express-interest", args=[place.public_id]), given)
    assert answer.status_code == 422
    assert not PlaceInterest.objects.exists()


def test_a_portfolio_of_somebody_else_or_a_revoked_one_is_not_sent(place):
    youth, other = make_youth(age=16), make_youth("Ben", age=16)
    mine, theirs = make_portfolio(youth), make_portfolio(other)
    versions.revoke(portfolio_id=mine.public_id, by=youth.user, now=NOON)
    for portfolio in (mine, theirs):
        with pytest.raises(interest.PortfolioGone):
            make_interest(youth, place=place, portfolio=Portfolio.objects.get(pk=portfolio.pk))
        answer = signed_in(youth.user).post(
            reverse("activities:express-interest", args=[place.public_id]),
            {"portfolio": portfolio.pk, "reach": "club", "then": "send"},
        )
        assert answer.status_code == 422


def test_a_portfolio_revoked_later_is_shown_no_more(place, host):
    youth = make_youth(age=16)
    make_approved(youth, did="Regal gebaut.")
    version = make_portfolio(youth)
    found = make_interest(youth, place=place, portfolio=version)
    assert "Regal gebaut." in read(signed_in(host), host_page(found))[1]
    versions.revoke(portfolio_id=version.public_id, by=youth.user, now=NOON + DAY)
    assert "Regal gebaut." not in read(signed_in(host), host_page(found))[1]


def test_who_may_not_is_refused_by_name(place):
    young = make_youth(age=13)
    late = make_place("Ab 16", minimum_age=16)
    with pytest.raises(interest.TooYoungFor):
        make_interest(young, place=late)
    with pytest.raises(entries.NotYours):
        interest.express(
            place_id=place.public_id, youth=young, by=guardian_of(young), portfolio=None, reach="club", now=NOON
        )
    with pytest.raises(entries.ConsentMissing):
        make_interest(make_youth("Ben", consent=False), place=place)
    stopped = make_youth("Tom", age=16)
    session = YouthProfile.objects.select_related("user").get(pk=stopped.pk)  # signed in before
    stops.stop_youth(youth=stopped, by=make_user(), reason="Verdacht", sentence="Wir klären etwas.", now=NOON)
    with pytest.raises(entries.Stopped):
        make_interest(session, place=place)
    with pytest.raises(entries.Grown):
        make_interest(make_youth("Lea", age=20), place=place, now=NOON + 300 * DAY)
    closing.close(place_id=place.public_id, by=host_user(place.host), how="filled", now=NOON)
    with pytest.raises(interest.PlaceGone):
        make_interest(make_youth("Kim", age=16), place=place)
    assert not PlaceInterest.objects.exists()


def test_ten_at_once_and_room_again_after_a_withdrawal(host):
    youth = make_youth(age=16)
    places = [make_place(f"Platz {number}") for number in range(interest.AT_ONCE + 1)]
    made = [make_interest(youth, place=one) for one in places[:-1]]
    with pytest.raises(interest.TooManyOpen):
        make_interest(youth, place=places[-1])
    interest.withdraw(interest_id=made[0].public_id, by=youth.user, now=NOON)
    make_interest(youth, place=places[-1])


# ── A guardian agrees ────────────────────────────────────────────────────────────────────────────
def test_under_sixteen_nothing_is_seen_before_a_guardian_agrees(place, host):
    youth = make_youth(age=15)
    guardian = guardian_of(youth)
    found = make_interest(youth, place=place, agree=False, now=db.now())
    assert found.state == State.ASKED
    assert not sees(host, found)
    assert told(host) == ["place_released"]
    assert told(guardian)[-1] == interest.ASKED

    parent = signed_in(guardian)
    assert "Ihre Zustimmung ist gefragt" in html.unescape(parent.get(reverse("start")).content.decode())
    status, said = read(parent, found)
    assert status == 200
    assert "mia@example.org" in said, "the guardian sees what the company would see"
    for _ in range(10):  # a scanner looks
        parent.get(reverse("activities:interest-agree", args=[found.public_id]))
    found.refresh_from_db()
    assert found.state == State.ASKED
    for _ in range(2):
        parent.post(reverse("activities:interest-agree", args=[found.public_id]))

    assert sees(host, found)
    assert told(host)[-1] == interest.ARRIVED
    assert told(youth.user)[-1] == interest.SENT
    found.refresh_from_db()
    assert (found.until - found.sent_at) == interest.SHOWN_FOR
    assert "Ihre Zustimmung ist gefragt" not in html.unescape(parent.get(reverse("start")).content.decode())


def test_a_guardian_says_no_and_the_company_never_hears_of_it(place, host):
    youth = make_youth(age=14)
    found = make_interest(youth, place=place, agree=False)
    for _ in range(2):
        interest.decline(interest_id=found.public_id, by=guardian_of(youth), now=NOON)
    found.refresh_from_db()
    assert (found.state, found.reach_at) == (State.DECLINED, "")
    assert told(host) == ["place_released"]
    assert told(youth.user)[-1] == interest.DECLINED
    with pytest.raises(interest.NotWaiting):
        interest.agree(interest_id=found.public_id, by=guardian_of(youth), now=NOON)
    # Asking again is possible.
    assert make_interest(youth, place=place, agree=False).pk != found.pk


def test_only_a_guardian_agrees_and_only_while_it_waits(place, host):
    youth = make_youth(age=15)
    found = make_interest(youth, place=place, agree=False)
    trusted = make_user("Ursula")
    registration.name_trusted_person(person=trusted, youth=youth, by=guardian_of(youth), now=NOON)
    for stranger in (youth.user, trusted, guardian_of(make_youth("Ben")), host, make_user(is_staff=True)):
        for call in (interest.agree, interest.decline):
            with pytest.raises(PlaceInterest.DoesNotExist):
                call(interest_id=found.public_id, by=stranger, now=NOON)
    with pytest.raises(interest.NotWaiting):
        interest.agree(interest_id=found.public_id, by=guardian_of(youth), now=NOON + interest.ASKED_FOR)
    stops.stop_youth(youth=youth, by=make_user(), reason="Verdacht", sentence="Wir klären etwas.", now=NOON)
    with pytest.raises(proposals.CannotCount):
        interest.agree(interest_id=found.public_id, by=guardian_of(youth), now=NOON)


def test_a_yes_to_a_place_that_is_being_changed_or_closed_is_not_sent(place, host):
    youth = make_youth(age=15)
    found = make_interest(youth, place=place, agree=False)
    hosting.change(
        place_id=place.public_id, by=host, hand_in=True, now=NOON,
        details=hosting.Details(kind="placement", title="Anders", text="Ganz anders."),
    )  # fmt: skip
    with pytest.raises(interest.PlaceGone):
        interest.agree(interest_id=found.public_id, by=guardian_of(youth), now=NOON)
    found.refresh_from_db()
    assert found.state == State.ASKED
    assert not found.steps.filter(step="agree").exists()


def test_who_turned_sixteen_meanwhile_decides_alone(place, host):
    youth = make_youth(age=15)
    birthday = periods.midnight(periods.birthday(youth.birth_date, 16))
    asked_at = birthday - DAY
    found = make_interest(youth, place=place, agree=False, now=asked_at)
    with pytest.raises(interest.NotWaiting):
        interest.send_oneself(interest_id=found.public_id, by=youth.user, now=birthday - timedelta(seconds=1))
    with pytest.raises(interest.NotWaiting):
        interest.agree(interest_id=found.public_id, by=guardian_of(youth), now=birthday)
    assert not interest.waiting_for(guardian_of(youth), birthday).exists()
    sent = interest.send_oneself(interest_id=found.public_id, by=youth.user, now=birthday)
    assert sent.state == State.OPEN


# ── The company answers ──────────────────────────────────────────────────────────────────────────
def test_an_invitation_with_date_and_known_place_reaches_youth_and_guardian(place, host):
    youth = make_youth(age=17)
    found = make_interest(youth, place=place, now=db.now())
    day = periods.berlin_date(db.now() + 7 * DAY)
    where = interest.meeting_points(place)[0]
    answer = signed_in(host).post(
        host_page(found), {"reply": "invite", "day": day.isoformat(), "at": "14:30", "where": where}
    )
    assert answer.status_code == 302
    found.refresh_from_db()
    local = found.meets_at.astimezone(periods.BERLIN)
    assert (local.date(), f"{local:%H:%M}", found.meets_where) == (day, "14:30", where)
    assert "Du bist eingeladen!" in read(signed_in(youth.user), found)[1]
    for person in (youth.user, guardian_of(youth)):
        assert told(person)[-1] == interest.ANSWERED
        bell = html.unescape(signed_in(person).get(reverse("accounts:notices")).content.decode())
        assert "14:30" in bell
    assert "Mia ist eingeladen" in read(signed_in(guardian_of(youth)), found)[1]


@pytest.mark.parametrize("reply", ["query", "filled", "no"])
def test_the_other_replies_have_no_date_and_no_word_of_their_own(place, host, reply):
    staff = make_user("Svenja", is_staff=True, is_superuser=True)
    found = make_interest(place=place)
    signed_in(host).post(
        host_page(found),
        {"reply": reply, "day": "2026-12-01", "at": "14:30", "where": "Komm in den Hof", "text": "Schreib mir privat"},
    )
    interest.answer(interest_id=found.public_id, by=host, reply=reply, meets_at=MEETING, meets_where="Hof", now=NOON)
    found.refresh_from_db()
    assert (found.reply, found.meets_at, found.meets_where) == (reply, None, "")
    assert (interest.QUERIED in told(staff)) == (reply == "query")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activities_placeinterest i WHERE i::text LIKE '%privat%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""}, {"at": ""}, {"day": "31.02.2027"}, {"day": "1999-01-01"}, {"day": "9999-01-01"}, {"at": "23:30"},
        {"at": "05:00"}, {"where": "Komm zu mir nach Hause"}, {"where": ""}, {"reply": ""}, {"reply": "hallo"},
    ],
)  # fmt: skip
def test_an_invitation_to_nowhere_or_at_night_is_refused(place, host, wrong):
    found = make_interest(place=place, now=db.now())
    day = periods.berlin_date(db.now() + 7 * DAY)
    given = {"reply": "invite", "day": day.isoformat(), "at": "14:30", "where": interest.meeting_points(place)[0]}
    answer = signed_in(host).post(host_page(found), {**given, **wrong})
    assert answer.status_code == 422
    found.refresh_from_db()
    assert found.reply == ""


def test_it_may_be_answered_anew_and_the_steps_keep_both(place, host):
    found = make_interest(place=place)
    interest.answer(interest_id=found.public_id, by=host, reply="query", now=NOON)
    for _ in range(2):
        invite(found, host)
    assert [step.step for step in found.steps.all()] == ["send", "query", "invite"]
    assert told(found.youth.user).count(interest.ANSWERED) == 2
    # An old notice says what is true now.
    bell = html.unescape(signed_in(found.youth.user).get(reverse("accounts:notices")).content.decode())
    assert "eine Frage" not in bell


def test_each_look_of_the_company_is_noted_once_a_day_for_the_family(place, host):
    found = make_interest(place=place)
    for at in (NOON, NOON + timedelta(hours=1), NOON + DAY):
        interest.look(interest_id=found.public_id, by=host, now=at)
    assert list(InterestStep.objects.filter(step="look").values_list("by", "at")) == [
        (host.pk, NOON), (host.pk, NOON + DAY),
    ]  # fmt: skip
    assert "Vom Betrieb angesehen" in read(signed_in(found.youth.user), found)[1]


def test_another_company_sees_and_answers_nothing(place):
    found = make_interest(place=place)
    other = host_user(make_host("Bäckerei Süd"))
    assert signed_in(other).get(host_page(found)).status_code == 404
    with pytest.raises(PlaceInterest.DoesNotExist):
        invite(found, other)
    assert not found.steps.filter(step="look").exists()


# ── It ends ──────────────────────────────────────────────────────────────────────────────────────
def test_withdrawn_the_company_sees_nothing_from_that_moment_on(place, host):
    youth = make_youth(age=16)
    found = make_interest(youth, place=place, now=db.now())
    open_page = signed_in(host)
    assert open_page.get(host_page(found)).status_code == 200
    for _ in range(2):
        signed_in(youth.user).post(reverse("activities:interest-withdraw", args=[found.public_id]))
    assert open_page.get(host_page(found)).status_code == 404
    assert open_page.post(host_page(found), {"reply": "no"}).status_code == 404, "a page that was still open"
    assert not sees(host, found)
    found.refresh_from_db()
    assert (found.state, found.reach_at, found.reply) == (State.WITHDRAWN, "", "")
    assert told(host)[-1] == interest.WITHDRAWN
    bell = html.unescape(open_page.get(reverse("accounts:notices")).content.decode())
    assert "Mia" not in bell
    assert interest.WITHDRAWN in told(guardian_of(youth))


def test_a_guardian_of_somebody_under_sixteen_takes_it_back_too_and_later_only_sees_it(place, host):
    young, older = make_youth(age=14), make_youth("Lea", age=17)
    first, second = make_interest(young, place=place), make_interest(older, place=make_place("Anderer"))
    interest.withdraw(interest_id=first.public_id, by=guardian_of(young), now=NOON)
    assert not sees(host, first)
    assert told(young.user)[-1] == interest.WITHDRAWN
    with pytest.raises(PlaceInterest.DoesNotExist):
        interest.withdraw(interest_id=second.public_id, by=guardian_of(older), now=NOON)
    assert read(signed_in(guardian_of(older)), second)[0] == 200


def test_after_ninety_days_it_is_over_to_the_second_whether_or_not_the_clock_has_ticked(place, host):
    found = make_interest(place=place, now=NOON)
    end = NOON + interest.SHOWN_FOR
    assert interest.shown_to_host(host, end - timedelta(seconds=1)).exists()
    assert not interest.shown_to_host(host, end).exists()
    assert interest.state_at(found, end) == State.ENDED

    assert interest.end_due(now=end - timedelta(seconds=1)) == 0
    assert [interest.end_due(now=end), interest.end_due(now=end + DAY)] == [1, 0]
    found.refresh_from_db()
    assert (found.state, found.reach_at, found.ended_at) == (State.ENDED, "", end)
    assert told(found.youth.user)[-1] == interest.ENDED


def test_what_no_guardian_answers_is_over_after_fourteen_days(place):
    youth = make_youth(age=14)
    found = make_interest(youth, place=place, agree=False)
    end = NOON + interest.ASKED_FOR
    assert not interest.waiting_for(guardian_of(youth), end).exists()
    # Late, and asked again before the tick: the old one is ended first.
    again = make_interest(youth, place=place, agree=False, now=end)
    found.refresh_from_db()
    assert (found.state, again.state) == (State.ENDED, State.ASKED)


def test_a_stopped_or_withdrawn_youth_is_not_shown_and_comes_back_when_resumed(place, host):
    youth, admin = make_youth(age=15), make_user()
    found = make_interest(youth, place=place)
    stops.stop_youth(youth=youth, by=admin, reason="Verdacht", sentence="Wir klären etwas.", now=NOON)
    assert not sees(host, found)
    with pytest.raises(PlaceInterest.DoesNotExist):
        invite(found, host)
    stops.resume_youth(youth=youth, by=admin, now=NOON)
    assert sees(host, found)
    consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON + DAY)
    assert not sees(host, found)


def test_at_eighteen_guardians_see_nothing_any_more_and_the_company_only_with_an_own_consent(place, host):
    youth = make_youth(age=17)
    guardian = guardian_of(youth)
    birthday = periods.midnight(periods.birthday(youth.birth_date, 18))
    found = make_interest(youth, place=place, now=birthday - DAY)
    assert interest.guarded_by(guardian, birthday - timedelta(seconds=1)).exists()
    assert not interest.guarded_by(guardian, birthday).exists()
    assert not interest.seen_by_family(guardian, birthday).exists()
    # From 16 on the consent was the youth's own, so the company still sees it.
    assert interest.shown_to_host(host, birthday).filter(pk=found.pk).exists()
    before = Notice.objects.filter(to=guardian).count()
    people_birthdays.plan_missing(now=birthday)
    birthdays.process(now=birthday)
    Notice.objects.filter(to=guardian).exclude(topic__startswith="interest").delete()
    interest.answer(interest_id=found.public_id, by=host, reply="no", now=birthday + DAY)
    assert Notice.objects.filter(to=guardian, topic=interest.ANSWERED).count() == 0
    assert before >= 0


def test_the_team_ends_one_and_sees_who_it_is_only_for_a_reason(client, place, host):
    staff = make_user("Svenja", is_staff=True, is_superuser=True)
    found = make_interest(make_youth("Wiedehopf", age=16), place=place, now=db.now())
    client.force_login(staff)
    listed = client.get(reverse("admin:activities_placeinterest_changelist")).content.decode()
    assert "Wiedehopf" not in listed
    record = client.get(reverse("admin:activities_placeinterest_change", args=[found.pk])).content.decode()
    assert "mia@example.org" not in record
    client.post(reverse("admin:activities_placeinterest_changelist"), {"action": "end", "_selected_action": [found.pk]})
    found.refresh_from_db()
    assert found.state == State.ENDED
    assert not sees(host, found)
    assert told(found.youth.user)[-1] == interest.ENDED


# ── Erased ───────────────────────────────────────────────────────────────────────────────────────
def test_an_erased_youth_leaves_nothing_at_the_company(place, host):
    youth = make_youth("Wiedehopf", age=16)
    make_approved(youth)
    found = make_interest(youth, place=place, portfolio=make_portfolio(youth), now=db.now())
    interest.look(interest_id=found.public_id, by=host, now=db.now())
    erasures.order(person=youth.user, by=youth.user, now=db.now())
    assert erasure.erase_due(now=db.now() + erasures.COOLING_OFF) == 1

    for model in (PlaceInterest, InterestStep, Portfolio):
        assert not model.objects.exists()
    assert Notice.objects.filter(to=host).exclude(topic="place_released").count() == 0
    assert not OutboxMessage.objects.filter(payload__contains={"youth": str(youth.public_id)}).exists()
    assert "Wiedehopf" not in signed_in(host).get(reverse("activities:host-places")).content.decode()


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────
def test_who_is_not_of_the_family_finds_nothing(place, host):
    found = make_interest(make_youth(age=15), place=place)
    for stranger in (make_youth("Ben").user, guardian_of(make_youth("Tom")), host, make_user(is_staff=True)):
        client = signed_in(stranger)
        assert read(client, found)[0] == 404
        for name in ("withdraw", "send", "agree", "decline"):
            assert client.post(reverse(f"activities:interest-{name}", args=[found.public_id])).status_code == 404
    found.refresh_from_db()
    assert found.state == State.OPEN


def test_lists_ask_as_many_questions_for_a_thousand_as_for_ten(place, host):
    youth = make_youth(age=16)
    client, asked = signed_in(youth.user), []
    company = signed_in(host)
    for more in (10, 990):
        PlaceInterest.objects.bulk_create(
            PlaceInterest(
                place=place, youth=youth, title="Platz", reach="club", state="withdrawn", asked_at=NOON, until=NOON,
                ended_at=NOON,
            )
            for _ in range(more)
        )  # fmt: skip
        counts = []
        for person, address in (
            (client, reverse("activities:requests")),
            (company, reverse("activities:host-places")),
        ):
            person.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert person.get(address).status_code == 200
            counts.append(len(queries))
        asked.append(counts)
    assert asked[0] == asked[1]


def test_a_turkish_mother_reads_it_in_turkish(place):
    youth = make_youth(age=14)
    mother = guardian_of(youth)
    mother.language = "tr"
    mother.save()
    found = make_interest(youth, place=place, agree=False, now=db.now())
    client = signed_in(mother)
    said = read(client, found)[1] + html.unescape(client.get(reverse("accounts:notices")).content.decode())
    for german in ("Ich bin einverstanden", "Lieber nicht", "Betrieb", "Zustimmung", "interessiert"):
        assert german not in said


# ── The database, and two at once ────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "change",
    [
        {"state": "withdrawn"}, {"state": "ended", "ended_at": NOON}, {"ended_at": NOON}, {"sent_at": None},
        {"reply": "invite", "replied_at": NOON}, {"reply": "no", "replied_at": NOON, "meets_at": NOON},
        {"reply": "no"}, {"meets_where": "Hof"},
    ],
)  # fmt: skip
def test_the_database_refuses_what_cannot_be(place, change):
    found = make_interest(place=place)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceInterest.objects.filter(pk=found.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_withdrawn_and_answered_at_once_end_withdrawn_or_told():
    def round_of_one(source):
        place = make_place()
        found, host = make_interest(place=place), host_user(place.host)

        def take_back():
            return interest.withdraw(interest_id=found.public_id, by=found.youth.user, now=NOON)

        def answer():
            return interest.answer(interest_id=found.public_id, by=host, reply="no", now=NOON)

        in_parallel(take_back, answer, take_back)
        found.refresh_from_db()
        steps = [step.step for step in found.steps.all()]
        return (
            found.state != State.WITHDRAWN or found.reach_at or steps[-1] != "withdraw" or steps.count("withdraw") != 1
        )

    assert rounds(12, round_of_one).bad == 0


@pytest.mark.django_db(transaction=True)
def test_two_guardians_and_a_double_tap_send_once():
    def round_of_one(source):
        place, youth = make_place(), make_youth(age=14)
        second = make_user("Thomas")
        registration.add_guardian(guardian=second, youth=youth, now=NOON)

        def show():
            return interest.express(
                place_id=place.public_id, youth=youth, by=youth.user, portfolio=None, reach="club", now=NOON
            )

        in_parallel(show, show)
        found = PlaceInterest.objects.get(place=place)
        first = youth.guardianships.exclude(guardian=second).get().guardian

        def agree(by):
            return lambda: interest.agree(interest_id=found.public_id, by=by, now=NOON)

        in_parallel(agree(first), agree(second), agree(first))
        steps = [step.step for step in found.steps.all()]
        return steps != ["ask", "agree", "send"]

    assert rounds(8, round_of_one).bad == 0


def test_moments_are_those_of_berlin():
    assert MEETING.astimezone(periods.BERLIN) == datetime(2026, 9, 24, 16, 0, tzinfo=periods.BERLIN)
    assert MEETING.tzinfo is UTC
