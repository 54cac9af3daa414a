"""Who changed what: by whichever way it was written, for whoever may see the row, and gone with the person."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import ProgrammingError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import erasures, reveals
from accounts.models import Club, Organisation, User, YouthProfile
from activities.models import Category
from clevervibes import erasure
from clevervibes.lib import db, history
from coins.models import Sponsor
from partners import redemption
from partners.models import Offer
from tests.factories import (
    NOON,
    guardian_of,
    make_club,
    make_hold,
    make_manager,
    make_offer,
    make_organisation,
    make_rich_youth,
    make_screen,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


SECRET = ("password", "iban", "token", "secret", "pin_")


def traces_of(row):
    trace = history.trace_of(type(row))
    assert trace is not None
    return trace.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")


def everything_kept() -> str:
    """Return every trace there is, as text."""
    with connection.cursor() as cursor:
        texts = []
        for trace in history.traces():
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{trace._meta.db_table}\" t")
            texts.append(cursor.fetchone()[0] or "")
    return " ".join(texts)


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client, team):
    client.force_login(team)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": db.now().timestamp()}]
    session.save()
    return client


# ── Written by whichever way ─────────────────────────────────────────────────────────────────────
def by_save(club):
    club.town = "Selm"
    club.save(update_fields=["town"])


def by_update(club):
    Club.objects.filter(pk=club.pk).update(town="Selm")


def by_bulk_update(club):
    club.town = "Selm"
    Club.objects.bulk_update([club], ["town"])


def by_hand(club):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_club SET town = 'Selm' WHERE id = %s", [club.pk])


@pytest.mark.parametrize("write", [by_save, by_update, by_bulk_update, by_hand])
def test_each_way_of_writing_leaves_one_row(write):
    club = make_club()
    before = traces_of(club).count()
    write(club)
    found = traces_of(club)
    assert found.count() == before + 1
    assert (found.last().pgh_label, found.last().town) == ("update", "Selm")
    # Written again, nothing changes.
    write(club)
    assert traces_of(club).count() == before + 1


def test_a_form_of_the_admin_leaves_one_row_with_who_and_by_which_door(desk, team):
    club = make_club()
    address = reverse("admin:accounts_club_change", args=[club.pk])
    answer = desk.post(address, {"name": club.name, "slug": "luenen", "town": "Selm 100 % 'Mitte'"})
    assert answer.status_code == 302
    found = traces_of(club).last()
    assert found.town == "Selm 100 % 'Mitte'"
    assert (found.pgh_context["by"], found.pgh_context["door"]) == (team.pk, "admin:accounts_club_change")
    assert len(found.pgh_context["request"]) == 12


def test_what_was_deleted_by_hand_is_kept_too():
    row = make_organisation()
    pk = row.pk
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_organisation WHERE id = %s", [pk])
    assert list(history.trace_of(Organisation).objects.filter(pgh_obj_id=pk).values_list("pgh_label", flat=True)) == [
        "insert", "delete",
    ]  # fmt: skip


def test_the_app_adds_to_what_is_kept_and_does_nothing_else_to_it():
    make_club()
    for trace in history.traces():
        for sql in ("UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                connection.cursor().execute(sql.format(trace._meta.db_table))
    assert len(history.traces()) > 20


# ── The counter ──────────────────────────────────────────────────────────────────────────────────
def test_a_counter_asks_the_database_nothing_more():
    offer = make_offer(stock=5)
    youth = make_rich_youth()
    manager = make_manager(offer.partner)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        held = make_hold(offer=offer, youth=youth, now=NOON)
        redemption.redeem(hold=held, by=manager, now=NOON)
    assert len(asked) > 5
    assert [one["sql"] for one in asked if "pghistory" in one["sql"]] == []
    assert list(traces_of(offer).values_list("pgh_label", flat=True))[-1] == "update"  # its release: not its stock
    offer.refresh_from_db()
    assert offer.stock == 4


# ── What is never kept, and what goes ────────────────────────────────────────────────────────────
def test_no_secret_is_copied():
    youth = make_youth()
    youth.user.password = make_password("Geheimvogel17")
    youth.user.first_name = "Mila"
    youth.user.save()
    sponsor = make_sponsor()
    Sponsor.objects.filter(pk=sponsor.pk).update(iban="DE02120300000000202051", kind=Sponsor.Kind.SPONSORING)
    device = make_screen()
    device.name = "Neu"
    device.save()

    kept = everything_kept()

    assert "Mila" in kept
    assert [word for word in (youth.user.password, "argon2", "DE0212", device.token_sha256) if word in kept] == []
    # Nothing of this kind may slip in with a new field.
    for trace in history.traces():
        for field in trace._meta.local_fields:
            assert not any(word in field.name for word in ("password", "iban", "token", "sha256_", "secret", "pin")), (
                field
            )


def test_of_somebody_erased_no_row_is_left():
    youth = make_rich_youth("Kanarienvogel")
    other = make_rich_youth("Bleibevogel")
    person = youth.user
    for number in range(3):
        person.first_name = f"Kanarienvogel{number}"
        person.save()
    person.email = "kanarienvogel@example.org"
    person.save(update_fields=["email"])
    assert "kanarienvogel@example.org" in everything_kept()
    links = {history.trace_of(model) for model in history.ABOUT_PEOPLE}
    erasures.order(person=person, by=person, now=NOON)
    assert erasure.erase_due(now=NOON + erasures.COOLING_OFF) == 1

    kept = everything_kept()
    assert "anarienvogel" not in kept
    assert "Bleibevogel" in kept
    for trace in links:
        names = {field.name for field in trace._meta.local_fields}
        for name in {"youth", "user", "person", "pgh_obj"} & names:
            field = trace._meta.get_field(name)
            gone = {YouthProfile: youth.pk, User: person.pk}.get(field.related_model)
            assert gone is None or not trace.objects.filter(**{name: gone}).exists(), (trace, name)
    assert traces_of(other.user).exists()


def test_each_table_about_people_lets_its_traces_go():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'lib_traces_go'")
        guarded = {table for (table,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in history.ABOUT_PEOPLE}


# ── The page ─────────────────────────────────────────────────────────────────────────────────────
def test_the_page_says_when_who_by_which_door_and_what_from_what_to_what(desk, team):
    club = make_club()
    address = reverse("admin:accounts_club_change", args=[club.pk])
    desk.post(address, {"name": club.name, "slug": "luenen", "town": "Selm"})
    by_hand_to = "UPDATE accounts_club SET town = 'Werne', contact_phone = '02306 1' WHERE id = %s"
    with connection.cursor() as cursor:
        cursor.execute(by_hand_to, [club.pk])

    page = desk.get(reverse("admin:accounts_club_history", args=[club.pk])).content.decode()

    assert f"von</span> {team}" in page or f"von {team}" in page
    assert "im Admin" in page
    assert "unmittelbar in der Datenbank" in page
    for before, now in (("Lünen", "Selm"), ("Selm", "Werne"), ("–", "02306 1")):
        assert f"<del>{before}</del>" in page
        assert f">{now}</ins>" in page
    assert "Telefon" in page
    assert page.index("Werne") < page.index("<del>Lünen</del>")


def test_a_record_of_a_youth_asks_first_and_then_names_no_other_youth(desk, team):
    youth = make_youth("Kanarienvogel")
    guardian = guardian_of(youth)
    link = youth.guardianships.get()
    for row, name in ((youth, "youthprofile"), (youth.user, "user"), (link, "guardianship")):
        address = reverse(f"admin:accounts_{name}_history", args=[row.pk])
        assert "Weshalb öffnen Sie diese Akte?" in desk.get(address).content.decode()
    reveals.reveal(youth=youth, by=team, reason="Anruf der Mutter", now=db.now())
    page = desk.get(reverse("admin:accounts_guardianship_history", args=[link.pk])).content.decode()
    assert "Was sich geändert hat" in page
    assert guardian.last_name in page
    changed = page.partition("Was sich geändert hat")[2].partition("Was das Team hier getan hat")[0]
    assert "Kanarienvogel" not in changed


def test_a_long_history_asks_as_often_as_a_short_one(desk):
    offer = make_offer()
    for number in range(120):
        Offer.objects.filter(pk=offer.pk).update(
            title=f"Brezel {number}", released_by=make_user() if number < 3 else None
        )
    counts = []
    desk.get(reverse("admin:partners_offer_history", args=[offer.pk]))  # what is asked once per process
    for page in (1, 2, 3):
        with CaptureQueriesContext(connection) as asked:
            answer = desk.get(reverse("admin:partners_offer_history", args=[offer.pk]) + f"?seite={page}")
        assert answer.status_code == 200
        counts.append(len(asked))
    assert max(counts) - min(counts) <= 1, counts
    assert "Brezel 119" in desk.get(reverse("admin:partners_offer_history", args=[offer.pk])).content.decode()


def test_what_was_there_before_anything_was_kept_has_an_empty_page(desk):
    category = Category.objects.order_by("pk").first()  # of a migration that is older than the traces
    assert not history.trace_of(Category).objects.filter(pgh_obj_id=category.pk).exists()
    assert desk.get(reverse("admin:activities_category_history", args=[category.pk])).status_code == 200


@pytest.mark.django_db(databases=["default", "owner"])
def test_no_connection_makes_the_triggers_stumble():
    for alias in ("default", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SHOW pgtrigger.ignore")
            assert cursor.fetchone() == ("{}",)
