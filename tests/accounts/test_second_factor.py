"""The second factor: codes of an app, codes for an emergency, passkeys in a real browser, and who needs one."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import encrypt
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.hashers import identify_hasher
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import access
from accounts.models import Membership
from accounts.security import second_factor
from clevervibes.lib import db
from tests.concurrency import in_parallel
from tests.factories import make_member, make_organisation, make_user, make_youth
from tests.test_consistency import ADDRESSES

pytestmark = pytest.mark.django_db

PASSWORD = "tanzende blaue Lampe"


def make_person(**fields):
    person = make_user("Svenja", **fields)
    person.set_password(PASSWORD)
    person.save()
    return person


def give_app(person):
    """Give somebody a code app and return its secret."""
    secret = generate_totp_secret()
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    return secret


def give_passkey(person):
    """A passkey as far as anybody asks who does not speak with it."""
    return Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Handy"})


def code_at(secret, moment):
    return format_hotp_value(hotp_value(secret, int(moment.timestamp()) // 30))


def password_step(client, person):
    return client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})


def code_step(client, code):
    return client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def duty(settings):
    settings.SECOND_FACTOR_DUTY = True


# ── Codes of an app ──────────────────────────────────────────────────────────────────────────────
def test_password_then_code(client):
    person = make_person()
    secret = give_app(person)
    assert password_step(client, person).url == reverse("mfa_authenticate")
    assert not is_in(client)
    assert client.get(reverse("start")).status_code == 302
    assert client.get(reverse("mfa_authenticate")).status_code == 200

    assert code_step(client, "000000").status_code == 200
    assert not is_in(client)
    assert code_step(client, code_at(secret, db.now())).url == reverse("start")
    assert is_in(client)


def test_a_code_lets_in_once(client):
    person = make_person()
    secret = give_app(person)
    now = db.now()
    for _ in range(2):
        password_step(client, person)
        answer = code_step(client, code_at(secret, now))
        if answer.status_code == 302:
            client.post(reverse("account_logout"))
    assert "schon benutzt" in answer.content.decode()
    assert not is_in(client)
    # Nor an earlier one, which allauth would take again.
    assert second_factor.use_code(user=person, code=code_at(secret, now - timedelta(seconds=30)), now=now) is None
    assert second_factor.use_code(user=person, code=code_at(secret, now + timedelta(seconds=30)), now=now)


@pytest.mark.parametrize(("off", "passes"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_be_half_a_minute_off(off, passes):
    person = make_person()
    secret, now = give_app(person), db.now()
    code = code_at(secret, now + timedelta(seconds=off))
    assert bool(second_factor.use_code(user=person, code=code, now=now)) is passes


@pytest.mark.django_db(transaction=True)
def test_a_code_shown_twice_at_once_lets_one_in():
    person = make_person()
    secret, now = give_app(person), db.now()
    use = partial(second_factor.use_code, user=person, code=code_at(secret, now), now=now)
    assert sum(result is not None for result in in_parallel(*[use] * 8)) == 1


def test_ten_wrong_codes_a_day(client):
    person = make_person()
    secret = give_app(person)
    password_step(client, person)
    for _ in range(10):
        code_step(client, "000000")
    assert "zu viele Versuche" in code_step(client, code_at(secret, db.now())).content.decode()
    assert not is_in(client)


def test_right_codes_are_not_counted():
    person = make_person()
    secret = give_app(person)
    now = db.now()
    for step in range(12):
        with time_machine.travel(now + timedelta(minutes=step), tick=False):
            client = Client()
            password_step(client, person)
            Authenticator.objects.update(data={"secret": encrypt(secret)})
            assert code_step(client, code_at(secret, db.now())).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_codes_at_once_ten_are_looked_at():
    person = make_person()
    give_app(person)
    clients = []
    for _ in range(10):
        clients.append(Client())
        password_step(clients[-1], person)
    answers = []
    for _ in range(10):
        answers += in_parallel(*[partial(code_step, client, "000000") for client in clients])
    texts = [answer.content.decode() for answer in answers]
    assert sum("stimmt nicht" in text for text in texts) == 10
    assert sum("zu viele Versuche" in text for text in texts) == 90


def test_the_secret_is_sealed():
    person = make_person()
    secret = give_app(person)
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))


def test_setting_up_an_app(client):
    person = make_person(email="svenja@example.org")
    password_step(client, person)
    page = client.get(reverse("accounts:set-up-app"))
    assert "<svg viewBox" in page.content.decode()
    secret = client.session["mfa.totp.secret"]

    assert client.post(reverse("accounts:set-up-app"), {"code": "123"}).status_code == 200
    now = db.now()
    answer = client.post(reverse("accounts:set-up-app"), {"code": code_at(secret, now)})

    assert answer.url == reverse("accounts:recovery-codes")
    assert second_factor.app_of(person)
    assert second_factor.use_code(user=person, code=code_at(secret, now), now=now) is None, "the set-up used it"
    assert client.get(reverse("accounts:set-up-app")).url == reverse("accounts:second-factor")


# ── Codes for an emergency ───────────────────────────────────────────────────────────────────────
def test_each_emergency_code_lets_in_once_and_none_is_kept(client):
    person = make_person()
    give_app(person)
    codes = second_factor.make_recovery_codes(user=person, now=db.now())
    kept = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).data
    assert len(set(codes)) == len(kept["hashes"]) == 10
    assert all(identify_hasher(kept_hash) for kept_hash in kept["hashes"])
    assert not any(code.replace("-", "") in str(kept) for code in codes)

    for written, passes in ((codes[0], True), (codes[0], False), (codes[1].lower().replace("-", " "), True)):
        password_step(client, person)
        code_step(client, written)
        assert is_in(client) is passes
        client.post(reverse("account_logout"))
    assert second_factor.recovery_codes_left(person) == 8


def test_emergency_codes_are_shown_once_and_new_ones_void_the_old(client):
    person = make_person()
    secret = give_app(person)
    password_step(client, person)
    code_step(client, code_at(secret, db.now()))
    first = client.post(reverse("accounts:recovery-codes")).context["codes"]
    assert not any(code in client.get(reverse("accounts:recovery-codes")).content.decode() for code in first)
    client.post(reverse("accounts:recovery-codes"))
    assert second_factor.use_code(user=person, code=first[0], now=db.now()) is None


@pytest.mark.django_db(transaction=True)
def test_an_emergency_code_shown_twice_at_once_lets_one_in():
    person = make_person()
    give_app(person)
    code = second_factor.make_recovery_codes(user=person, now=db.now())[0]
    use = partial(second_factor.use_code, user=person, code=code, now=db.now())
    assert sum(result is not None for result in in_parallel(*[use] * 6)) == 1


@pytest.mark.parametrize("odd", ["", "ä" * 8, "١٢٣٤٥٦", "x" * 5000, "\x00" * 6, "0" * 6, "-" * 20])
def test_odd_codes_are_simply_wrong(client, odd):
    person = make_person()
    give_app(person)
    second_factor.make_recovery_codes(user=person, now=db.now())
    password_step(client, person)
    assert code_step(client, odd).status_code == 200
    assert not is_in(client)


# ── Who is asked, who must have one ──────────────────────────────────────────────────────────────
def test_a_passkey_is_a_comfort_to_a_youth_and_the_second_factor_of_others(client):
    youth, manager = make_youth().user, make_member(make_organisation(), Membership.Role.MANAGER)
    for person in (youth, manager):
        person.set_password(PASSWORD)
        person.save()
        give_passkey(person)
    assert not second_factor.is_asked_of(youth)
    assert password_step(client, youth).url == reverse("start")
    assert second_factor.is_asked_of(manager)
    client.logout()
    give_app(youth)
    assert second_factor.is_asked_of(youth)


FREE = {"accounts:second-factor", "accounts:set-up-app", "accounts:add-passkey", "accounts:language",
        "account_reauthenticate", "account_logout"}  # fmt: skip
NO_PAGES = {"manifest", "service-worker", "offline", "healthz", "csp-report"}


def test_the_team_without_a_second_factor_sees_no_page(client, duty):
    """Every address there is, asked for and written to."""
    person = make_person(is_staff=True, is_superuser=True)
    client.force_login(person)
    way = reverse("accounts:second-factor")
    open_doors = []
    for name, path in ADDRESSES:
        if name in FREE | NO_PAGES or path.startswith("/static/"):
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(path)
            refused = answer.status_code == 403 if path.startswith("/api/") else answer.headers.get("Location") == way
            if not refused:
                open_doors.append(f"{method} {path}: {answer.status_code}")
    assert open_doors == []
    page = client.get(way)
    assert page.status_code == 200
    assert "zuerst einen zweiten Faktor" in page.content.decode()


def test_with_a_second_factor_the_team_gets_on(client, duty):
    person = make_person(is_staff=True, is_superuser=True)
    client.force_login(person)
    assert client.get(reverse("admin:index")).url == reverse("accounts:second-factor")
    give_app(person)
    assert client.get(reverse("admin:index")).status_code == 200


def test_in_the_demo_nobody_must(client, settings):
    settings.SECOND_FACTOR_DUTY = False
    client.force_login(make_person(is_staff=True, is_superuser=True))
    assert client.get(reverse("admin:index")).status_code == 200


def test_the_team_keeps_its_last_second_factor(client, duty):
    person = make_person(is_staff=True)
    secret = give_app(person)
    password_step(client, person)
    code_step(client, code_at(secret, db.now()))
    client.post(reverse("accounts:remove-app"))
    assert second_factor.app_of(person)
    give_passkey(person)
    client.post(reverse("accounts:remove-app"))
    assert not second_factor.app_of(person)


def test_a_passkey_of_somebody_else_is_not_there(client):
    theirs = give_passkey(make_person())
    client.force_login(make_person())
    assert client.post(reverse("accounts:remove-passkey"), {"passkey": theirs.pk}).status_code == 404
    assert client.post(reverse("accounts:remove-passkey"), {"passkey": "' OR 1"}).status_code == 404


def test_nobody_of_the_team_reads_secrets_in_the_admin(client):
    client.force_login(make_person(is_staff=True, is_superuser=True))
    assert client.get("/admin/mfa/authenticator/").status_code == 404


# ── The guards for what matters most ─────────────────────────────────────────────────────────────
@access.second_factor_required
def behind_second_factor(request):
    return HttpResponse("in")


@access.fresh_sign_in_required
def behind_fresh_sign_in(request):
    return HttpResponse("in")


def ask(client, view, path="/partner/konto/"):
    """Ask a guarded view as `client`, through its session."""
    request = RequestFactory().get(path)
    request.session, request.user = client.session, client.get(reverse("accounts:profile")).wsgi_request.user
    return view(request)


def test_a_manager_needs_a_second_factor_for_iban_people_and_devices(client, duty):
    manager = make_member(make_organisation(), Membership.Role.MANAGER)
    manager.set_password(PASSWORD)
    manager.save()
    client.force_login(manager)
    assert ask(client, behind_second_factor).url == reverse("accounts:second-factor")
    secret = give_app(manager)
    assert ask(client, behind_second_factor).url == f"{reverse('mfa_reauthenticate')}?next=%2Fpartner%2Fkonto%2F"

    back = client.post(reverse("mfa_reauthenticate") + "?next=/profil/geraete/", {"code": code_at(secret, db.now())})
    assert back.url == "/profil/geraete/"
    assert ask(client, behind_second_factor).content == b"in"


def test_proof_is_good_for_fifteen_minutes(client):
    person = make_person()
    started = db.now()
    with time_machine.travel(started, tick=False):
        password_step(client, person)
        assert ask(client, behind_fresh_sign_in).content == b"in"
    with time_machine.travel(started + timedelta(minutes=15, seconds=-1), tick=False):
        assert ask(client, behind_fresh_sign_in).content == b"in"
    with time_machine.travel(started + timedelta(minutes=15), tick=False):
        refused = ask(client, behind_fresh_sign_in)
        assert refused.url == f"{reverse('account_reauthenticate')}?next=%2Fpartner%2Fkonto%2F"
        assert client.post(reverse("account_reauthenticate"), {"password": "falsch"}).status_code == 200
        assert ask(client, behind_fresh_sign_in).status_code == 302
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert ask(client, behind_fresh_sign_in).content == b"in"


def test_who_has_a_second_factor_proves_by_it(client):
    """A password alone, however fresh, is half of the proof."""
    person = make_person()
    client.force_login(person)
    secret = give_app(person)
    assert ask(client, behind_fresh_sign_in).url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(reverse("account_reauthenticate")).url == reverse("mfa_reauthenticate"), "no way round it"
    client.post(reverse("mfa_reauthenticate"), {"code": code_at(secret, db.now())})
    assert ask(client, behind_fresh_sign_in).content == b"in"


def test_proof_is_the_sessions_own(client):
    person = make_person()
    password_step(client, person)
    assert ask(client, behind_fresh_sign_in).content == b"in"
    other = Client()
    other.force_login(make_person())
    session = other.session
    session["account_authentication_methods"] = client.session["account_authentication_methods"]
    session["account_authentication_methods_user"] = client.session["account_authentication_methods_user"]
    session.save()
    assert ask(other, behind_fresh_sign_in).status_code == 302


def test_pressing_a_button_too_late_leads_back_to_its_page(rf):
    request = rf.post("/partner/konto/iban/", headers={"referer": "http://testserver/partner/konto/"})
    assert access._way_back(request) == "/partner/konto/"
    request = rf.post("/admin/x/add/?art=1", headers={"referer": "http://testserver/admin/x/add/?art=1"})
    assert access._way_back(request) == "/admin/x/add/?art=1"
    request = rf.post("/partner/konto/iban/", headers={"referer": "https://example.org/x"})
    assert access._way_back(request) == reverse("start")


# ── Passkeys ─────────────────────────────────────────────────────────────────────────────────────
NONSENSE = ["", "null", "[]", '"x"', "{}", "7", '{"response": 7}', '{"id": "a", "rawId": "a", "response": {}}',
            '{"response": {"userHandle": "eA"}}', "{" * 500]  # fmt: skip


@pytest.mark.parametrize("credential", NONSENSE)
def test_what_is_no_passkey_lets_nobody_in_and_breaks_nothing(client, credential):
    client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    assert client.post(reverse("mfa_login_webauthn"), {"credential": credential}).url == reverse("account_login")
    person = make_person()
    client.force_login(person)
    client.get(reverse("accounts:add-passkey"))
    assert client.post(reverse("accounts:add-passkey"), {"credential": credential}).status_code == 200
    assert not second_factor.exists(person)


@pytest.fixture
def authenticator(page):
    """A phone that knows its owner's finger, as far as the browser can tell."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return lambda: session.send("WebAuthn.getCredentials", made)["credentials"]


