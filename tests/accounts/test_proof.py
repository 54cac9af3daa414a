"""What asks once more who is there: nobody passes these doors with a proof that is older than 15 minutes."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from clevervibes.lib import db
from clevervibes.lib.team import AUDITOR
from coins import orders
from coins.models import LedgerAccount, MoneyOrder
from tests.accounts.test_second_factor import PASSWORD, code_at, code_step, give_app, password_step
from tests.factories import make_organisation, make_pool, make_user

pytestmark = pytest.mark.django_db

LATE = timedelta(minutes=15)


@pytest.fixture
def boss():
    person = make_user("Svenja", is_staff=True, is_superuser=True)
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def desk(boss):
    """A browser of the team, signed in with both proofs just now."""
    client = Client()
    secret = give_app(boss)
    password_step(client, boss)
    code_step(client, code_at(secret, db.now()))
    client.secret = secret
    return client


@pytest.fixture
def ben():
    return make_user("Ben")


@pytest.fixture
def order(ben):
    return orders.withdraw(pool=make_pool(coins=500), amount_cents=1000, reason="Ende", by=ben, now=db.now())


@pytest.fixture
def doors(ben, order):
    """Name each page that changes rights, opens somebody's account, moves money out or hands out many lines."""
    organisation, account = make_organisation(), LedgerAccount.objects.first()
    return {
        "a person's rights": reverse("admin:accounts_user_change", args=[ben.pk]),
        "a new person": reverse("admin:accounts_user_add"),
        "a person's password": reverse("admin:auth_user_password_change", args=[ben.pk]),
        "roles in an organisation": reverse("admin:accounts_organisation_change", args=[organisation.pk]),
        "a new organisation": reverse("admin:accounts_organisation_add"),
        "asking for money to go": f"{reverse('admin:coins_moneyorder_add')}?art={MoneyOrder.Kind.WITHDRAWAL.value}",
        "letting money go": reverse("admin:coins_moneyorder_approve", args=[order.pk]),
        "an account's lines": f"{reverse('admin:coins_ledgeraccount_journal', args=[account.pk])}?as=csv",
    }


def test_with_fresh_proof_every_door_opens(desk, doors):
    assert {name: desk.get(path).status_code for name, path in doors.items()} == dict.fromkeys(doors, 200)


def test_a_quarter_of_an_hour_later_none_does(desk, doors, order, ben):
    with time_machine.travel(timezone.now() + LATE, tick=False):
        for name, path in doors.items():
            for method in ("get", "post"):
                answer = getattr(desk, method)(path, {"is_active": ""} if method == "post" else None)
                assert answer.status_code == 302, name
                assert answer.url.startswith(reverse("mfa_reauthenticate")), name
    ben.refresh_from_db()
    order.refresh_from_db()
    assert ben.is_active
    assert order.state == MoneyOrder.State.OPEN
    assert not Membership.objects.exists()


def test_the_password_alone_opens_none_again(desk, doors, boss):
    with time_machine.travel(timezone.now() + LATE, tick=False):
        assert desk.get(reverse("account_reauthenticate")).url == reverse("mfa_reauthenticate")
        desk.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        for name, path in doors.items():
            assert desk.get(path).status_code == 302, name


def test_the_code_once_more_opens_it_and_leads_back(desk, doors, ben):
    path = doors["a person's rights"]
    later = timezone.now() + LATE
    with time_machine.travel(later, tick=False):
        way = desk.get(path).url
        back = desk.post(way, {"code": code_at(desk.secret, db.now() + timedelta(seconds=30))})
        assert back.url == path
        assert desk.get(path).status_code == 200


def test_whoever_may_only_look_is_not_asked(client, ben):
    client.force_login(make_user("Lena", is_staff=True, roles=[AUDITOR]))
    organisation = make_organisation()
    with time_machine.travel(timezone.now() + LATE, tick=False):
        assert client.get(reverse("admin:accounts_organisation_change", args=[organisation.pk])).status_code == 200


def test_with_fresh_proof_an_account_is_shut(desk, ben):
    page = desk.get(reverse("admin:accounts_user_change", args=[ben.pk]))
    given = {**page.context["adminform"].form.initial, "is_active": "", "last_login_0": "", "last_login_1": ""}
    given = {name: "" if value is None else value for name, value in given.items()}
    desk.post(reverse("admin:accounts_user_change", args=[ben.pk]), given)
    assert not User.objects.get(pk=ben.pk).is_active
