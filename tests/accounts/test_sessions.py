"""How long a sign-in lasts, to the second, and the list of devices its owner can end."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, SignIn
from accounts.security import sessions
from clevervibes.lib import db
from clevervibes.privacy import retention
from tests.factories import NOON, make_member, make_organisation, make_user, make_youth

pytestmark = pytest.mark.django_db

PASSWORD = "tanzende blaue Lampe"
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Clock:
    """The database's time, as far as pages ask for it."""

    def __init__(self) -> None:
        self.now = NOON

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(db, "now", lambda: clock.now)
    return clock


def youth():
    return make_youth().user


def staff():
    return make_user(is_staff=True)


def manager():
    return make_member(make_organisation(), Membership.Role.MANAGER)


def staff_and_manager():
    person = manager()
    person.is_staff = True
    person.save()
    return person


def sign_in(person, *, remember="", agent=""):
    if not person.has_usable_password():
        person.set_password(PASSWORD)
        person.save()
    client = Client(headers={"user-agent": agent})
    given = {"login": person.username, "password": PASSWORD, "remember": remember}
    assert client.post(reverse("account_login"), given).status_code == 302
    return client


def is_in(client):
    return client.get(reverse("accounts:profile")).status_code == 200


ROLES = [
    # who, on an own device, idle, absolute
    (youth, "on", 90 * DAY, 365 * DAY),
    (youth, "", DAY, DAY),
    (manager, "on", timedelta(hours=2), timedelta(hours=12)),
    (manager, "", timedelta(hours=2), timedelta(hours=12)),
    (staff, "on", timedelta(minutes=30), timedelta(hours=10)),
    (staff, "", timedelta(minutes=30), timedelta(hours=10)),
    (staff_and_manager, "on", timedelta(minutes=30), timedelta(hours=10)),
]
IDS = [f"{who.__name__}{'-remembered' if own else ''}" for who, own, _idle, _absolute in ROLES]


@pytest.mark.parametrize(("who", "remember", "idle", "absolute"), ROLES, ids=IDS)
def test_idle_limit_to_the_second(clock, who, remember, idle, absolute):
    client = sign_in(who(), remember=remember)

    clock.pass_by(idle - SECOND)
    assert is_in(client)
    if idle < absolute:
        clock.pass_by(idle - SECOND)
        assert is_in(client), "it counts from the last request"
    clock.pass_by(idle)
    assert not is_in(client)


@pytest.mark.parametrize(("who", "remember", "idle", "absolute"), ROLES, ids=IDS)
def test_absolute_limit_to_the_second(clock, who, remember, idle, absolute):
    client = sign_in(who(), remember=remember)
    began, step = clock.now, idle - SECOND
    while clock.now + step < began + absolute - SECOND:
        clock.pass_by(step)
        assert is_in(client)
    clock.now = began + absolute - SECOND
    assert is_in(client)
    clock.pass_by(SECOND)
    assert not is_in(client)


def test_a_minute_of_use_within_the_limit_is_noted(clock):
    """Noted by the second: a coarser note would end a session before its time."""
    client = sign_in(staff())
    clock.pass_by(timedelta(seconds=50))
    assert is_in(client)
    clock.pass_by(timedelta(minutes=30) - SECOND)
    assert is_in(client)


def test_who_becomes_a_manager_gets_a_managers_limits_at_once(clock):
    person = youth()
    client = sign_in(person, remember="on")
    Membership.objects.create(user=person, organisation=make_organisation(), role=Membership.Role.MANAGER)
    clock.pass_by(timedelta(hours=2))
    assert not is_in(client)


def test_whoever_rested_too_long_is_told_and_led_back(clock):
    client = sign_in(youth())
    clock.pass_by(2 * DAY)
    answer = client.get(reverse("accounts:profile"), follow=True)
    assert answer.redirect_chain[-1][0] == f"{reverse('account_login')}?next=/profil/"
    assert "war abgelaufen" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_form_sent_too_late_changes_nothing(clock):
    person = youth()
    client = sign_in(person)
    clock.pass_by(2 * DAY)
    client.post(reverse("accounts:language"), {"language": "tr"})
    person.refresh_from_db()
    assert person.language == "de"


def test_the_api_refuses_an_ended_session(clock):
    client = sign_in(youth())
    clock.pass_by(2 * DAY)
    assert client.get("/api/v1/balance/").status_code == 401


def test_only_an_own_device_is_remembered_beyond_the_browser():
    assert sign_in(youth()).cookies["sid"]["max-age"] == ""
    remembered = sign_in(youth(), remember="on").cookies["sid"]["max-age"]
    assert 364 * 24 * 3600 < remembered <= 365 * 24 * 3600


