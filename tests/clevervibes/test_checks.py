import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from accounts.protection import members
from tests.accounts.test_texts import PAGES, make_operator, make_text
from tests.factories import NOON, make_club, make_user

# What a database in which nobody has said anything yet still lacks.
UNSAID = ["clevervibes.E002", "clevervibes.E003", "clevervibes.E004"]


def messages() -> list[str]:
    found = checks.run_checks(include_deployment_checks=True)
    return sorted(message.id for message in found if "clevervibes" in message.id)


@pytest.mark.django_db
def test_check_deploy_is_silent_once_everything_is_said():
    club = make_club()
    club.emergency_phone = "0171 1"
    club.save(update_fields=["emergency_phone"])
    assert messages() == UNSAID

    for kind in PAGES.values():
        make_text(kind=kind)
    assert messages() == ["clevervibes.E003", "clevervibes.E004"]
    make_operator()
    assert messages() == ["clevervibes.E004"]
    helper = make_user(club=club, is_staff=True)
    member = members.name(club=club, person=helper, by=helper, now=NOON)
    assert messages() == []

    # What somebody leaves behind counts no more.
    members.end(member=member, by=helper, now=NOON)
    assert messages() == ["clevervibes.E004"]


@pytest.mark.django_db
def test_check_deploy_wants_every_club_to_be_complete():
    for kind in PAGES.values():
        make_text(kind=kind, club=make_club("Lünen"))
    make_club("Selm")

    with pytest.raises(CommandError, match=r"E002.*Selm: help; .*Selm: accessibility") as refused:
        call_command("check", deploy=True)
    assert "nen: help" not in str(refused.value)
    assert "Selm: emergency number" in str(refused.value)


@pytest.mark.django_db
def test_check_deploy_fails_while_demo_people_exist():
    make_user(is_demo=True)

    assert messages() == ["clevervibes.E001", *UNSAID]
    with pytest.raises(CommandError, match=r"E001.* 1 people of the demo"):
        call_command("check", deploy=True)


@pytest.mark.django_db
def test_plain_check_asks_no_database(django_assert_num_queries):
    make_user(is_demo=True)

    with django_assert_num_queries(0):
        call_command("check")


@pytest.mark.django_db
def test_check_deploy_on_an_empty_database_says_nothing(monkeypatch):
    make_user(is_demo=True)
    monkeypatch.setattr(connection.introspection, "table_names", list)

    assert messages() == []


@pytest.mark.django_db
def test_check_deploy_without_a_database_says_so(monkeypatch):
    def no_answer() -> list[str]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection.introspection, "table_names", no_answer)

    assert messages() == ["clevervibes.I001"]
