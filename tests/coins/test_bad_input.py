"""What nobody should type, in forms and addresses about money: refused with a sentence, and nothing is booked.

What was typed stays, so that it can be put right.
"""

from collections.abc import Callable
from html import escape
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from clevervibes.lib import db, periods
from coins import conversion
from coins.models import ConversionPolicy, ConversionRun, Deposit, FundingPool, MoneyOrder, Sponsor, Transfer
from tests.factories import (
    NOON,
    give_coins,
    make_approved,
    make_club,
    make_organisation,
    make_pool,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

# 2⁶³, more digits than a number may have, a number that is none, signs, control characters, code.
STRANGE = [
    str(2**63), "9" * 5_000, "-1", "1e9", "NaN", "zehn", "\x00", "1\x002", "<script>alert(1)</script>",
    "'; DROP TABLE coins_transfer; --",
]  # fmt: skip
# Digits of other scripts, and what Python takes for a number.
NO_NUMBERS = ["１２", "٣", "²", "+1", "1_000", "0x10", "1,5,0", "0"]


@pytest.fixture
def desk(client):
    client.force_login(make_user("Team", is_staff=True, is_superuser=True))
    return client


def add(model: str) -> str:
    return reverse(f"admin:coins_{model}_add")


def order(kind: str, **fields: object) -> tuple[str, dict]:
    return f"{add('moneyorder')}?art={kind}", {"reason": "Pokal beim Lesefest", **fields}


def a_paid_line():
    youth = make_youth()
    make_approved(youth, minutes=60)
    run = conversion.convert(club=make_club(), cutoff=db.now(), now=db.now())
    return run.lines.get()


def a_deposit() -> tuple[str, dict]:
    common = FundingPool.objects.create(name="Gemeinschaftstopf")
    fields = {
        "amount_cents": "12,50",
        "received_on": periods.berlin_date(db.now()),
        "reference": "Spende",
        "sponsor": make_sponsor().pk,
    }
    return add("deposit"), {"pool": common.pk, **fields}


def a_reallocation() -> tuple[str, dict]:
    pool = make_pool(coins=50)
    return order("reallocation", pool=pool.pk, to_pool=make_pool(sponsor=pool.sponsor, name="Zweiter").pk, coins="5")


# How each form is filled in rightly: its address and its fields.
FORMS: dict[str, Callable[[], tuple[str, dict]]] = {
    "deposit": a_deposit,
    "grant": lambda: order("grant", username=make_youth().user.username, pool=make_pool(coins=50).pk, coins="5"),
    "take_back": lambda: order("take_back", line=a_paid_line().pk, coins="5"),
    "reallocation": a_reallocation,
    "withdrawal": lambda: order("withdrawal", pool=make_pool(coins=50).pk, amount_cents="5,00"),
    "deposit_back": lambda: order("deposit_back", deposit=Deposit.objects.get(pool=make_pool(coins=50)).pk),
    "end_pool": lambda: order("end_pool", pool=make_pool(coins=50).pk),
    "run": lambda: (add("conversionrun"), {"club": make_club().pk, "cutoff": ""}),
    "preview": lambda: (add("conversionrun"), {"club": make_club().pk, "cutoff": "", "then": "preview"}),
    "policy": lambda: (
        add("conversionpolicy"),
        {"valid_from": "2030-01-07", "minutes_per_coin": "6", "host_weight_percent": "150", "day_cap_minutes": "240",
         "host_day_cap_minutes": "480", "week_cap_minutes": "720", "year_cap_coins": "600"},
    ),
    "pool": lambda: (
        add("fundingpool"),
        {"name": "Lesen", "sponsor": make_sponsor().pk, "club": make_club().pk, "weekly_limit_coins": "5",
         "rest_goes": "common"},
    ),
    "sponsor": lambda: (
        add("sponsor"),
        {"organisation": make_organisation("Haus").pk, "kind": "donation", "agreement_from": "2026-01-01",
         "agreement_until": "2026-12-31"},
    ),
}  # fmt: skip


def stored() -> tuple[int, ...]:
    models = (Transfer, MoneyOrder, Deposit, ConversionRun, ConversionPolicy, FundingPool, Sponsor)
    return tuple(model.objects.count() for model in models)


# Fields that hold what people type, and fields in which they choose.
TYPED = {
    "deposit": ["amount_cents", "received_on"], "grant": ["username", "coins"], "take_back": ["coins"],
    "reallocation": ["coins"], "withdrawal": ["amount_cents"], "run": ["cutoff"], "preview": ["cutoff"],
    "policy": [
        "valid_from", "minutes_per_coin", "host_weight_percent", "day_cap_minutes", "host_day_cap_minutes",
        "week_cap_minutes", "year_cap_coins",
    ],
    "pool": ["weekly_limit_coins"], "sponsor": ["agreement_from", "agreement_until"],
}  # fmt: skip
CHOSEN = {
    "deposit": ["pool", "sponsor"], "grant": ["pool"], "reallocation": ["pool", "to_pool"], "withdrawal": ["pool"],
    "deposit_back": ["deposit"], "end_pool": ["pool"], "run": ["club"], "preview": ["club"],
    "pool": ["club", "rest_goes"], "sponsor": ["kind"],
}  # fmt: skip
# No cap, and a pool that pays nothing for now, are meant by people who type 0.
FINE = {("policy", "year_cap_coins", "0"), ("pool", "weekly_limit_coins", "0")}


def each(fields: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(form, field) for form, names in fields.items() for field in names]


def refused(desk, address: str, given: dict) -> str:
    """Send a form, see that it is refused with sentences and that nothing is stored; return the page."""
    before = stored()
    answer = desk.post(address, {"key": uuid4(), **given})
    assert answer.status_code == 200
    assert stored() == before
    admin = answer.context.get("adminform")
    errors = (admin.form if admin else answer.context["form"]).errors
    sentences = [sentence for of_field in errors.values() for sentence in of_field]
    assert sentences
    page = answer.content.decode()
    assert all(escape(sentence) in page for sentence in sentences)
    return page


@pytest.mark.parametrize(("form", "field"), each(TYPED))
def test_what_nobody_should_type_is_refused_and_stays(desk, form, field):
    address, given = FORMS[form]()

    for wrong in STRANGE + NO_NUMBERS:
        if (form, field, wrong) in FINE:
            continue
        page = refused(desk, address, {**given, field: wrong})
        assert "\x00" in wrong or f'value="{escape(wrong)}"' in page, wrong


@pytest.mark.parametrize(("form", "field"), each(CHOSEN))
def test_what_nobody_can_choose_is_refused(desk, form, field):
    address, given = FORMS[form]()

    for wrong in (word for word in STRANGE if len(word) < 100):
        refused(desk, address, {**given, field: wrong})


@pytest.mark.parametrize("cutoff", ["0001-01-01T00:00", "9999-12-31T23:59", "2027-03-28T02:30"])
@pytest.mark.parametrize("form", ["run", "preview"])
def test_a_cutoff_at_the_ends_of_the_calendar_or_in_an_hour_that_is_left_out(desk, form, cutoff):
    address, given = FORMS[form]()
    conversion.convert(club=make_club(), cutoff=NOON, now=NOON)

    refused(desk, address, {**given, "cutoff": cutoff})


@pytest.mark.parametrize("form", ["deposit", "grant", "run"])
def test_a_form_without_its_own_id_is_refused_with_a_sentence(desk, form):
    address, given = FORMS[form]()

    for wrong in ("", "quatsch", "9" * 5_000):
        refused(desk, address, {**given, "key": wrong})


@pytest.mark.parametrize("art", [*(str(kind) for kind in MoneyOrder.Kind), "", "quatsch", "\x00"])
@pytest.mark.parametrize("line", ["", "0", "-1", "１２", str(2**63), "9" * 5_000, "\x00"])
def test_an_address_that_nobody_links_to_is_no_fault(desk, art, line):
    answer = desk.get(add("moneyorder"), {"art": art, "line": line, "pool": line, "username": line, "coins": line})

    assert answer.status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "abc", "１２", str(2**63), "9" * 50, "%00"])