# ── Devices ──────────────────────────────────────────────────────────────────────────────────────
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
AGENTS = {
    ANDROID: ("Chrome", "Android"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Mobile/15E148 Safari/604.1": ("Safari", "iPhone"),  # noqa: E501
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0": ("Firefox", "Windows"),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0": ("Edge", "Windows"),
    "Mozilla/5.0 (Linux; Android 13) SamsungBrowser/24.0 Chrome/117.0 Mobile Safari/537.36": ("Samsung Internet", "Android"),  # noqa: E501
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17 Safari/605.1.15": ("Safari", "Mac"),
    "curl/8.5": ("", ""),
    "": ("", ""),
    "x" * 5000: ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("agent", AGENTS)
def test_devices_are_called_what_people_call_them(agent):
    assert sessions.device_of(agent) == AGENTS[agent]


def test_the_list_names_devices_and_keeps_no_address():
    mia = youth()
    phone, laptop = sign_in(mia, agent=ANDROID), sign_in(mia, agent="curl")
    page = laptop.get(reverse("accounts:devices")).content.decode()
    assert "Chrome auf Android" in page
    assert "Unbekanntes Gerät" in page
    assert page.count("dieses Gerät") == 1
    assert "127.0.0.1" not in str(list(SignIn.objects.values())) + str(
        [session.get_decoded() for session in Session.objects.all()]
    )
    assert is_in(phone)


def test_one_device_is_ended_from_another(clock):
    mia = youth()
    phone, laptop = sign_in(mia, agent=ANDROID), sign_in(mia)
    lost = SignIn.objects.get(browser="Chrome")

    laptop.post(reverse("accounts:end-device"), {"sign_in": lost.public_id})

    assert not is_in(phone)
    assert is_in(laptop)


def test_all_others_are_ended_at_once():
    mia = youth()
    clients = [sign_in(mia) for _ in range(3)]
    clients[1].post(reverse("accounts:end-device"))
    assert [is_in(client) for client in clients] == [False, True, False]


def test_nobody_ends_somebody_elses_device():
    mia, ben = sign_in(youth()), sign_in(youth())
    theirs = SignIn.objects.earliest("pk")
    for given in (theirs.public_id, "nothing", "00000000-0000-0000-0000-000000000007"):
        assert ben.post(reverse("accounts:end-device"), {"sign_in": given}).status_code == 404
    assert is_in(mia)


def test_a_new_password_set_by_the_team_ends_every_session():
    mia = youth()
    client = sign_in(mia)
    mia.set_password("etwas ganz anderes")
    mia.save()
    assert not is_in(client)


def test_what_is_over_is_forgotten():
    sign_in(youth(), remember="on")
    began = SignIn.objects.get().signed_in_at
    retention.forget(now=began + 90 * DAY)
    assert SignIn.objects.exists()
    retention.forget(now=began + 90 * DAY + SECOND)
    assert not SignIn.objects.exists()


# ── The hub ──────────────────────────────────────────────────────────────────────────────────────
def test_the_profile_leads_to_everything_about_security():
    page = sign_in(youth()).get(reverse("accounts:profile")).content.decode()
    for name in ("password", "mailbox", "second-factor", "devices"):
        assert reverse(f"accounts:{name}") in page


def test_every_page_of_the_account_asks_who_is_there(client):
    for name in ("profile", "password", "mailbox", "second-factor", "devices", "set-up-app", "add-passkey"):
        assert client.get(reverse(f"accounts:{name}")).url.startswith(reverse("account_login"))


# ── The cookie ───────────────────────────────────────────────────────────────────────────────────
def cookie_of(answer):
    return answer.cookies.get(settings.SESSION_COOKIE_NAME)


@pytest.mark.parametrize("late", ["/sw.js", "/offline/", "/favicon.ico", "/healthz"])
def test_what_is_answered_late_does_not_take_away_a_new_sign_in(late):
    person = youth()
    person.set_password(PASSWORD)
    person.save()
    browser, slow = Client(), Client()
    browser.get(reverse("account_login"))
    slow.cookies = browser.cookies.copy()  # sent before the sign-in, answered after it
    browser.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    assert browser.get(reverse("start")).status_code == 200

    assert cookie_of(slow.get(late)) is None


def test_signing_out_takes_the_cookie_away(client):
    client.force_login(youth())
    before = client.cookies[settings.SESSION_COOKIE_NAME].value

    answer = client.post(reverse("account_logout"))

    assert cookie_of(answer).value != before
    assert client.get(reverse("start")).status_code == 302
