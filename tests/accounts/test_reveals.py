"""The team sees a youth's record once it has said why, and the family sees that it did."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import consent, erasures, reveals
from accounts.models import Reveal, YouthProfile
from accounts.team import roles as team_roles
from clevervibes.lib import db
from clevervibes.lib.team import SUPPORT
from tests.factories import NOON, guardian_of, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client, team):
    client.force_login(team)
    return client


@pytest.fixture
def canary():
    """A youth whose name is nowhere else."""
    youth = make_youth("Kanarienvogel")
    youth.user.last_name = "Zwitschermann"
    youth.user.username = "piep"
    youth.user.save()
    make_entry(youth, did="Kanarienvogel hat gelesen.")
    return youth


def records_of(youth: YouthProfile) -> list[str]:
    """Every page of the desk that opens one row about a youth, and its history."""
    rows = [("youthprofile", youth), ("user", youth.user)]
    own = [
        reverse(f"admin:accounts_{name}_{page}", args=[row.pk]) for name, row in rows for page in ("change", "history")
    ]
    entry = youth.entries.get()
    return own + [
        reverse(f"admin:activities_sharedtimeentry_{page}", args=[entry.pk]) for page in ("change", "history")
    ]


def test_each_record_is_masked_until_a_reason_is_given_and_each_look_is_logged(desk, team, canary):
    kind = ContentType.objects.get_for_model(YouthProfile)
    LogEntry.objects.create(
        user=team, content_type=kind, object_id=str(canary.pk), object_repr="Kanarienvogel", action_flag=CHANGE
    )
    addresses = records_of(canary)
    for address in addresses:
        page = desk.get(address).content.decode()
        assert "Weshalb öffnen Sie diese Akte?" in page
        assert "Kanarienvogel" not in page
        assert "Zwitschermann" not in page
    assert not Reveal.objects.exists()

    for number, address in enumerate(addresses, start=1):
        Reveal.objects.update(at=db.now() - timedelta(hours=1))
        assert desk.post(address, {"reason": " x "}).status_code == 200
        page = desk.post(address, {"reason": "Anruf der Mutter"}, follow=True).content.decode()
        assert "Weshalb öffnen" not in page
        assert Reveal.objects.filter(youth=canary, by=team, reason="Anruf der Mutter").count() == number
    print(f"records {len(addresses)}, opened without a reason 0, looks logged {Reveal.objects.count()}")


@pytest.mark.parametrize("name", ["accounts_youthprofile", "accounts_user", "activities_sharedtimeentry"])
def test_lists_show_initials(desk, canary, name):
    page = desk.get(reverse(f"admin:{name}_changelist")).content.decode()
    assert "K…" in page
    assert "Kanarienvogel" not in page
    assert "Zwitschermann" not in page
    # Somebody who calls is found by what they say.
    assert "K…" in desk.get(reverse(f"admin:{name}_changelist") + "?q=piep").content.decode()


def test_it_stays_open_for_half_an_hour_and_for_this_person_alone(team, canary):
    reveals.reveal(youth=canary, by=team, reason="Anruf der Mutter", now=NOON)
    last = NOON + reveals.OPEN_FOR
    assert reveals.is_open(canary, by=team, now=last - timedelta(seconds=1))
    assert not reveals.is_open(canary, by=team, now=last)
    assert not reveals.is_open(canary, by=make_user(is_staff=True), now=NOON)
    assert not reveals.is_open(make_youth(), by=team, now=NOON)


def test_what_is_sent_to_a_closed_record_is_not_stored(desk, canary):
    address = reverse("admin:accounts_youthprofile_change", args=[canary.pk])
    answer = desk.post(address, {"max_guardians": "6", "max_guardians_why": "einfach so"})
    assert "Weshalb öffnen" in answer.content.decode()
    canary.refresh_from_db()
    assert canary.max_guardians is None


def test_a_record_without_a_right_to_it_is_not_opened_by_a_reason(client, canary):
    staff = make_user("Holger", is_staff=True)
    client.force_login(staff)
    for address in records_of(canary):
        assert client.post(address, {"reason": "Anruf der Mutter"}).status_code == 403
    assert not Reveal.objects.exists()
    team_roles.set_up(user=staff, club=staff.club, role=SUPPORT, now=NOON)
    address = reverse("admin:accounts_youthprofile_change", args=[canary.pk])
    assert "Weshalb öffnen" in client.get(address).content.decode()


def test_people_who_are_no_youths_are_not_masked(desk, canary):
    mother = guardian_of(canary)
    assert mother.last_name in desk.get(reverse("admin:accounts_user_changelist")).content.decode()
    page = desk.get(reverse("admin:accounts_user_change", args=[mother.pk])).content.decode()
    assert "Weshalb öffnen" not in page


def test_the_family_sees_who_opened_the_record_and_why(client, team, canary):
    reveals.reveal(youth=canary, by=team, reason="Anruf wegen der Coins", now=db.now())
    for person, query in ((canary.user, ""), (guardian_of(canary), f"?youth={canary.public_id}")):
        client.force_login(person)
        page = client.get(reverse("data") + query).content.decode()
        assert "Anruf wegen der Coins" in page
        assert "Svenja" in page


def test_the_team_sees_who_is_leaving_by_username_and_changes_nothing_there(desk, canary):
    consent.withdraw(youth=canary, by=guardian_of(canary), now=NOON)
    erasures.order(person=canary.user, by=guardian_of(canary), now=NOON)
    for name, row in (("ending", canary.endings.get()), ("erasure", canary.user.erasures.get())):
        pages = [
            desk.get(reverse(f"admin:accounts_{name}_changelist")).content.decode(),
            desk.get(reverse(f"admin:accounts_{name}_change", args=[row.pk])).content.decode(),
        ]
        assert all("piep" in page for page in pages)
        assert not any("Zwitschermann" in page for page in pages)
        assert desk.post(reverse(f"admin:accounts_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert desk.get(reverse(f"admin:accounts_{name}_add")).status_code == 403


def test_a_look_without_a_reason_cannot_be_stored(team, canary):
    with pytest.raises(reveals.ReasonMissing):
        reveals.reveal(youth=canary, by=team, reason="  ?? ", now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reveal.objects.create(youth=canary, by=team, reason="", at=NOON)
