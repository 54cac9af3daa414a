"""The desk: orders about money are asked for, released by another and refused, through the pages people use."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clevervibes.lib import db
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE
from coins import departure, ledger
from coins.models import Deposit, FundingPool, MoneyOrder, Transfer, YouthAccount
from coins.order_forms import CoinsField
from tests.coins import books
from tests.coins.test_orders import make_paid
from tests.factories import NOON, give_coins, make_account, make_pool, make_sponsor, make_user, make_youth

pytestmark = pytest.mark.django_db

State = MoneyOrder.State
ADD = "/admin/coins/moneyorder/add/"
LIST = "/admin/coins/moneyorder/"


def make_staff(first_name, *roles):
    return make_user(first_name, is_staff=True, roles=roles)


@pytest.fixture
def anna():
    """Asks."""
    return make_staff("Anna", FINANCE)


@pytest.fixture
def bert():
    """Releases."""
    return make_staff("Bert", APPROVER)


@pytest.fixture
def desk(client, anna):
    client.force_login(anna)
    return client


@pytest.fixture
def checker(bert):
    client = Client()
    client.force_login(bert)
    return client


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def ask(client, kind, **fields):
    given = {"key": uuid4(), "reason": "Pokal beim Lesefest", **fields}
    return client.post(f"{ADD}?art={kind}", given, follow=True)


def decide(client, order, what="freigeben", **fields):
    return client.post(f"{LIST}{order.pk}/{what}/", {"then": "go", **fields}, follow=True)


def in_pool(pool) -> int:
    return ledger.balance(books.open_account(books.Kind.POOL, pool.public_id))


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────
def test_the_first_page_says_what_can_be_done(desk):
    page = text_of(desk.get(ADD))

    for kind in MoneyOrder.Kind:
        assert str(kind.label) in page
    assert reverse("admin:coins_youthaccount_changelist") in page


def test_a_grant_by_username_as_it_is_spoken(desk):
    youth, pool = make_youth(), make_pool(coins=2_000)

    page = text_of(ask(desk, "grant", username=youth.user.username.upper(), pool=pool.pk, coins="500"))

    assert "Erledigt: 500 Coins, M…" in page
    assert ledger.balance(make_account(youth=youth)) == 500
    page = text_of(ask(desk, "grant", username=youth.user.username, pool=pool.pk, coins="1.000"))
    assert "wartet auf die Freigabe durch eine zweite Person" in page
    assert in_pool(pool) == 1_500


def test_a_name_that_is_only_similar_is_named_back_and_nothing_typed_is_lost(desk):
    youth, pool = make_youth(), make_pool(coins=100)

    page = text_of(ask(desk, "grant", username="Mia", pool=pool.pk, coins="5"))

    assert f"Meinten Sie: {youth.user.username}?" in page
    assert "Pokal beim Lesefest" in page
    page = text_of(ask(desk, "grant", username="niemand", pool=pool.pk, coins="5"))
    assert "Diesen Benutzernamen gibt es nicht." in page
    assert not MoneyOrder.objects.exists()


@pytest.mark.parametrize(
    ("coins", "sentence"),
    [
        ("101", "nur noch 100 Coins (10,00 €)"), ("0", "zwischen 1 und 10.000.000"),
        ("999999999999", "zwischen 1 und 10.000.000"), ("1,5", "eine ganze Zahl"), ("-3", "eine ganze Zahl"),
        (str(2**63), "eine ganze Zahl"), ("٣", "eine ganze Zahl"), ("", "Bitte ausfüllen"),
    ],
)  # fmt: skip
def test_a_refusal_stands_beside_its_field(desk, coins, sentence):
    pool = make_pool(coins=100)
    other = make_pool(sponsor=pool.sponsor, name="Zweiter Topf")

    page = text_of(ask(desk, "reallocation", pool=pool.pk, to_pool=other.pk, coins=coins))

    assert sentence in page
    assert "Pokal beim Lesefest" in page
    assert not MoneyOrder.objects.exists()


@pytest.mark.parametrize(("typed", "coins"), [("5", 5), ("1.250", 1_250), (" 1250 ", 1_250), ("1.000.000", 10**6)])
def test_coins_as_people_write_them(typed, coins):
    assert CoinsField().clean(typed) == coins


def test_the_same_form_sent_twice_is_one_order(desk):
    youth, pool, key = make_youth(), make_pool(coins=100), uuid4()

    for _ in range(2):
        page = text_of(ask(desk, "grant", key=key, username=youth.user.username, pool=pool.pk, coins="5"))
        assert "Erledigt: 5 Coins" in page

    assert MoneyOrder.objects.count() == 1


def test_an_ended_pool_s_form_sent_twice_says_it_twice(desk):
    pool, key = make_pool(), uuid4()

    for _ in range(2):
        assert "ist beendet" in text_of(ask(desk, "end_pool", key=key, pool=pool.pk))

    assert MoneyOrder.objects.count() == 1


def test_taking_back_starts_at_the_youth_s_account(desk):
    line = make_paid()
    link = YouthAccount.objects.get()

    found = text_of(desk.get("/admin/coins/youthaccount/", {"q": link.youth.user.username}))
    assert link.youth.user.username in found
    page = text_of(desk.get(f"/admin/coins/youthaccount/{link.pk}/change/"))
    assert f"?art=take_back&amp;line={line.pk}" in page
    assert f"?art=grant&amp;username={link.youth.user.username}" in page
    page = text_of(desk.get(f"{ADD}?art=take_back&line={line.pk}"))
    assert "In dieser Umrechnung gezahlt" in page

    page = text_of(ask(desk, "take_back", line=line.pk, coins="4"))
    assert "Erledigt: 4 Coins, M…" in page
    assert ledger.balance(line.account) == 6
    page = text_of(ask(desk, "take_back", line=line.pk, coins="7"))
    assert "wurden 10 Coins gezahlt, davon sind 4 schon zurückgenommen" in page
    # Without a line it leads to where one is chosen.
    assert "Was soll geschehen?" in text_of(desk.get(f"{ADD}?art=take_back&line=9x"))
    assert "Was soll geschehen?" in text_of(desk.get(f"{ADD}?art=nix"))


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────
def make_order(desk, coins=100) -> MoneyOrder:
    pool = make_pool(coins=coins)
    ask(desk, "withdrawal", pool=pool.pk, amount_cents="4,00")
    return MoneyOrder.objects.latest("pk")


def test_a_second_person_sees_everything_and_releases_it(desk, checker):
    order = make_order(desk)
    assert "4,00 €" in text_of(checker.get(LIST))

    page = text_of(checker.get(f"{LIST}{order.pk}/change/"))
    for said in ("Pokal beim Lesefest", "40 Coins (4,00 €)", "Anna", "Lesen im Kiez", f"{LIST}{order.pk}/freigeben/"):
        assert said in page
    page = text_of(checker.get(f"{LIST}{order.pk}/freigeben/"))
    assert "Auftrag freigeben?" in page
    assert "40 Coins (4,00 €)" in page
    assert MoneyOrder.objects.get().state == State.OPEN
    page = text_of(decide(checker, order))

    assert "4,00 € sind ausgebucht. Bitte überweisen Sie sie jetzt." in page
    assert Transfer.objects.filter(group=order.public_id).count() == 2
    # The button pressed twice.
    assert "ausgebucht" in text_of(decide(checker, order))
    assert Transfer.objects.filter(group=order.public_id).count() == 2
    assert "freigeben/" not in text_of(checker.get(f"{LIST}{order.pk}/change/"))


def test_nobody_releases_their_own(client, desk):
    boss = make_user("Chefin", is_staff=True, is_superuser=True)
    client.force_login(boss)
    order = make_order(client)

    page = text_of(client.get(f"{LIST}{order.pk}/change/"))
    assert "Jemand anders aus dem Team gibt es frei" in page
    assert f"{LIST}{order.pk}/freigeben/" not in page
    page = text_of(decide(client, order))
    assert "gibt eine zweite Person frei" in page

    order.refresh_from_db()
    assert order.state == State.OPEN
    assert "zurückgezogen" in text_of(decide(client, order, "ablehnen"))


def test_what_is_not_possible_any_more_is_said_and_waits(desk, checker):
    order = make_order(desk, coins=40)
    give_coins(make_youth(), 10, pool=FundingPool.objects.get())

    assert "sind nur noch 30 Coins (3,00 €)" in text_of(decide(checker, order))

    assert MoneyOrder.objects.get().state == State.OPEN


def test_a_refusal_needs_a_word(desk, checker):
    order = make_order(desk)

    page = text_of(decide(checker, order, "ablehnen", why=""))
    assert "warum" in page
    assert MoneyOrder.objects.get().state == State.OPEN
    assert "abgelehnt" in text_of(decide(checker, order, "ablehnen", why="Erst nach dem Abschluss"))

    order.refresh_from_db()
    assert (order.state, order.refused_why) == (State.REFUSED, "Erst nach dem Abschluss")
    assert "Erst nach dem Abschluss" in text_of(desk.get(f"{LIST}{order.pk}/change/"))


def test_rights_are_apart(client, desk, checker, bert):
    order = make_order(desk)
    assert decide(desk, order).status_code == 403
    assert checker.get(ADD).status_code == 403
    assert ask(checker, "grant").status_code == 403
    client.force_login(make_staff("Hilfe", AUDITOR))
    for address in (f"{LIST}{order.pk}/freigeben/", f"{LIST}{order.pk}/ablehnen/", ADD):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403
    client.logout()
    assert client.get(ADD).status_code == 302
    for what in ("freigeben", "ablehnen"):
        assert checker.get(f"{LIST}{10**17}/{what}/").status_code == 404
        assert checker.get(f"{LIST}{2**70}/{what}/").status_code == 404


def test_orders_and_accounts_are_never_edited(desk, checker):
    order = make_order(desk)
    give_coins(make_youth(), 1, pool=FundingPool.objects.get())
    link = YouthAccount.objects.get()

    for address in (f"{LIST}{order.pk}/change/", f"/admin/coins/youthaccount/{link.pk}/change/"):
        assert desk.post(address, {"coins": 1}).status_code == 403
        assert desk.post(address.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert desk.get("/admin/coins/youthaccount/add/").status_code == 403
    assert MoneyOrder.objects.get().coins == 40


# ── Deposits and pools ───────────────────────────────────────────────────────────────────────────
def test_a_deposit_is_given_back_from_a_list(desk, checker):
    make_pool(coins=100)
    row = Deposit.objects.get()

    page = text_of(desk.get(f"{ADD}?art=deposit_back"))
    assert "10,00 €, Stadtwerke Lippe → Lesen im Kiez" in page
    ask(desk, "deposit_back", deposit=row.pk)
    page = text_of(ask(desk, "deposit_back", deposit=row.pk))
    assert "gibt es schon einen Auftrag: wartet auf Freigabe" in page
    assert "10,00 €, Stadtwerke" not in text_of(desk.get(f"{ADD}?art=deposit_back"))

    assert "10,00 € sind ausgebucht" in text_of(decide(checker, MoneyOrder.objects.get()))


def test_a_pool_s_page_leads_to_its_orders_and_whose_it_is_stays(client):
    client.force_login(make_user("Chefin", is_staff=True, is_superuser=True))
    pool, other = make_pool(coins=100), make_sponsor("Volksbank")
    address = reverse("admin:coins_fundingpool_change", args=[pool.pk])

    page = text_of(client.get(address))
    assert f"?art=withdrawal&amp;pool={pool.pk}" in page
    assert f'<option value="{pool.pk}" selected>' in text_of(client.get(f"{ADD}?art=withdrawal&pool={pool.pk}"))
    client.post(address, {"name": "Neuer Name", "sponsor": other.pk, "rest_goes": "sponsor"})

    pool.refresh_from_db()
    assert (pool.name, pool.rest_goes, str(pool.sponsor)) == ("Neuer Name", "sponsor", "Stadtwerke Lippe")


def test_somebody_who_left_has_no_name_on_the_desk(desk):
    youth, pool = make_youth("Yasemin"), make_pool(coins=100)
    ask(desk, "grant", username=youth.user.username, pool=pool.pk, coins="5")
    assert f"Y… ({youth.user.username})" in text_of(desk.get(LIST))

    db.service(departure.leave)(youth=youth, now=NOON + timedelta(days=1))

    page = text_of(desk.get(LIST))
    assert "nicht mehr im Club" in page
    assert youth.user.username not in page
    assert "Pokal" not in page


def test_lists_ask_the_database_as_often_for_many_as_for_few(desk, unhurried):
    def count(address):
        with CaptureQueriesContext(connection) as found:
            assert desk.get(address).status_code == 200
        return len(found)

    pool = make_pool(coins=1_000)
    for number in range(3):
        ask(desk, "grant", username=make_youth().user.username, pool=pool.pk, coins="5")
        if number == 0:
            few = [count(LIST), count("/admin/coins/youthaccount/")]
    assert [count(LIST), count("/admin/coins/youthaccount/")] == few
