"""The pages of a family, and that another family's are as if they did not exist."""

import pytest
from django.urls import reverse

from accounts import families, vouching
from accounts.models import EndedBy, Guardianship, OneTimeLink, TrustedPerson
from clevervibes.lib import db
from tests.factories import guardian_of, make_contact_point, make_member, make_user, make_youth

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia():
    return make_youth("Mia", age=14)


@pytest.fixture
def other():
    """Another family: a youth with a guardian, a trusted person, open invitations and a password QR."""
    youth = make_youth("Ben", age=14)
    mother, now = guardian_of(youth), db.now()
    link = families.invite_trusted_person(youth=youth, by=mother, now=now)
    families.accept_as_trusted_person(link=link, person=make_user("Ursula"), now=now)
    families.invite_trusted_person(youth=youth, by=mother, now=now)
    families.invite_guardian(youth=youth, by=youth.user, now=now)
    vouching.make_password_link(person=youth.user, by=mother, now=now)
    return youth


def doors(youth):
    """Every address of a family that carries an id, with what is sent to it."""
    yield reverse("accounts:family-invite", args=[youth.public_id]), {"purpose": "guardian"}
    yield reverse("accounts:family-password", args=[youth.public_id]), {}
    for link in OneTimeLink.objects.filter(about=youth.user, used_at=None, revoked_at=None):
        if link.purpose == "password":
            yield reverse("accounts:password-qr", args=[link.public_id]), {}
        else:
            yield reverse("accounts:family-invitation", args=[link.public_id]), {"email": "x@example.org"}
            yield reverse("accounts:family-invitation-withdraw", args=[link.public_id]), {}
    yield reverse("accounts:end-guardianship", args=[youth.guardianships.get().public_id]), {}
    yield reverse("accounts:end-trust", args=[youth.trusted_people.get().public_id]), {}


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (OneTimeLink, Guardianship, TrustedPerson)]


@pytest.mark.parametrize("who", ["youth", "guardian", "trusted", "voucher", "stranger"])
def test_swapped_ids_answer_like_none_and_change_nothing(client, mia, other, who):
    people = {
        "youth": lambda: mia.user,
        "guardian": lambda: guardian_of(mia),
        "trusted": lambda: trusted_of(mia),
        "voucher": lambda: make_member(make_contact_point().organisation, "voucher"),
        "stranger": make_user,
    }
    client.force_login(people[who]())
    before, asked = everything(), 0
    for url, data in doors(other):
        for answer in (client.get(url), client.post(url, data)):
            assert answer.status_code in {404, 405}, (url, answer.status_code)
            asked += 1
    assert asked >= 16
    assert everything() == before


def trusted_of(youth):
    link = families.invite_trusted_person(youth=youth, by=guardian_of(youth), now=db.now())
    return families.accept_as_trusted_person(link=link, person=make_user("Gerda"), now=db.now()).person


def test_a_former_guardian_is_a_stranger(client, other):
    mother = guardian_of(other)
    families.end_guardianship(
        guardianship=other.guardianships.get(), by=None, how=EndedBy.TEAM, now=db.now()
    )  # fmt: skip
    client.force_login(mother)
    for url, data in doors(other):
        if "passwort-qr" not in url:
            assert client.post(url, data).status_code in {404, 405}, url
    page = client.get(reverse("accounts:family")).content.decode()
    assert "Ben" not in page


def test_each_sees_the_family_as_far_as_it_is_theirs(client, mia):
    grandmother = trusted_of(mia)
    for user, shown, hidden in (
        (mia.user, ["Deine Familie", "Sabine", "Gerda"], ["Vertrauensperson einladen"]),
        (guardian_of(mia), ["Mia", "Gerda", "Vertrauensperson einladen", "Kind anmelden", "QR zeigen"], []),
        (grandmother, ["Vertrauensperson für", "Mia"], ["Sabine", "Elternteil einladen", "QR zeigen"]),
        (make_user(), ["Kind anmelden"], ["Mia", "Sabine"]),
    ):
        client.force_login(user)
        page = client.get(reverse("accounts:family")).content.decode()
        assert [word for word in shown if word not in page] == []
        assert [word for word in hidden if word in page.partition("<main")[2]] == []


def test_ending_says_what_it_means_first(client, mia):
    link = mia.guardianships.get()
    client.force_login(mia.user)
    url = reverse("accounts:end-guardianship", args=[link.public_id])
    assert "ist unter 16" in client.get(url).content.decode()
    assert not Guardianship.objects.get().ended_at
    client.post(url)
    ended = Guardianship.objects.get()
    assert (ended.ended_how, ended.ended_by) == (EndedBy.FAMILY, mia.user)
    assert client.post(url).status_code == 404


def test_a_guardian_and_a_trusted_person_let_go_by_themselves(client, mia):
    grandmother = trusted_of(mia)
    client.force_login(grandmother)
    client.post(reverse("accounts:end-trust", args=[mia.trusted_people.get().public_id]))
    assert mia.trusted_people.get().ended_how == EndedBy.ADULT
    mother = guardian_of(mia)
    client.force_login(mother)
    client.post(reverse("accounts:end-guardianship", args=[mia.guardianships.get().public_id]))
    assert mia.guardianships.get().ended_how == EndedBy.ADULT


def test_the_family_page_of_four_youths_asks_the_database_sparingly(client, django_assert_max_num_queries):
    mother = make_user("Sabine")
    for _ in range(4):
        make_youth(guardian=mother)
    client.force_login(mother)
    client.get(reverse("accounts:family"))
    # Some for each youth: a family has six at most.
    with django_assert_max_num_queries(20 + 4 * 10):
        client.get(reverse("accounts:family"))
