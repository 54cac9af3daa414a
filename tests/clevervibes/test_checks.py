import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from tests.factories import make_user


def messages() -> list[str]:
    return [message.id for message in checks.run_checks(include_deployment_checks=True) if "clevervibes" in message.id]


@pytest.mark.django_db
def test_check_deploy_is_silent_without_demo_people():
    make_user()

    assert messages() == []


@pytest.mark.django_db
def test_check_deploy_fails_while_demo_people_exist():
    make_user(is_demo=True)

    assert messages() == ["clevervibes.E001"]
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
