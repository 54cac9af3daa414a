"""Nobody lets their own proposal through: not by the page, the service, the database or the API."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import StaffRole
from accounts.team import roles
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import Role
from coins import closing, opening, orders
from partners import bank_accounts, payouts
from partners.models import PayoutBatch
from tests import factories as make
from tests.access.routes import routes

pytestmark = pytest.mark.django_db
ROUNDS = 5
IBAN = "DE75512108001245126199"


@pytest.fixture
def boss():
    """Somebody with every role there is: whom only the rule of two people stops."""
    return make.make_user("Alles", is_staff=True, is_superuser=True, roles=Role.values)


def grant(by):
    pool, youth = make.make_pool(coins=900), make.make_rich_youth()
    return orders.grant(pool=pool, youth=youth, coins=501, reason="Preis", by=by, key=uuid4(), now=db.now())


def reallocation(by):
    sponsor = make.make_sponsor(f"Werk {uuid4().hex[:6]}")
    pools = [make.make_pool(coins=100, sponsor=sponsor) for _each in range(2)]
    return orders.reallocate(pool=pools[0], to_pool=pools[1], coins=10, reason="Tausch", by=by, now=db.now())


def withdrawal(by):
    return orders.withdraw(pool=make.make_pool(coins=100), amount_cents=100, reason="Rückgabe", by=by, now=db.now())


def iban(by):
    partner = make.make_partner(f"Laden {uuid4().hex[:6]}")
    return bank_accounts.request(partner=partner, iban=IBAN, holder="Laden", by=by, now=db.now())


def batch(by):
    # As `payouts.propose` stores it; statements have their own tests.
    return PayoutBatch.objects.create(club=by.club, proposed_by=by, proposed_at=db.now())


def role(by):
    return roles.propose(user=make.make_user("Neu"), club=by.club, role=Role.FINANCE, by=by, now=db.now())


def own_role(by):
    StaffRole.objects.filter(user=by, role=Role.FINANCE).delete()
    leader = make.make_user("Leitung", is_staff=True, roles=[Role.ADMIN])
    return roles.propose(user=by, club=by.club, role=Role.FINANCE, by=leader, now=db.now())


def year(by):
    over = (periods.berlin_date(db.now()) - closing.SETTLES).year - 1
    return closing.ask(on=over, why="Es gab noch kein Konto.", by=by, now=db.now())


def opening_money(by):
    held_on = periods.berlin_date(db.now())
    return opening.ask(amount_cents=100_00, held_on=held_on, reason="Auszug 12", by=by, now=db.now())


# How each is made, the page that lets it through, the service, and who asked and who lets through in the table.
THINGS = {
    "grant over 500": (
        grant, "coins_moneyorder_approve", lambda row, by: orders.approve(order=row, by=by, now=db.now())),
    "reallocation": (
        reallocation, "coins_moneyorder_approve", lambda row, by: orders.approve(order=row, by=by, now=db.now())),
    "withdrawal": (
        withdrawal, "coins_moneyorder_approve", lambda row, by: orders.approve(order=row, by=by, now=db.now())),
    "IBAN": (iban, "partners_bankaccount_approve",
             lambda row, by: bank_accounts.approve(account=row, by=by, now=db.now())),
    "payouts": (batch, "partners_payoutbatch_approve", lambda row, by: payouts.approve(batch=row, by=by, now=db.now())),
    "role": (role, "accounts_staffrole_grant", lambda row, by: roles.grant(role=row, by=by, now=db.now())),
    "year": (year, "coins_yearclosing_approve", lambda row, by: closing.approve(closing=row, by=by, now=db.now())),
    "opening money": (opening_money, "coins_openingmoney_approve",
                      lambda row, by: opening.approve(opening=row, by=by, now=db.now())),
    "own role": (own_role, "accounts_staffrole_grant", lambda row, by: roles.grant(role=row, by=by, now=db.now())),
}  # fmt: skip


def is_through(row) -> bool:
    row.refresh_from_db()
    return bool(getattr(row, "approved_at", None) or getattr(row, "granted_at", None))


def test_nobody_lets_their_own_proposal_through(boss):
    client, tried, through = Client(), 0, []
    client.force_login(boss)
    for name, (make_one, page, approve) in THINGS.items():
        row = make_one(boss)
        field = "granted" if isinstance(row, StaffRole) else "approved"
        for _round in range(ROUNDS):
            client.post(reverse(f"admin:{page}", args=[row.pk]), {"then": "go"})
            through += [f"{name} by form"] if is_through(row) else []
            with pytest.raises(DomainError):
                approve(row, boss)
            through += [f"{name} by service"] if is_through(row) else []
            changed, rows = {f"{field}_by": boss, f"{field}_at": db.now()}, type(row)._default_manager
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.filter(pk=row.pk).update(**changed)
            through += [f"{name} by hand"] if is_through(row) else []
            tried += 3
    print(f"Z6 own proposals let through: {len(through)} of {tried}")
    assert tried >= 100
    assert through == []


def test_somebody_else_lets_each_of_them_through(boss):
    """The control: it is not shut to everybody."""
    other = make.make_user("Andere", is_staff=True, roles=Role.values)
    client = Client()
    client.force_login(other)
    for name, (make_one, page, _approve) in THINGS.items():
        if name == "payouts":
            continue  # one without statements has nothing to book
        row = make_one(boss)
        client.post(reverse(f"admin:{page}", args=[row.pk]), {"then": "go"})
        assert is_through(row), name


def test_the_api_has_no_door_for_what_two_decide():
    words = ("payout", "grant", "iban", "bank", "role", "order", "pool", "deposit", "closing", "opening")
    ours = [route.path for route in routes() if route.path.startswith("api/")]
    assert len(ours) > 10
    assert [path for path in ours if any(word in path for word in words)] == []