@pytest.mark.django_db(transaction=True)
def test_a_youth_joins_takes_the_passkey_and_comes_back_with_it(live_server, page, authenticator, settings):
    settings.ALLOWED_HOSTS = ["*"]
    from tests.factories import make_club

    make_club()
    home = live_server.url.replace("127.0.0.1", "localhost")
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{home}/anmelden/neu/")
    page.get_by_label("Vorname").fill("Mia")
    page.get_by_label("Geburtsdatum").fill("2012-05-05")
    page.get_by_label("Benutzername").fill("mia.liest")
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Mitmachen").click()
    page.get_by_role("heading", name="Willkommen im Club!").wait_for()
    page.get_by_role("button", name="Passkey einrichten").click()
    page.wait_for_url("**/start/")
    assert len(authenticator()) == 1

    page.context.clear_cookies()
    page.goto(f"{home}/anmelden/?next=/profil/")
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    page.wait_for_url("**/profil/")
    page.get_by_text("Passkey eingerichtet").wait_for()
    assert said == []


@pytest.mark.django_db(transaction=True)
def test_the_team_signs_in_with_password_and_passkey(live_server, page, authenticator, settings):
    settings.ALLOWED_HOSTS, settings.SECOND_FACTOR_DUTY = ["*"], True
    person = make_person(is_staff=True, is_superuser=True)
    home = live_server.url.replace("127.0.0.1", "localhost")

    def password_step():
        page.goto(f"{home}/anmelden/?next=/admin/")
        page.get_by_label("Benutzername").fill(person.username)
        page.get_by_label("Passwort", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Anmelden", exact=True).click()

    password_step()
    page.wait_for_url("**/profil/zweiter-faktor/")
    page.get_by_role("link", name="Passkey einrichten").click()
    page.get_by_role("button", name="Passkey einrichten").click()
    page.wait_for_url("**/notfall-codes/")
    page.get_by_role("button", name="Zehn Codes erzeugen").click()
    page.get_by_text("Nur jetzt zu sehen").wait_for()
    page.goto(f"{home}/admin/")
    assert page.url.endswith("/admin/")

    page.context.clear_cookies()
    password_step()
    page.get_by_role("button", name="Passkey benutzen").click()
    page.wait_for_url("**/admin/")

    page.goto(f"{home}/anmelden/noch-einmal/passkey/?next=/profil/geraete/")
    serious = [row["id"] for row in Axe().run(page).response["violations"] if row["impact"] in {"serious", "critical"}]
    assert serious == []
    page.get_by_role("button", name="Passkey benutzen").click()
    page.wait_for_url("**/profil/geraete/")
