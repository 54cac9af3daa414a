"""Lists of the team, kept under a name: for oneself, or for the team of a club."""

import json
from functools import partial

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import SavedView, StaffRole
from accounts.saved_views import saving
from clevervibes.lib.team import Role
from clevervibes.privacy import export
from tests.concurrency import in_parallel
from tests.factories import NOON, make_club, make_user

pytestmark = pytest.mark.django_db

ROLES = "accounts.staffrole"
LIST = reverse("admin:accounts_staffrole_changelist")
PEOPLE = reverse("admin:accounts_user_changelist")
SAVE = reverse("staff-view-save")


def team(*roles: str, first_name: str = "Svenja", **fields: object):
    return make_user(first_name, is_staff=True, roles=roles or [Role.ADMIN], **fields)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def keep(client: Client, name: str, query: str, *, of: str = ROLES, club=None):
    sent = {"list": of, "query": query, "name": name, "shared_with": club.pk if club else ""}
    return client.post(SAVE, sent, follow=True)


def throw_away(client: Client, view: SavedView, *, of: str = ROLES):
    return client.post(reverse("staff-view-delete", args=[view.public_id]), {"list": of}, follow=True)


@pytest.fixture
def lead():
    return team()


@pytest.fixture
def desk(lead):
    return signed_in(lead)


# ── Keeping ──────────────────────────────────────────────────────────────────────────────────────
def test_a_kept_view_stands_above_its_list_and_is_marked_where_one_is(desk, lead):
    query = "role__exact=finance&o=-1"
    answer = keep(desk, "  Kasse  zuerst ", query)

    view = SavedView.objects.get()
    assert (view.owner, view.name, view.shared_with) == (lead, "Kasse zuerst", None)
    assert view.query == "o=-1&role__exact=finance"
    assert answer.redirect_chain == [(f"{LIST}?{view.query}", 302)]
    page = answer.content.decode()
    assert 'href="?o=-1&amp;role__exact=finance" aria-current="true"' in page
    assert (
        'aria-current="true"' not in desk.get(LIST).content.decode().partition("views__more")[0].partition("views")[2]
    )
    assert answer.context["cl"].result_count == StaffRole.objects.filter(role="finance").count()
    assert "Kasse zuerst" not in desk.get(PEOPLE).content.decode()


def test_the_page_itself_sends_what_is_kept(desk):
    """A browser without scripts has what the form on the page holds, and nothing more."""
    page = desk.get(LIST, {"role__exact": "finance", "p": "1"})
    views = page.context["views"]
    assert 'name="query" value="role__exact=finance"' in page.content.decode()

    keep(desk, "Kasse", views["query"], of=views["list"])
    assert SavedView.objects.get().query == "role__exact=finance"
    assert desk.get(LIST).context["views"]["form"] is None


def test_pages_flags_and_unknown_keys_are_left_out(desk):
    keep(desk, "Kasse", "role__exact=finance&p=3&e=1&all=&_popup=1&_to_field=id&utm=x&user__password__startswith=a")

    assert SavedView.objects.get().query == "role__exact=finance"


@pytest.mark.parametrize(
    "query",
    ["club__id__exact=abc", "role__secret=x", "role__exact=a%00b", "granted_at__isempty=maybe", "role__startswith=f",
     "", "p=2&all=", "role__exact=" + "x" * 1000],
)  # fmt: skip
def test_what_the_list_refuses_or_what_says_nothing_is_not_kept(desk, query):
    make_club("Clever Vibes Unna")  # of one club alone no filter is drawn
    answer = keep(desk, "Nichts", query)

    assert answer.status_code == 200
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert not SavedView.objects.exists()


def test_a_filter_that_is_not_drawn_is_not_kept(desk, lead):
    keep(desk, "Kasse", f"role__exact=finance&club__id__exact={lead.club_id}")

    assert SavedView.objects.get().query == "role__exact=finance"


def test_kept_again_under_its_name_it_is_replaced(desk):
    keep(desk, "Kasse", "role__exact=finance")
    keep(desk, "Kasse", "role__exact=finance")
    keep(desk, "Kasse", "role__exact=auditor")

    assert SavedView.objects.get().query == "role__exact=auditor"