@pytest.mark.parametrize(
    "page",
    ["ledgeraccount/{}/journal", "ledgeraccount/{}/change/", "transfer/{}/change/", "conversionrun/{}/change/",
     "moneyorder/{}/change/", "moneyorder/{}/freigeben/", "moneyorder/{}/ablehnen/", "youthaccount/{}/change/"],
)  # fmt: skip
def test_a_page_that_does_not_exist_is_not_found(desk, page, number):
    answer = desk.get(f"/admin/coins/{page.format(number)}", follow=True)

    assert answer.status_code in (200, 404)
    if answer.status_code == 200:
        assert answer.redirect_chain, "the admin says at its start page that there is none"


@pytest.mark.parametrize(
    "query",
    ["on=gestern", "on=2026-02-30", "on=9999999-01-01", "on=0001-01-01", "on=%00", "on=&as=csv", "on=quark&as=csv",
     "page=-1", "page=x", "page=99999999"],
)  # fmt: skip
def test_an_account_s_book_asked_strangely(desk, query):
    account = give_coins(make_youth(), 5, pool=make_pool(coins=5)).account

    answer = desk.get(f"/admin/coins/ledgeraccount/{account.pk}/journal?{query}", follow=True)

    assert answer.status_code == 200


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("convert", ["--club", "gibt-es-nicht"]), ("convert", ["--cutoff", "0001-01-01", "--club", ""]),
        ("convert", ["--cutoff", "9999-12-31T23:59:59-14:00"]), ("convert", ["--cutoff", "１２"]),
        ("convert", ["--cutoff", "9" * 5_000]), ("convert", ["--cutoff", "\x00"]),
        ("ledger_seal", ["--verify", "--published", ":"]), ("ledger_seal", ["--verify", "--published", "1:zz"]),
        ("ledger_seal", ["--verify", "--published", f"{2**63}:00"]),
        ("ledger_seal", ["--verify", "--published", f"{'9' * 5_000}:00"]),
        ("ledger_seal", ["--verify", "--published", "-1:"]), ("ledger_check", ["--quark"]),
        ("bench", ["--seconds", "nan"]), ("bench", ["--seconds", "inf"]), ("bench", ["--rounds", "0"]),
        ("bench", ["--entries", "-1"]), ("bench", ["--entries", "1e6"]), ("bench", ["--only", "0"]),
        ("bench", ["--only", ""]), ("bench", ["--only", "1;2"]),
    ],
)  # fmt: skip
def test_a_command_refuses_in_one_line_and_books_nothing(command, arguments):
    make_club()
    before = stored()

    with pytest.raises(CommandError) as refusal:
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())

    assert len(str(refusal.value).splitlines()) == 1
    assert stored() == before


# ── Who stands behind a pool ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("column", ["paused_at", "ended_at"])
@pytest.mark.parametrize(("form", "field"), [("deposit", "pool"), ("grant", "pool"), ("reallocation", "to_pool")])
def test_a_pool_that_is_paused_or_ended_is_not_offered(desk, form, field, column):
    address, given = FORMS[form]()
    FundingPool.objects.filter(pk=given[field]).update(**{column: NOON})

    refused(desk, address, {**given, field: given[field]})


def test_a_suspended_sponsor_gives_and_pays_nothing(desk):
    pool = make_pool(coins=50)
    Sponsor.objects.filter(pk=pool.sponsor_id).update(suspended_at=NOON)
    address, given = a_deposit()

    assert "ist ausgesetzt" in refused(desk, address, {**given, "pool": pool.pk})
    assert "ist ausgesetzt" in refused(desk, address, {**given, "sponsor": pool.sponsor_id})
    address, given = order("grant", username=make_youth().user.username, pool=pool.pk, coins="5")
    refused(desk, address, given)
    # A run takes nothing from it either.
    make_approved(make_youth(), minutes=60)
    run = conversion.convert(club=make_club(), cutoff=db.now(), now=db.now())
    assert (run.due_coins, run.released_coins) == (10, 0)
