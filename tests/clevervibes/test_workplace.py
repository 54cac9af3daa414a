"""The team's first page by role, and the one field that finds everything one may see."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.contrib.staticfiles import finders
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import AutoField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from accounts.cases import asking
from accounts.cases.subjects import Subject
from accounts.team import roles
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from clevervibes.lib.team import ADMIN, APPROVER, AUDITOR, CATALOG, FINANCE, SUPPORT
from clevervibes.workplace import waiting
from coins.models import Transfer
from partners import bank_accounts
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_approved,
    make_club,
    make_entry,
    make_hold,
    make_offer,
    make_organisation,
    make_partner,
    make_pool,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db
SEARCH = "/admin/suchen/"
IBAN = "DE75512108001245126199"


def as_(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role.title(), is_staff=True, roles=[role]))
    return client


def labels(role: str) -> dict[str, int]:
    user = make_user(role.title(), is_staff=True, roles=[role])
    return {str(queue.label): queue.number for queue in waiting.for_(user, db.now())}


@pytest.fixture
def busy():
    """Something waits for nearly everybody; and the same in another town, which is no business of this one."""
    for club in (make_club(), make_club("Clever Vibes Unna")):
        youth = make_youth("Mia", club=club, guardian=make_user("Mama", club=club), seen=False)
        make_approved(youth)
        make_entry(youth, starts_at=NOON - timedelta(hours=6))
        asking.ask(by=guardian_of(youth), text="Wo bleiben die Coins?", about=Subject("", ""), now=db.now())
        partner = make_partner("Laden", club=club)
        make_offer(partner=partner, release=False)
        bank_accounts.request(
            partner=partner,
            iban=IBAN,
            holder="Laden",
            by=make_user("Anna", club=club),
            now=db.now(),
        )
        leader = make_user("Leitung", club=club, is_staff=True, roles=[ADMIN])
        roles.propose(user=make_user("Neu", club=club), club=club, role=SUPPORT, by=leader, now=db.now())
    return youth


def test_each_role_sees_what_waits_for_it_and_for_its_club_alone(busy):
    assert labels(SUPPORT)["Fragen"] == 1
    assert labels(SUPPORT)["Noch niemand gesehen"] == 1
    assert labels(SUPPORT)["Seit einer Woche nicht bestätigt"] == 1
    assert labels(CATALOG)["Angebote freigeben"] == 1
    assert labels(APPROVER) == {"Bankverbindungen bestätigen": 1}
    assert labels(ADMIN) == {"Rollen vergeben": 1}
    assert labels(AUDITOR) == {}
    assert "Fragen" not in labels(FINANCE)


def test_every_queue_leads_to_a_list_of_as_many_rows(busy):
    for role in (SUPPORT, CATALOG, APPROVER, ADMIN):
        user = make_user(role.title(), is_staff=True, roles=[role])
        client = Client()
        client.force_login(user)
        for queue in waiting.for_(user, db.now()):
            answer = client.get(queue.url)
            assert answer.status_code == 200, queue.url
            assert answer.context["cl"].result_count == queue.number, (role, queue.url)


def test_what_one_has_asked_for_does_not_wait_for_oneself():
    anna = make_user("Anna", is_staff=True, roles=[FINANCE, APPROVER])
    bank_accounts.request(partner=make_partner(), iban=IBAN, holder="Laden", by=anna, now=db.now())
    assert waiting.for_(anna, db.now()) == []
    assert labels(APPROVER) == {"Bankverbindungen bestätigen": 1}


def test_mail_that_does_not_arrive_is_on_a_list(busy):
    OutboxMessage.objects.create(
        topic="stopped_by_team",
        to=guardian_of(make_youth()),
        created_at=NOON,
        due_at=NOON,
        attempts=3,
        last_error="550",
    )
    assert labels(ADMIN)["Mails, die nicht ankommen"] == 1
    page = as_(ADMIN).get(reverse("admin:lib_outboxmessage_changelist"))
    assert "550" in page.content.decode()
    assert outbox.MAX_ATTEMPTS > 3


def test_the_first_page_asks_as_much_for_many_as_for_few(busy):
    client = as_(SUPPORT)

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/").status_code == 200
        # When somebody was last seen is written once a minute.
        return [query["sql"] for query in queries if "last_seen_at" not in query["sql"]]

    asked()  # once for what Django keeps
    few = asked()
    for _n in range(3):
        make_approved(make_youth(), starts_at=NOON - timedelta(hours=3))
    many = asked()
    assert len(many) == len(few), set(many) ^ set(few)
    assert len(few) < 40


def test_the_figures_are_those_of_the_own_club():
    youth = make_youth()
    give_coins(youth, 30, pool=make_pool(coins=50))
    elsewhere = make_club("Clever Vibes Unna")
    make_youth(club=elsewhere, guardian=make_user("Papa", club=elsewhere))
    page = as_(AUDITOR).get("/admin/").content.decode()
    assert "Jugendliche aktiv" in page
    assert "von 1, mit einer Zeit" in page
    assert '<dd class="font-semibold tabular-nums text-2xl">30</dd>' in page
    assert "Bestätigte Stunden je Woche" in page


# ── Search ───────────────────────────────────────────────────────────────────────────────────────
def test_one_field_finds_people_places_hours_bookings_and_holds():
    youth, partner = make_youth("Kanarienvogel"), make_partner("Bäckerei Kamp")
    entry = make_approved(youth)
    give_coins(youth, 50, pool=make_pool(coins=50))
    hold = make_hold(youth=youth, offer=make_offer(partner=partner, price_coins=5))
    transfer = Transfer.objects.latest("pk")
    client = as_(SUPPORT)
    for typed, address in (
        (youth.user.username, reverse("admin:accounts_user_change", args=[youth.user_id])),
        ("Bäckerei", reverse("admin:accounts_organisation_change", args=[partner.organisation_id])),
        (str(entry.public_id), reverse("admin:activities_sharedtimeentry_change", args=[entry.pk])),
        (str(youth.user.public_id)[:8], reverse("admin:accounts_user_change", args=[youth.user_id])),
        (str(transfer.pk), reverse("admin:coins_transfer_change", args=[transfer.pk])),
        (str(hold.public_id), reverse("admin:partners_hold_change", args=[hold.pk])),
    ):
        page = client.get(SEARCH, {"q": typed}).content.decode()
        assert address in page, typed
        assert "Kanarienvogel" not in page
    assert "Kanarienvogel" not in client.get(SEARCH, {"q": "Kanarien"}).content.decode().replace('value="Kanarien"', "")


def test_nobody_finds_what_they_may_not_see():
    youth = make_youth()
    entry = make_approved(youth)
    elsewhere = make_club("Clever Vibes Unna")
    there = make_organisation("Fremde Bäckerei", club=elsewhere)
    for role in (FINANCE, CATALOG, AUDITOR):
        assert f"/{entry.pk}/change/" not in as_(role).get(SEARCH, {"q": str(entry.public_id)}).content.decode()
        assert youth.user.username not in as_(role).get(SEARCH, {"q": str(youth.user.public_id)}).content.decode()
    assert f"/organisation/{there.pk}/" not in as_(SUPPORT).get(SEARCH, {"q": "Fremde"}).content.decode()
    assert Client().get(SEARCH).status_code == 302
    guest = Client()
    guest.force_login(make_user())
    assert guest.get(SEARCH).status_code == 302


@pytest.mark.parametrize("typed", ["", " ", "'", "%", "\x00", "9" * 60, "١٢٣", "-" * 40, "ff" * 40, "<script>", "🍦"])
def test_whatever_is_typed_is_answered(typed):
    page = as_(SUPPORT).get(SEARCH, {"q": typed})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────
def test_chosen_rows_leave_as_csv_with_the_columns_of_the_list():
    made = make_organisation("=1+1")
    make_organisation("Fremde", club=make_club("Clever Vibes Unna"))
    answer = as_(AUDITOR).post(
        reverse("admin:accounts_organisation_changelist"), {"action": "as_csv", "_selected_action": [made.pk]}
    )
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.decode().splitlines() == ["\ufeffName;Ort;Club", "'=1+1;Lünen;Clever Vibes Lünen"]


def test_no_csv_names_a_youth_or_leaves_without_fresh_proof():
    youth, client = make_youth("Kanarienvogel"), as_(SUPPORT)
    page, sent = reverse("admin:accounts_user_changelist"), {"action": "as_csv", "_selected_action": [youth.user_id]}
    assert "Kanarienvogel" not in client.post(page, sent).content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=False):
        # Whoever has neither password nor second factor has nothing to show.
        assert client.post(page, sent).status_code == 403


# ── Their words and their look ───────────────────────────────────────────────────────────────────
def test_every_class_of_a_staff_page_is_known_to_a_stylesheet():
    """The theme brings those of its utilities that its own pages use: another one would do nothing, unseen."""
    sheets = [Path(finders.find(name)).read_text() for name in ("unfold/css/styles.css", "clevervibes/css/admin.css")]
    known = {re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"\.((?:\\.|[\w-])+)", "".join(sheets))}
    missing = {}
    for page in sorted(Path(settings.BASE_DIR, "templates").glob("**/*.html")):
        if {"admin", "unfold"} & set(page.relative_to(settings.BASE_DIR).parts):
            plain = re.sub(r"{%.*?%}|{{.*?}}", " ", page.read_text())
            used = {name for names in re.findall(r'class="([^"]*)"', plain) for name in names.split()}
            missing[page.name] = used - known
    assert len(missing) > 20
    assert {page: names for page, names in missing.items() if names} == {}


def test_every_column_and_line_of_a_staff_page_has_a_name_of_ours():
    """Without one it is called by its English name in the code."""
    unnamed = set()
    for model, page in admin.site._registry.items():
        labels = getattr(getattr(page.form, "Meta", None), "labels", {})
        of_form = [field.name for field in model._meta.fields if field.editable and not field.auto_created]
        lines = flatten_fieldsets(page.fieldsets) if page.fieldsets else page.fields or of_form
        for name in {*page.list_display, *flatten(lines), *page.readonly_fields} - {"__str__", *(page.exclude or ())}:
            if own := getattr(page, name, None):
                named = hasattr(own, "short_description")
            else:
                named = name in labels or isinstance(getattr(_field(model, name), "_verbose_name", None), Promise)
            if not named and not isinstance(_field(model, name), AutoField):
                unnamed.add(f"{model._meta.label}.{name}")
    assert unnamed == set()


def _field(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