def test_a_name_has_at_most_forty_letters_and_at_least_one(desk):
    for name in ("", "   ", "x" * 41):
        keep(desk, name, "role__exact=finance")
    assert not SavedView.objects.exists()

    keep(desk, "x" * 40, "role__exact=finance")
    assert SavedView.objects.count() == 1


def test_a_list_has_twenty_of_somebody(desk, lead):
    for number in range(saving.AT_MOST):
        saving.save(owner=lead, model=StaffRole, name=f"Nummer {number}", query="role__exact=finance", now=NOON)

    answer = keep(desk, "Eine mehr", "role__exact=finance")
    assert "Mehr als 20 Ansichten" in answer.content.decode()
    keep(desk, "Nummer 3", "role__exact=auditor")
    keep(desk, "Leute", "is_staff__exact=1", of="accounts.user")

    assert SavedView.objects.filter(model=ROLES).count() == saving.AT_MOST
    assert SavedView.objects.get(name="Nummer 3").query == "role__exact=auditor"
    assert SavedView.objects.filter(model="accounts.user").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_keep_no_more_than_twenty():
    lead = team()
    new = partial(saving.save, owner=lead, model=StaffRole, query="role__exact=finance", now=NOON)
    for number in range(saving.AT_MOST - 1):
        new(name=f"Nummer {number}")

    results = in_parallel(lambda: new(name="Links"), lambda: new(name="Rechts"))

    assert {type(result) for result in results} == {SavedView, saving.TooManyViews}
    assert SavedView.objects.count() == saving.AT_MOST


def test_the_database_keeps_one_of_a_name_and_none_that_says_nothing(lead):
    view = saving.save(owner=lead, model=StaffRole, name="Kasse", query="role__exact=finance", now=NOON)
    for name, query in [(view.name, "o=1"), ("", "o=1"), ("Leer", "")]:
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.create(owner=lead, model=view.model, name=name, query=query, saved_at=NOON)


# ── Whose? ───────────────────────────────────────────────────────────────────────────────────────
def test_a_shared_view_is_there_for_the_team_and_for_no_other_club(desk, lead):
    keep(desk, "Nur meine", "role__exact=finance")
    keep(desk, "Für alle", "role__exact=auditor", club=lead.club)
    colleague = signed_in(team(Role.AUDITOR))
    elsewhere = signed_in(team(club=make_club("Clever Vibes Unna")))

    page = colleague.get(LIST).content.decode()
    assert "Für alle" in page
    assert "von Svenja" in page
    assert "Nur meine" not in page
    assert elsewhere.get(LIST).context["views"]["rows"] == []


def test_nobody_shares_with_a_club_that_is_not_theirs(desk, lead):
    other = make_club("Clever Vibes Unna")

    keep(desk, "Hinüber", "role__exact=finance", club=other)
    assert not SavedView.objects.exists()
    with pytest.raises(saving.NotYourTeam):
        saving.save(owner=lead, model=StaffRole, name="X", query="o=1", shared_with=other, now=NOON)
    assert "Unna" not in str(desk.get(LIST, {"o": "1"}).context["views"]["form"])


def test_who_may_not_look_at_a_list_neither_keeps_nor_finds_its_views(desk, lead):
    keep(desk, "Für alle", "role__exact=auditor", club=lead.club)
    view = SavedView.objects.get()
    catalog = signed_in(team(Role.CATALOG))

    assert catalog.get(LIST).status_code == 403
    assert keep(catalog, "X", "role__exact=finance").status_code == 403
    assert throw_away(catalog, view).status_code == 403
    assert keep(desk, "X", "o=1", of="sessions.session").status_code == 404
    assert desk.get(SAVE).status_code == 405
    guest = Client().post(SAVE, {"list": ROLES})
    assert guest.status_code == 302
    assert "/anmelden/" in Client().post(SAVE, {"list": ROLES}, follow=True).redirect_chain[-1][0]
    assert SavedView.objects.get() == view


def test_a_form_of_another_site_keeps_nothing(lead):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lead)

    assert keep(strict, "X", "role__exact=finance").status_code == 403
    assert not SavedView.objects.exists()


