"""The rules of the conversion: without gap or overlap, in whole numbers, and every refusal says why."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.urls import reverse

from coins import conversion
from coins.models import ConversionPolicy
from tests.concurrency import in_parallel
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db

NEXT_MONDAY = date(2026, 9, 21)
NUMBERS = {
    "minutes_per_coin": "6", "host_weight_percent": "150", "day_cap_minutes": "240", "host_day_cap_minutes": "480",
    "week_cap_minutes": "720", "year_cap_coins": "600",
}  # fmt: skip


# ── No gap, no overlap ───────────────────────────────────────────────────────────────────────────
def test_every_day_has_exactly_one_policy():
    later = conversion.set_policy(valid_from=NEXT_MONDAY, minutes_per_coin=10, now=NOON)
    latest = conversion.set_policy(valid_from=NEXT_MONDAY + timedelta(days=14), minutes_per_coin=12, now=NOON)
    first = ConversionPolicy.objects.earliest("valid_from")

    for day in (date(1999, 1, 1), first.valid_from - timedelta(days=1), first.valid_from, date(2026, 9, 20)):
        assert conversion.policy_on(day) == first
    for day in (NEXT_MONDAY, NEXT_MONDAY + timedelta(days=13)):
        assert conversion.policy_on(day) == later
    for day in (latest.valid_from, date(2999, 12, 31)):
        assert conversion.policy_on(day) == latest


def test_one_may_be_set_between_two_others():
    conversion.set_policy(valid_from=NEXT_MONDAY + timedelta(days=14), minutes_per_coin=12, now=NOON)
    between = conversion.set_policy(valid_from=NEXT_MONDAY + timedelta(days=7), week_cap_minutes=600, now=NOON)

    assert (between.minutes_per_coin, between.week_cap_minutes) == (6, 600), "from the one before it, not after"
    assert conversion.policy_on(NEXT_MONDAY + timedelta(days=14)).minutes_per_coin == 12


@pytest.mark.parametrize("day", [date(2026, 9, 22), date(2026, 9, 20), date(2026, 9, 14), date(2026, 1, 5)])
def test_it_starts_on_a_monday_to_come(day):
    with pytest.raises(conversion.PolicyRefused, match="ab einem Montag in der Zukunft"):
        conversion.set_policy(valid_from=day, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_monday_has_one_however_many_set_it_at_once():
    results = in_parallel(*[lambda: conversion.set_policy(valid_from=NEXT_MONDAY, now=NOON)] * 4)

    assert sorted(type(result).__name__ for result in results) == ["ConversionPolicy", *["PolicyRefused"] * 3]


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"valid_from": date(2026, 9, 22)}, "coins_policy_starts_on_monday"),
        ({"minutes_per_coin": 0}, "coins_policy_minutes_divide_units"),
        ({"minutes_per_coin": 11}, "coins_policy_minutes_divide_units"),
        ({"host_weight_percent": 0}, "coins_policy_weight_positive"),
        ({"valid_from": date(2026, 1, 5)}, "valid_from"),
    ],
)
def test_the_database_refuses_it_too(columns, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        ConversionPolicy.objects.create(**{"valid_from": NEXT_MONDAY, **columns})


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("minutes_per_coin", 0), ("minutes_per_coin", -6), ("minutes_per_coin", 2520), ("host_weight_percent", 0),
        ("host_weight_percent", 1_001), ("day_cap_minutes", 0), ("day_cap_minutes", 1_441),
        ("host_day_cap_minutes", 1_441), ("week_cap_minutes", 10_081), ("year_cap_coins", -1),
        ("year_cap_coins", 1_000_001), ("host_day_cap_minutes", 239), ("week_cap_minutes", 239),
        *((field, size) for field in NUMBERS for size in (2**31, 2**63, 10**30)),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_refused_beside_its_field(client, field, wrong):
    with pytest.raises(ValidationError) as refused:
        conversion.set_policy(valid_from=NEXT_MONDAY, now=NOON, **{field: wrong})
    assert field in refused.value.message_dict

    client.force_login(make_user("Team", is_staff=True, is_superuser=True))
    address = reverse("admin:coins_conversionpolicy_add")
    answer = client.post(address, {**NUMBERS, "valid_from": "2030-01-07", field: str(wrong)})

    assert answer.status_code == 200
    (sentence,) = answer.context["form"].errors[field]
    assert sentence.endswith(".")
    assert ConversionPolicy.objects.count() == 1


@pytest.mark.parametrize("wrong", ["", "sechs", "6,5", "6.5", "1e3", "NaN", "6\x00"])
def test_what_is_no_whole_number_is_refused(client, wrong):
    client.force_login(make_user("Team", is_staff=True, is_superuser=True))

    answer = client.post(
        reverse("admin:coins_conversionpolicy_add"), {**NUMBERS, "valid_from": "2030-01-07", "minutes_per_coin": wrong}
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"minutes_per_coin"}


@pytest.mark.parametrize("wrong", ["", "2030-02-31", "0001-01-01", "99999-01-01", "gestern", "2030-01-08"])
def test_a_day_that_is_none_or_no_monday_to_come_is_refused(client, wrong):
    client.force_login(make_user("Team", is_staff=True, is_superuser=True))

    answer = client.post(reverse("admin:coins_conversionpolicy_add"), {**NUMBERS, "valid_from": wrong})

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert ConversionPolicy.objects.count() == 1
