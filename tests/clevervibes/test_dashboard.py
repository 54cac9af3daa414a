"""The start page: for each role what it came for."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import vouching
from accounts.models import Membership, TrustedPerson
from clevervibes.lib import db
from partners import offers
from tests.factories import (
    guardian_of,
    host_person,
    make_booking,
    make_contact_point,
    make_date,
    make_entry,
    make_host,
    make_interest,
    make_manager,
    make_member,
    make_offer,
    make_organisation,
    make_place,
    make_redemption,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


def start(client, user):
    client.force_login(user)
    return client.get(reverse("start")).content.decode()


def recent_entry(youth):
    now = db.now()
    return make_entry(youth, now=now, starts_at=now - timedelta(hours=3))


def test_a_youth_sees_coins_week_and_latest_time(client):
    youth = make_youth()
    recent_entry(youth)
    page = start(client, youth.user)
    for part in ("Hi Mia!", "Deine Coins", "noch 11", "Timer starten", "Lesen &amp; Vorlesen", "wartet"):
        assert part in page


@pytest.mark.parametrize(
    ("missing", "sentence"), [({"consent": False}, "eingewilligt"), ({"seen": False}, "Einmal kurz vorbeikommen")]
)
def test_a_youth_reads_what_is_still_missing(client, missing, sentence):
    assert sentence in start(client, make_youth(**missing).user)


def test_a_guardian_sees_what_waits_and_nobody_elses(client):
    youth, other = make_youth(), make_youth("Benedikt")
    recent_entry(youth)
    recent_entry(other)
    page = start(client, guardian_of(youth))
    assert "Mia" in page
    assert "Jetzt bestätigen" in page
    assert "Benedikt" not in page


def test_a_guardian_finds_the_childs_coins_and_a_trusted_person_does_not(client):
    youth = make_youth()
    grandmother = make_user()
    TrustedPerson.objects.create(youth=youth, person=grandmother, started_at=db.now())
    link = f"{reverse('coins:statement')}?youth={youth.public_id}"

    assert link in start(client, guardian_of(youth))
    assert youth.first_name in start(client, grandmother)
    assert link not in start(client, grandmother)


def test_a_manager_finds_the_counter(client):
    manager = make_member(make_organisation("Bäckerei Kamp"), Membership.Role.MANAGER)
    page = start(client, manager)
    assert "Bäckerei Kamp" in page
    assert reverse("partners:counter") in page


def test_a_manager_reads_how_the_day_goes_and_what_came_back_from_the_team(client):
    offer, now = make_offer(), db.now()
    manager = make_manager(offer.partner)
    assert "Heute noch nichts eingelöst" in start(client, manager)

    make_redemption(offer=offer, by=manager, now=now)
    draft = make_offer("Drei Kugeln Eis", partner=offer.partner, release=False)
    offers.refuse(offer=draft, by=make_user("Team"), why="Bitte ein Bild dazu.", now=now)
    page = start(client, manager)
    for part in ("Heute 1 Einlösung", "30 Coins", "Zurück vom Team: Drei Kugeln Eis", "Bitte ein Bild dazu."):
        assert part in page


def test_a_host_reads_what_waits_and_what_comes_next(client):
    host, now = make_host(), db.now()
    over = make_date("Drehmaschine", host=host, starts_at=now - timedelta(hours=4), now=now - timedelta(days=2))
    make_booking(make_youth(age=17), over, now=now - timedelta(days=1))
    make_date("Schweißerei", host=host, starts_at=now + timedelta(days=3), seats=7, now=now)
    make_interest(place=make_place(host=host), now=now)
    make_interest(place=make_place("Woanders", host=make_host("Tischlerei Wald")), now=now)
    page = start(client, host_person(host))
    for part in ("Wer war da? Drehmaschine", "1 Interesse wartet", "Schweißerei", "0 von 7 Plätzen"):
        assert part in page


def test_a_voucher_reads_how_many_were_seen(client):
    point = make_contact_point()
    voucher = make_member(point.organisation, Membership.Role.VOUCHER)
    assert "Heute noch niemand" in start(client, voucher)
    vouching.vouch(person=guardian_of(make_youth(seen=False)), point=point, by=voucher, now=db.now())
    assert "Heute 1 Person gesehen" in start(client, voucher)


def test_a_sponsors_contact_finds_what_the_money_did(client):
    sponsor = make_sponsor("Stadtwerke Lippe")
    page = start(client, make_member(sponsor.organisation, Membership.Role.CONTACT))

    assert "Stadtwerke Lippe" in page
    assert f'href="{reverse("impact")}"' in page


def test_the_team_finds_the_admin(client):
    assert reverse("admin:index") in start(client, make_user(is_staff=True))


def test_somebody_without_a_role_reads_what_helps(client):
    assert "noch nichts verbunden" in start(client, make_user())


def test_a_guest_is_sent_to_sign_in(client):
    assert client.get(reverse("start")).url == f"{reverse('account_login')}?next={reverse('start')}"


def test_more_entries_do_not_ask_the_database_more_often(client, django_assert_max_num_queries):
    youth = make_youth()
    now = db.now()

    def queries(user):
        client.force_login(user)
        client.get(reverse("start"))
        with django_assert_max_num_queries(43) as counted:
            client.get(reverse("start"))
        return len(counted)

    recent_entry(youth)
    few = [queries(user) for user in (youth.user, guardian_of(youth))]
    for n in range(2, 30):
        make_entry(youth, now=now, minutes=30, starts_at=now - timedelta(hours=3 * n))
    assert [queries(user) for user in (youth.user, guardian_of(youth))] == few