def test_thrown_away_by_its_owner_or_by_the_lead_of_the_club(desk, lead):
    auditor = team(Role.AUDITOR)
    theirs = signed_in(auditor)
    keep(theirs, "Geteilt", "role__exact=auditor", club=auditor.club)
    keep(theirs, "Eigene", "role__exact=auditor")
    keep(desk, "Von der Leitung", "role__exact=auditor", club=lead.club)
    shared, own, leads = (SavedView.objects.get(name=name) for name in ("Geteilt", "Eigene", "Von der Leitung"))

    assert throw_away(theirs, leads).status_code == 403
    throw_away(desk, own)
    assert SavedView.objects.count() == 3  # the lead does not even see it
    throw_away(desk, shared)
    twice = throw_away(desk, shared)
    throw_away(theirs, own)

    assert twice.status_code == 200
    assert list(SavedView.objects.all()) == [leads]


# ── Names, and filters that are gone ─────────────────────────────────────────────────────────────
def test_no_name_that_was_looked_for_is_kept(desk, lead):
    """Where the search goes through people, an erasure would not find the name here."""
    answer = keep(desk, "Mia", "q=Kanarienvogel&is_staff__exact=0", of="accounts.user")
    keep(desk, "Rollen", "q=Kanarienvogel&role__exact=finance")

    assert "er kann ein Name sein" in answer.content.decode()
    assert set(SavedView.objects.values_list("query", flat=True)) == {"is_staff__exact=0", "role__exact=finance"}
    assert desk.get(PEOPLE, {"q": "Mia"}).context["views"]["drops_search"]


def test_other_searches_stay_with_oneself():
    user = team(Role.FINANCE)
    client = signed_in(user)
    address = reverse("admin:coins_bankstatement_changelist")

    keep(client, "Meine", "q=2026&o=1", of="coins.bankstatement")
    keep(client, "Geteilt", "q=2026&o=1", of="coins.bankstatement", club=user.club)

    assert SavedView.objects.get(name="Meine").query == "o=1&q=2026"
    assert SavedView.objects.get(name="Geteilt").query == "o=1"
    assert "In gemeinsame Ansichten kommt er nicht" in client.get(address, {"q": "2026"}).content.decode()


def test_a_view_whose_filter_is_gone_says_so(desk, monkeypatch):
    keep(desk, "Kasse", "role__exact=finance")
    page = admin.site._registry[StaffRole]
    monkeypatch.setattr(page, "list_filter", ["club"])

    answer = desk.get(LIST)
    assert answer.status_code == 200
    assert "Einen ihrer Filter gibt es nicht mehr" in answer.content.decode()
    assert "role__exact=finance" not in answer.content.decode()


def test_a_view_that_the_list_cannot_read_any_more_leads_to_the_whole_list_with_a_word(desk, lead):
    make_club("Clever Vibes Unna")
    saving.save(owner=lead, model=StaffRole, name="Alt", query="club__id__exact=abc", now=NOON)

    answer = desk.get(LIST + "?club__id__exact=abc", follow=True)
    assert answer.status_code == 200
    assert "Diesen Filter kennt die Liste nicht mehr" in answer.content.decode()


# ── What it costs, what is stored ────────────────────────────────────────────────────────────────
def test_twenty_views_ask_the_database_as_often_as_one(desk, lead):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(LIST).status_code == 200
        return len(asked)

    keep(desk, "Eine", "role__exact=finance", club=lead.club)
    queries()
    one = queries()
    for number in range(saving.AT_MOST - 1):
        saving.save(owner=lead, model=StaffRole, name=str(number), query="o=1", shared_with=lead.club, now=NOON)
    assert queries() <= one


def test_ones_views_are_in_the_export_and_go_with_oneself(desk, lead):
    keep(desk, "Kasse zuerst", "role__exact=finance")

    assert "Kasse zuerst" in json.dumps(export.as_json(lead, now=NOON)["data"]["accounts.SavedView"])
    assert SavedView._meta.get_field("owner").remote_field.on_delete.__name__ == "CASCADE"
