"""At a point of contact: who is shown, who is seen, who is helped back in."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts import families, links, registration, selectors, vouching
from accounts.models import EndedBy, Membership, OneTimeLink, Sighting, User
from clevervibes.lib import db, limits
from tests.concurrency import in_parallel
from tests.factories import (
    NOON,
    guardian_of,
    make_club,
    make_contact_point,
    make_member,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

PASSWORD = "noch drei worte"


@pytest.fixture
def point():
    return make_contact_point()


@pytest.fixture
def voucher(point):
    return make_member(point.organisation, Membership.Role.VOUCHER, "Silke")


@pytest.fixture
def mia():
    return make_youth(seen=False)


@pytest.fixture
def mother(mia):
    return guardian_of(mia)


def token_of(user, now=NOON):
    return vouching.url_to_show(user, now).rstrip("/").rpartition("/")[2]


def see(person, point, by, now=NOON):
    return vouching.vouch(person=person, point=point, by=by, now=now)


# ── What people show ─────────────────────────────────────────────────────────────────────────────
def test_a_shown_code_names_its_person_for_ten_minutes(mother):
    token = token_of(mother)
    assert vouching.person_shown(token, NOON + timedelta(minutes=9, seconds=59)) == mother
    with pytest.raises(vouching.ShownExpired):
        vouching.person_shown(token, NOON + timedelta(minutes=10))


def test_a_forged_code_names_nobody(mother, mia):
    token, other = token_of(mother), token_of(mia.user)
    for forged in (token[:-2], token[:-1] + ("A" if token[-1] != "A" else "B"), other[:24] + token[24:], "", "x" * 50,
                   token.swapcase(), token + "====", "ü" * 49):  # fmt: skip
        with pytest.raises(vouching.ShownUnknown):
            vouching.person_shown(forged, NOON)
    User.objects.filter(pk=mother.pk).update(is_active=False)
    with pytest.raises(vouching.ShownUnknown):
        vouching.person_shown(token, NOON)


# ── Seen ─────────────────────────────────────────────────────────────────────────────────────────
def test_seeing_a_guardian_makes_the_youth_earn(point, voucher, mia, mother):
    assert not selectors.earning_youths(NOON).exists()
    row = see(mother, point, voucher)
    assert (row.seen_by, row.contact_point, row.seen_at) == (voucher, point, NOON)
    assert list(selectors.earning_youths(NOON)) == [mia]
    assert see(mother, point, voucher, NOON + timedelta(days=1)).seen_at == NOON


def test_only_who_vouches_there_sees(point, mother, voucher):
    elsewhere = make_contact_point("Stadtbücherei")
    for by, where in ((make_user(), point), (voucher, elsewhere), (make_user(is_staff=True, roles=["support"]), point)):
        with pytest.raises(vouching.NotVouching):
            see(mother, where, by)
    manager = make_member(point.organisation, Membership.Role.MANAGER)
    with pytest.raises(vouching.NotVouching):
        see(mother, point, manager)


def test_nobody_vouches_for_themself_or_for_another_club(point, voucher):
    youth = make_youth(seen=False)
    registration.add_guardian(guardian=voucher, youth=youth, now=NOON)
    with pytest.raises(vouching.Oneself):
        see(voucher, point, voucher)
    foreign = guardian_of(make_youth(club=make_club("Clever Vibes Werne"), seen=False))
    with pytest.raises(vouching.OtherClub):
        see(foreign, point, voucher)


def test_a_youth_under_eighteen_is_not_the_one_to_be_seen(point, voucher, mia):
    with pytest.raises(vouching.NobodyToSee):
        see(mia.user, point, voucher)
    see(make_youth(age=18, seen=False).user, point, voucher)
    with pytest.raises(vouching.NobodyToSee):
        see(make_user("Ohne"), point, voucher)


def test_a_wrong_one_is_taken_back_within_fifteen_minutes(point, voucher, mother):
    see(mother, point, voucher)
    vouching.undo(person=mother, by=make_member(point.organisation, "voucher"), now=NOON)
    assert Sighting.objects.exists(), "somebody else's stays"
    with pytest.raises(vouching.TooLate):
        vouching.undo(person=mother, by=voucher, now=NOON + timedelta(minutes=15))
    vouching.undo(person=mother, by=voucher, now=NOON + timedelta(minutes=14, seconds=59))
    assert not Sighting.objects.exists()
    vouching.undo(person=mother, by=voucher, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_who_see_the_same_person_at_once_see_them_once(point, voucher, mother):
    other = make_member(point.organisation, "voucher", "Jens")
    results = in_parallel(lambda: see(mother, point, voucher), lambda: see(mother, point, other))
    assert {type(result) for result in results} == {Sighting}
    assert Sighting.objects.count() == 1


def test_the_day_ends_at_midnight_in_berlin(point, voucher, mother):
    late = NOON.replace(hour=21, minute=59)  # 23:59 in Berlin
    see(mother, point, voucher, late)
    assert [row.person for row in vouching.seen_today(point, late)] == [mother]
    assert not vouching.seen_today(point, late + timedelta(minutes=1)).exists()
    assert not vouching.seen_today(make_contact_point("Stadtbücherei"), late).exists()


# ── The pages ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def desk(client, voucher):
    client.force_login(voucher)
    return client


def scan(client, user):
    return client.get("/anlaufstelle/person/" + token_of(user, db.now()) + "/")


def test_scan_see_next_and_undo(desk, mia, mother, point):
    answer = scan(desk, mother)
    assert answer.url == reverse("accounts:contact-point-person")
    assert answer["Referrer-Policy"] == "no-referrer"
    page = desk.get(answer.url).content.decode()
    assert str(mother) in page
    assert mia.first_name in page
    assert not Sighting.objects.exists()

    answer = desk.post(reverse("accounts:contact-point-see"))
    assert answer.url == reverse("accounts:contact-point")
    assert str(mother) in desk.get(answer.url).content.decode()
    # The session knows nobody any more: a second click sees nobody.
    assert desk.post(reverse("accounts:contact-point-see")).url == reverse("accounts:contact-point")
    desk.post(reverse("accounts:contact-point-undo", args=[mother.public_id]))
    assert not Sighting.objects.exists()


def test_the_start_page_leads_to_the_point_of_contact(desk):
    assert (
        f'href="{reverse("accounts:contact-point")}"'
        in desk.get(reverse("start")).content.decode().partition("<main")[2]
    )


def test_who_vouches_at_two_points_chooses_and_sees_each_days_list(desk, voucher, mother):
    library = make_contact_point("Stadtbücherei")
    Membership.objects.create(user=voucher, organisation=library.organisation, role="voucher")
    url = reverse("accounts:contact-point-choose", args=[library.organisation.public_id])
    desk.post(url)
    scan(desk, mother)
    desk.post(reverse("accounts:contact-point-see"))
    assert mother.sighting.contact_point == library
    foreign = make_contact_point("Elsewhere").organisation.public_id
    assert desk.post(reverse("accounts:contact-point-choose", args=[foreign])).status_code == 404


def test_who_was_scanned_is_forgotten_after_a_quarter_of_an_hour(desk, mother):
    scan(desk, mother)
    session = desk.session
    name, since = session["shown-person"]
    session["shown-person"] = [name, (datetime.fromisoformat(since) - timedelta(minutes=15)).isoformat()]
    session.save()
    assert desk.post(reverse("accounts:contact-point-see")).url == reverse("accounts:contact-point")
    assert not Sighting.objects.exists()


def test_a_point_of_contact_reads_names_and_nothing_else(desk, mia, mother):
    User.objects.filter(pk=mia.user_id).update(last_name="Geheimname", email="kanarie@example.org")
    User.objects.filter(pk=mother.pk).update(email="kanarie2@example.org")
    scan(desk, mother)
    page = desk.get(reverse("accounts:contact-point-person")).content.decode()
    # The youth's public id stands in the address of the Wochenzettel; it says nothing about her.
    for canary in ("Geheimname", "kanarie", str(mia.birth_date.year)):
        assert canary not in page


def test_of_another_clubs_people_not_even_the_name_is_shown(desk):
    foreign = guardian_of(make_youth(club=make_club("Clever Vibes Werne")))
    scan(desk, foreign)
    answer = desk.get(reverse("accounts:contact-point-person"))
    assert answer.status_code == 409
    assert foreign.last_name not in answer.content.decode()


def test_who_vouches_nowhere_learns_nothing_from_a_code(client, mother):
    client.force_login(make_user())
    for answer in (scan(client, mother), scan(type(client)(), mother)):
        assert answer.status_code == 200
        assert str(mother) not in answer.content.decode()
    assert client.get(reverse("accounts:contact-point")).status_code == 404
    assert client.get(reverse("accounts:contact-point-person")).status_code == 404
    assert client.post(reverse("accounts:contact-point-see")).status_code == 404


def test_an_old_code_says_so(desk, mother):
    answer = desk.get("/anlaufstelle/person/" + token_of(mother, db.now() - timedelta(minutes=11)) + "/")
    assert answer.status_code == 410
    assert "10 Minuten" in answer.content.decode()


def test_everybody_shows_the_own_code_and_reads_where_to_go(client, mia, mother, point):
    for user in (mother, mia.user):
        client.force_login(user)
        page = client.get(reverse("accounts:show-me")).content.decode()
        assert 'aria-label="Mein QR-Code"' in page
        assert point.organisation.name in page
    start = client.get(reverse("start")).content.decode()
    assert point.organisation.name in start
    client.force_login(mother)
    assert point.organisation.name in client.get(reverse("start")).content.decode()


# ── A new password ───────────────────────────────────────────────────────────────────────────────
def help_out(person, by, now=NOON):
    return vouching.help_in(person=person, by=by, now=now)


def test_a_guardian_and_a_point_of_contact_help_and_nobody_else(mia, mother, voucher):
    for by in (mother, voucher):
        assert help_out(mia.user, by).about == mia.user
    help_out(mother, voucher)
    other_club = make_member(make_contact_point("Werne").organisation, "voucher")
    other_club.organisations.update(club=make_club("Clever Vibes Werne"))
    for by in (mia.user, make_user(), guardian_of(make_youth("Ben")), other_club):
        with pytest.raises(vouching.NotHelpedHere):
            help_out(mia.user, by)


def test_who_has_an_office_is_not_helped_here(voucher, point):
    manager = make_member(point.organisation, "manager")
    youth = make_youth()
    registration.add_guardian(guardian=manager, youth=youth, now=NOON)
    staff = make_user(is_staff=True, roles=["support"])
    registration.add_guardian(guardian=staff, youth=youth, now=NOON)
    for person in (manager, staff, voucher, make_user("Niemand")):
        with pytest.raises(vouching.NotHelpedHere):
            help_out(person, voucher)


def test_a_guardian_who_left_helps_no_more(mia, mother):
    families.end_guardianship(guardianship=mia.guardianships.get(), by=None, how=EndedBy.TEAM, now=NOON)
    with pytest.raises(vouching.NotHelpedHere):
        help_out(mia.user, mother)


def test_a_new_password_is_set_once_within_fifteen_minutes(mia, mother):
    link = help_out(mia.user, mother)
    with pytest.raises(ValidationError):
        vouching.set_password(link=link, password="kurz", now=NOON)
    late = NOON + timedelta(minutes=15)
    with pytest.raises(links.LinkExpired):
        vouching.set_password(link=link, password=PASSWORD, now=late)
    vouching.set_password(link=link, password=PASSWORD, now=late - timedelta(seconds=1))
    mia.user.refresh_from_db()
    assert check_password(PASSWORD, mia.user.password)
    with pytest.raises(links.LinkUsed):
        vouching.set_password(link=link, password="und wieder andere", now=NOON)


def test_who_gets_an_office_meanwhile_is_not_helped(mother, voucher, point):
    link = help_out(mother, voucher)
    Membership.objects.create(user=mother, organisation=point.organisation, role="manager")
    with pytest.raises(vouching.NotHelpedHere):
        vouching.set_password(link=link, password=PASSWORD, now=NOON)
    links.require_open(OneTimeLink.objects.get(), NOON)


def test_no_other_link_sets_a_password(mia):
    link = families.invite_guardian(youth=mia, by=mia.user, now=NOON)
    with pytest.raises(links.LinkUnknown):
        vouching.set_password(link=link, password=PASSWORD, now=NOON)


def test_twenty_a_day_are_helped(voucher):
    youths = [make_youth().user for _ in range(3)]
    for number in range(20):
        help_out(youths[number % 3], voucher)
    with pytest.raises(limits.TooOften):
        help_out(youths[0], voucher)


@pytest.mark.django_db(transaction=True)
def test_two_who_scan_the_qr_at_once_set_one_password(mia, mother):
    link = help_out(mia.user, mother)
    words = ["eins zwei drei vier", "vier drei zwei eins"]
    results = in_parallel(
        *[lambda word=word: vouching.set_password(link=link, password=word, now=NOON) for word in words]
    )
    assert sorted(type(result).__name__ for result in results) == ["LinkUsed", "User"]


def test_by_name_at_the_counter_to_a_new_password_on_the_phone(desk, mia, client):
    find = reverse("accounts:contact-point-look-up")
    wrong = desk.post(find, {"username": mia.user.username, "first_name": "Falsch"})
    assert wrong.status_code == 404
    answer = desk.post(find, {"username": mia.user.username.upper(), "first_name": " mia "})
    assert answer.url == reverse("accounts:contact-point-person")
    answer = desk.post(reverse("accounts:contact-point-password"))
    page = desk.get(answer.url).content.decode()
    assert 'aria-label="QR-Code für ein neues Passwort"' in page
    # The code is for whoever made it to show.
    stranger = type(client)()
    stranger.force_login(mia.user)
    assert stranger.get(answer.url).status_code == 404

    phone = type(client)()
    link = OneTimeLink.objects.get()
    path = links.url_of(link).removeprefix(links.settings.PUBLIC_URL)
    for _ in range(10):
        assert phone.get(path).url == reverse("accounts:new-password")
    assert phone.get(path)["Referrer-Policy"] == "no-referrer"
    assert mia.user.username in phone.get(reverse("accounts:new-password")).content.decode()
    assert phone.post(reverse("accounts:new-password"), {"password": "kurz"}).status_code == 200
    assert "gilt" in phone.post(reverse("accounts:new-password"), {"password": PASSWORD}).content.decode()
    assert "_auth_user_id" not in phone.session
    assert phone.get(path).status_code == 302
    assert phone.get(reverse("accounts:new-password")).status_code == 410
    assert "Passwort gesetzt" in desk.get(answer.url).content.decode()


def test_forty_names_a_day(desk, voucher):
    answers = [
        desk.post(reverse("accounts:contact-point-look-up"), {"username": f"name{n}", "first_name": "x"}).status_code
        for n in range(41)
    ]
    assert answers == [404] * 40 + [429]
