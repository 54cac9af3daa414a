"""What a counter without a connection sends later: booked as of the scan, once, or left to a person of the team."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clevervibes.lib import db
from partners import redemption
from partners.models import Hold, LateScan, Redemption
from tests.concurrency import in_parallel
from tests.factories import make_hold, make_manager, make_offer, make_partner, make_rich_youth, make_user

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def till(sign_in):
    """Return a shop's counter that comes back, and a hold whose code it has scanned meanwhile."""

    class Till:
        def __init__(self) -> None:
            self.hold = make_hold(youth=make_rich_youth(coins=30), now=db.now())
            self.code = redemption.show_code(hold=self.hold)
            self.partner = self.hold.offer.partner
            self.browser = sign_in(make_manager(self.partner))

        def send(self, text=None, *, key=None, ago=HOUR):
            return self.browser.post(
                reverse("partners:late"),
                {"code": text or self.code.token, "key": key or uuid4(), "elapsed_ms": int(ago.total_seconds() * 1000)},
            )

    return Till()


def left_to_the_team(answer):
    assert (answer.status_code, answer.json()) == (202, {"booked": False})
    return LateScan.objects.get()


# ── Booked ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("entered", ["token", "code"])
def test_a_late_scan_is_booked_as_of_the_scan(till, entered):
    answer = till.send(getattr(till.code, entered), ago=5 * HOUR)

    made = Redemption.objects.get()
    assert answer.json() == {"booked": True, "title": till.hold.title, "price": till.hold.price_coins}
    assert abs(made.booked_at - made.redeemed_at - 5 * HOUR) < timedelta(seconds=1)
    assert not LateScan.objects.exists()


def test_the_same_scan_sent_again_is_answered_the_same_and_booked_once(till):
    key = uuid4()

    answers = [till.send(key=key) for _try in range(3)]

    assert len({answer.content for answer in answers}) == 1
    assert Redemption.objects.count() == 1
    assert not LateScan.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_scan_sent_from_two_windows_at_once_is_booked_once(till):
    key = uuid4()

    answers = in_parallel(*[lambda: till.send(key=key)] * 4)

    assert {answer.status_code for answer in answers} == {200}
    assert Redemption.objects.count() == 1
    assert not LateScan.objects.exists()


def test_a_tap_whose_answer_was_lost_is_the_late_booking_of_the_same_scan(till):
    key = uuid4()
    till.browser.post("/theke/", {"code": till.code.code})
    till.browser.post(reverse("partners:redeem", args=[till.hold.public_id]), {"request_id": key})

    answer = till.send(key=key)

    assert answer.json()["booked"]
    assert Redemption.objects.count() == 1
    assert not LateScan.objects.exists()


def test_a_tap_after_the_late_booking_of_the_same_scan_finds_its_receipt(till):
    key = uuid4()
    till.browser.post("/theke/", {"code": till.code.code})
    till.send(key=key)

    answer = till.browser.post(reverse("partners:redeem", args=[till.hold.public_id]), {"request_id": key})

    assert answer["Location"] == reverse("partners:receipt", args=[Redemption.objects.get().public_id])


def test_a_key_hands_out_no_other_thing(till):
    other = make_hold(offer=make_offer(partner=till.partner), now=db.now())
    till.browser.post("/theke/", {"code": redemption.show_code(hold=other).code})
    key = uuid4()
    till.send(key=key)

    answer = till.browser.post(reverse("partners:redeem", args=[other.public_id]), {"request_id": key})

    assert answer.status_code == 422
    assert Redemption.objects.count() == 1


def test_a_code_that_ran_out_after_the_scan_is_good_as_of_the_scan(till):
    expire(till.hold, ago=HOUR)

    answer = till.send(ago=2 * HOUR)

    assert answer.json()["booked"]
    made = Redemption.objects.get()
    assert (made.hold.instead_of, made.price_coins) == (till.hold, till.hold.price_coins)


def expire(hold, *, ago):
    now = db.now()
    Hold.objects.filter(pk=hold.pk).update(placed_at=now - 15 * DAY, expires_at=now - ago)
    redemption.expire_due(now=now)
    hold.refresh_from_db()
    assert hold.status == Hold.Status.EXPIRED


# ── Left to the team ─────────────────────────────────────────────────────────────────────────────
def test_what_was_cancelled_meanwhile_goes_to_the_team_with_its_reason(till):
    redemption.cancel(hold=till.hold, now=db.now())

    late = left_to_the_team(till.send())

    assert (late.partner, late.hold, late.refusal) == (till.partner, till.hold, "code_cancelled")
    assert "storniert" in late.why


def test_what_was_redeemed_elsewhere_goes_to_the_team(till):
    redemption.redeem(hold=till.hold, by=None, now=db.now())

    assert left_to_the_team(till.send()).refusal == "already_redeemed"


