"""What is stored is listed, what is listed can be read, and nobody reads somebody else's."""

import html
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import models
from django.urls import reverse

from accounts.models import Erasure
from clevervibes.privacy import export, inventory, record, uses
from tests.clevervibes.test_erasure import a_whole_life
from tests.factories import NOON, guardian_of, make_manager, make_partner, make_user, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(client):
    """Return the client signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


# ── The inventory ────────────────────────────────────────────────────────────────────────────────
def test_every_stored_field_is_in_the_inventory_and_nothing_else():
    assert inventory.differences() == []
    print(f"{len(list(inventory.rows()))} fields of {len(inventory.INVENTORY)} models listed")


def test_a_field_that_nobody_listed_is_named(monkeypatch):
    shorter = {**inventory.INVENTORY, "accounts.Birthday": {uses.AGE: "id youth years due_at told_at outlook_at"}}
    longer = {**inventory.INVENTORY, "accounts.ConfirmPin": {uses.SECRET: "id user pin_hash set_at shoe_size id"}}
    without = {label: fields for label, fields in inventory.INVENTORY.items() if label != "accounts.Erased"}
    for changed, said in (
        (shorter, ["accounts.Birthday.done_at is stored, but not in the inventory"]),
        (
            longer,
            [
                "accounts.ConfirmPin.shoe_size is in the inventory, but not stored",
                "accounts.ConfirmPin.id is listed twice",
            ],
        ),
        (
            without,
            [f"accounts.Erased.{name} is stored, but not in the inventory" for name in ("id", "person", "erased_at")],
        ),
    ):
        monkeypatch.setattr(inventory, "INVENTORY", changed)
        assert inventory.differences() == said


def test_what_leads_to_a_person_can_be_exported_or_only_names_who_worked_on_it():
    """A model that hangs on a person by CASCADE is about them: it must not be missing in an export."""
    exported = set(export.names())
    about_people = {
        model._meta.label
        for model in inventory.stored_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and field.remote_field.on_delete is models.CASCADE
        and field.related_model._meta.label in {"accounts.User", "accounts.YouthProfile", "activities.SharedTimeEntry"}
    }
    assert len(about_people) > 12
    assert about_people - exported == set()
    assert exported <= inventory.INVENTORY.keys()


def test_the_record_of_processing_names_ground_time_and_eyes_of_each_activity():
    out = StringIO()
    call_command("processing_record", stdout=out)
    text = out.getvalue()
    assert len(record.personal()) > 15
    for activity in record.personal():
        assert f" {activity.purpose}\n" in text
        assert activity.basis_words in text
        assert activity.kept_words in text
    assert "Was wir gemacht haben" in text


# ── Export ───────────────────────────────────────────────────────────────────────────────────────
MINE = [f"meinvogel{number:02}" for number in range(1, 26)]
OTHERS = [f"fremdvogel{number:02}" for number in range(1, 26)]
# Not about the person, but in the trail of the team or in a session: named in the inventory, kept apart.
NOT_EXPORTED = {MINE[22], MINE[24]}


def test_an_export_holds_every_field_and_nobody_elses(by):
    mine, _other = a_whole_life(MINE), a_whole_life(OTHERS)
    client = by(mine.user)

    file = client.post(reverse("data-export"), {"as": "json"})
    page = client.post(reverse("data-export"), {"as": "page"}).content.decode()

    data = json.loads(file.content)["data"]
    for text in (file.content.decode(), page):
        assert [word for word in MINE if word not in text and word not in NOT_EXPORTED] == []
        assert [word for word in OTHERS if word in text] == []
        assert mine.user.password not in text
    for label, rows in data.items():
        listed = {name for names in inventory.INVENTORY[label].values() for name in names.split()}
        assert all(row.keys() == listed for row in rows)
    assert {
        "accounts.User", "accounts.YouthProfile", "accounts.Consent", "activities.SharedTimeEntry", "activities.Review",
        "coins.Lot", "coins.Transfer", "coins.ConversionItem", "partners.Hold", "partners.Redemption",
    } <= data.keys()  # fmt: skip
    print(f"export: {sum(len(rows) for rows in data.values())} rows of {len(data)} models, 0 of 25 foreign canaries")


def test_three_exports_a_day_and_the_fourth_says_when(by):
    client = by(make_youth().user)
    for _ in range(3):
        assert client.post(reverse("data-export"), {"as": "json"}).status_code == 200
    assert client.post(reverse("data-export"), {"as": "page"}).status_code == 429
    # Looking at the page counts nothing.
    assert client.get(reverse("data")).status_code == 200
    assert client.get(reverse("data-export")).status_code == 405


def test_a_guardian_takes_a_youths_data_along_until_eighteen(by):
    youth, other, adult = make_youth(), make_youth("Ben"), make_youth("Lea", age=19)
    client = by(guardian_of(youth))
    answer = client.post(reverse("data-export") + f"?youth={youth.public_id}", {"as": "json"})
    assert json.loads(answer.content)["person"] == str(youth.user.public_id)
    for stranger in (other, adult):
        for name in ("data-export", "data-erase", "data-keep", "data-correct"):
            assert client.post(reverse(name) + f"?youth={stranger.public_id}", {"as": "json"}).status_code == 404
        assert client.get(reverse("data") + f"?youth={stranger.public_id}").status_code == 404
    assert client.get(reverse("data") + "?youth=nichts").status_code == 404


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────
def test_erasing_is_ordered_and_called_off_on_the_page(by):
    youth = make_youth()
    client = by(youth.user)
    page = client.post(reverse("data-erase"), follow=True).content.decode()
    assert "Die Löschung ist beauftragt" in page
    order = Erasure.objects.get()
    assert order.due_at - order.asked_at == timedelta(days=7)

    client.post(reverse("data-keep"))
    order.refresh_from_db()
    assert order.called_off_at
    assert "Alles löschen" in client.get(reverse("data")).content.decode()
    for name in ("data-erase", "data-keep", "data-correct"):
        assert client.get(reverse(name)).status_code == 405


def test_a_guardian_cannot_have_somebody_of_sixteen_erased(by):
    youth = make_youth(age=16)
    client = by(guardian_of(youth))
    query = f"?youth={youth.public_id}"
    assert client.post(reverse("data-erase") + query).status_code == 409
    assert "entscheidet" in client.get(reverse("data") + query).content.decode()
    assert not Erasure.objects.exists()


def test_names_are_put_right_and_an_empty_one_is_not(by):
    youth = make_youth()
    client = by(youth.user)
    assert client.post(reverse("data-correct"), {"first_name": "", "last_name": "Kaya"}).status_code == 422
    client.post(reverse("data-correct"), {"first_name": "Mila", "last_name": "Kaya"})
    youth.user.refresh_from_db()
    assert (youth.user.first_name, youth.user.last_name) == ("Mila", "Kaya")


def test_everybody_has_the_page(by):
    for user in (make_user(), make_manager(make_partner()), guardian_of(make_youth()), make_user(is_staff=True)):
        client = by(user)
        assert client.get(reverse("data")).status_code == 200
        assert client.post(reverse("data-export"), {"as": "page"}).status_code == 200
        assert reverse("data") in client.get(reverse("accounts:profile")).content.decode()


def test_an_export_asks_as_many_questions_for_a_long_life_as_for_a_short_one(django_assert_max_num_queries):
    youth = a_whole_life(MINE)
    with django_assert_max_num_queries(90):
        export.tables(youth.user)
    assert NOON


# ── For everybody ────────────────────────────────────────────────────────────────────────────────
def test_everybody_reads_what_is_stored_why_how_long_and_who_sees_it(client):
    answer = client.get("/datenschutz/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert not answer.cookies
    for activity in record.personal():
        for words in (activity.purpose, activity.basis_words, activity.kept_words, activity.eyes_words):
            assert html.escape(str(words)) in page
    for name in ("Geburtsdatum", "Was wir gemacht haben", "Vorname", "Einwilligungen"):
        assert name in page
    # What only the code has a name for is no word for people.
    for name in ("public id", "sha256", "Token", "axis"):
        assert name not in page
    assert 'href="/datenschutz/"' in client.get("/").content.decode()
