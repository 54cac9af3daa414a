from datetime import timedelta
from uuid import uuid4

import pytest

from coins.models import Alarm
from partners import limits, redemption
from partners.redemption import UnknownCode
from tests.concurrency import in_parallel
from tests.factories import NOON, make_hold


def miss(times=1, *, device="till", partner_id=1, now=NOON):
    for _time in range(times):
        limits.take_try(device=device, partner_id=partner_id, now=now)


@pytest.mark.django_db
def test_the_sixth_miss_in_ten_minutes_waits_a_quarter_of_an_hour():
    miss(5)

    for later in (timedelta(0), timedelta(minutes=14, seconds=59)):
        with pytest.raises(limits.TypingPaused):
            miss(now=NOON + later)
    miss(5, now=NOON + timedelta(minutes=15))
    with pytest.raises(limits.TypingPaused):
        miss(now=NOON + timedelta(minutes=15))


@pytest.mark.django_db
def test_misses_far_apart_do_not_add_up():
    miss(4)

    miss(4, now=NOON + timedelta(minutes=10))


@pytest.mark.django_db
def test_a_hit_gives_its_try_back():
    for _hit in range(30):
        miss()
        limits.give_back(device="till", partner_id=1, now=NOON)


@pytest.mark.django_db
def test_twenty_misses_a_day_pause_typing_at_every_device_of_the_partner_until_midnight():
    for till in range(5):
        miss(4, device=f"till {till}")

    with pytest.raises(limits.TypingPaused):
        miss(device="another till")
    miss(device="another till", partner_id=2)
    miss(device="another till", now=NOON + timedelta(hours=12))  # 00:00 in Berlin


@pytest.mark.django_db(transaction=True)
def test_a_hundred_tries_at_once_are_five():
    passed = 0
    for _twenty in range(5):
        results = in_parallel(*[lambda: limits.take_try(device="till", partner_id=1, now=NOON)] * 20)
        passed += sum(result is None for result in results)

    assert passed == 5
    assert {type(result) for result in results if result is not None} == {limits.TypingPaused}


@pytest.mark.django_db
def test_fifty_misses_of_all_shops_ring_and_three_hundred_once_more_and_stop_nobody():
    hold = make_hold()

    def type_something(now):
        with pytest.raises(UnknownCode):
            redemption.look_up(partner=hold.offer.partner, text="XXXX-XXXX", device=str(uuid4()), now=now)

    for partner in range(30):
        for till in range(2):
            miss(5, device=f"till {partner} {till}", partner_id=10_000 + partner)
        if partner == 3:
            type_something(NOON)  # the 41st
            assert not Alarm.objects.exists()
        if partner == 4:
            type_something(NOON)  # the 52nd
            Alarm.objects.update(seen_at=NOON, note="Gesehen.")
        if partner == 27:
            type_something(NOON)  # the 283rd
            assert Alarm.objects.count() == 1
    for minute in range(3):
        type_something(NOON + timedelta(minutes=minute))
    type_something(NOON + timedelta(days=1))

    late, early = Alarm.objects.order_by("-pk")
    assert (early.kind, early.detail) == ("guessing", "52 unknown codes typed at 6 partners on 2026-09-16")
    assert (late.kind, late.detail) == ("guessing", "304 unknown codes typed at 31 partners on 2026-09-16")
    code = redemption.show_code(hold=hold).code
    assert redemption.look_up(partner=hold.offer.partner, text=code, device="till", now=NOON) == hold