def test_what_ran_out_and_whose_coins_are_spent_goes_to_the_team(till):
    account = till.hold.account
    expire(till.hold, ago=HOUR)
    make_hold(offer=make_offer(price_coins=30), youth=account.youth_link.youth, now=db.now())

    late = left_to_the_team(till.send(ago=2 * HOUR))

    assert late.refusal == "insufficient_balance"
    assert not Hold.objects.filter(instead_of=till.hold).exists()


def test_what_ran_out_before_the_scan_goes_to_the_team(till):
    expire(till.hold, ago=2 * HOUR)

    assert left_to_the_team(till.send(ago=HOUR)).refusal == "code_expired"


def test_what_is_older_than_a_day_goes_to_the_team_and_counts_no_guess(till):
    late = left_to_the_team(till.send("CCCC-CCCC", ago=25 * HOUR))
    again = [till.send("CCCC-CCCC", ago=25 * HOUR).status_code for _try in range(6)]

    assert (late.refusal, late.hold) == ("scan_too_old", None)
    assert set(again) == {202}


def test_other_shops_and_unknown_codes_get_one_answer_and_the_team_sees_the_difference(till):
    elsewhere = make_hold(offer=make_offer(partner=make_partner("Kino")), now=db.now())

    answers = [till.send(code) for code in ("CCCC-CCCC", redemption.show_code(hold=elsewhere).code)]

    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert list(LateScan.objects.values_list("hold", flat=True)) == [None, elsewhere.pk]
    elsewhere.refresh_from_db()
    assert elsewhere.status == Hold.Status.LIVE


def test_what_is_with_the_team_stays_there(till):
    key = uuid4()
    till.hold.offer.__class__.objects.update(paused_at=db.now(), paused_why="Inventur")
    left_to_the_team(till.send(key=key))
    till.hold.offer.__class__.objects.update(paused_at=None)

    left_to_the_team(till.send(key=key))

    assert not Redemption.objects.exists()


def test_late_guesses_meet_the_same_limit(till):
    guesses = [till.send("CCCC-CCCC") for _try in range(6)]

    assert [answer.status_code for answer in guesses] == [202] * 5 + [429]
    assert guesses[-1]["Retry-After"] == "900"
    assert LateScan.objects.count() == 5
    assert till.send(till.code.token).status_code == 200  # scanning goes on


@pytest.mark.parametrize(
    "wrong", [{"key": "x"}, {"elapsed_ms": "-1"}, {"elapsed_ms": "NaN"}, {"code": ""}, {"code": "C" * 100_000}]
)
def test_junk_is_refused_and_changes_nothing(till, wrong):
    given = {"code": till.code.token, "key": uuid4(), "elapsed_ms": 1, **wrong}

    assert till.browser.post(reverse("partners:late"), given).status_code == 400
    assert not Redemption.objects.exists()
    assert not LateScan.objects.exists()


# ── Decided by a person ──────────────────────────────────────────────────────────────────────────
@pytest.fixture
def team(sign_in):
    return sign_in(make_user("Team", is_staff=True, is_superuser=True))


def decide(team, late, **given):
    return team.post(f"/admin/partners/latescan/{late.pk}/decide/", {"note": "Mit Frau Kamp geklärt", **given})


def test_the_team_finds_decides_and_books_what_still_lives(till, team):
    late = left_to_the_team(till.send(ago=25 * HOUR))
    assert till.hold.title in team.get("/admin/partners/latescan/").content.decode()
    assert "Späte Scans" in team.get("/admin/").content.decode()

    assert decide(team, late, book="on").status_code == 302

    late.refresh_from_db()
    assert late.redemption == Redemption.objects.get()
    assert (late.note, late.decided_at is None) == ("Mit Frau Kamp geklärt", False)
    assert till.hold.title not in team.get("/admin/partners/latescan/").content.decode()
    assert decide(team, late).status_code == 403  # it has been


def test_a_decision_needs_a_sentence_and_books_nothing_by_itself(till, team):
    late = left_to_the_team(till.send(ago=25 * HOUR))

    assert decide(team, late, note="").status_code == 200
    assert LateScan.objects.get().decided_at is None
    decide(team, late)

    assert LateScan.objects.get().decided_at is not None
    assert not Redemption.objects.exists()


def test_the_team_cannot_book_at_the_wrong_shop(till, team):
    elsewhere = make_hold(offer=make_offer(partner=make_partner("Kino")), now=db.now())
    late = left_to_the_team(till.send(redemption.show_code(hold=elsewhere).code))

    page = decide(team, late, book="on")

    assert "keine Vormerkung" in page.content.decode()
    assert LateScan.objects.get().decided_at is None
