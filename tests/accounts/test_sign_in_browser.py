"""The pages around signing in as a browser draws them: axe by day and by night, and by keyboard alone."""

from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.security import second_factor
from clevervibes.lib import db, outbox
from tests.accounts.test_second_factor import code_at, give_app, give_passkey, password_step
from tests.accounts.test_sign_in import PASSWORD, make_person, sign_in
from tests.concurrency import tell
from tests.factories import make_club

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = [(390, 844), (1280, 800)]


class Looker:
    """Opens pages in every size and colour and notes what axe finds serious."""

    def __init__(self, chromium, home: str) -> None:
        self.chromium, self.home = chromium, home
        self.looked, self.found = 0, []

    @contextmanager
    def browser(self, client: Client, scheme: str, size: tuple[int, int]):
        """A browser in the session of `client`."""
        context = self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="de-DE", color_scheme=scheme, base_url=self.home
        )
        name = settings.SESSION_COOKIE_NAME
        if name in client.cookies:
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.home}])
        page = context.new_page()
        self.said = []
        page.on("console", lambda line: self.said.append(line.text) if line.type == "error" else None)
        yield page
        context.close()

    def look(self, client: Client, *addresses: str, then=None) -> None:
        """Open each address; `then` does something on the last one before it is looked at."""
        for scheme in ("light", "dark"):
            for size in SIZES:
                with self.browser(client, scheme, size) as page:
                    for address in addresses:
                        page.goto(address)
                    if then:
                        then(page)
                        page.wait_for_load_state()
                    for address in addresses[-1:]:
                        self.judge(page, f"{address} {scheme} {size[0]}")

    def judge(self, page, where: str) -> None:
        self.looked += 1
        for row in Axe().run(page).response["violations"]:
            if row["impact"] in {"serious", "critical"}:
                self.found.append((where, row["id"], row["nodes"][0]["html"][:120]))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.found.append((where, "wider than the screen", ""))
        self.found += [(where, "console", text) for text in self.said if "status of 4" not in text]


@pytest.fixture
def looker(chromium, live_server, settings):
    looker = Looker(chromium, live_server.url)
    yield looker
    tell("axe on pages of signing in", bad=len(looker.found), of=looker.looked, seed=0)


def link_of_last_mail() -> str:
    outbox.relay(db.now())
    link = next(word for letter in reversed(mail.outbox) for word in letter.body.split() if "/link/" in word)
    return link[link.index("/anmelden") :]


def send_it_empty(page) -> None:
    """Past the browser's own checks, so that ours speak."""
    page.evaluate("const form = document.querySelector('main form'); form.noValidate = true; form.requestSubmit()")
    page.locator("[aria-invalid=true]").first.wait_for()


@pytest.mark.slow
def test_pages_of_guests(looker):
    make_club()
    guest, ben = Client(), make_person("Ben", email="ben@example.org")
    for name in ("account_login", "accounts:sign-up", "accounts:sign-up-guardian", "account_reset_password",
                 "account_reset_password_done", "account_inactive"):  # fmt: skip
        looker.look(guest, reverse(name))
    guest.post(reverse("account_reset_password"), {"mailbox": "ben@example.org"})
    looker.look(guest, link_of_last_mail())
    looker.look(guest, "/anmelden/passwort/link/kaputt/")
    member = Client()
    member.force_login(ben)
    member.post(reverse("accounts:mailbox"), {"mailbox": "neu@example.org"})
    looker.look(guest, link_of_last_mail())

    looker.look(guest, reverse("accounts:sign-up"), then=send_it_empty)
    for _ in range(5):
        sign_in(Client(), ben.username, "falsch-falsch", address="127.0.0.1")

    def try_in_vain(page):
        page.get_by_label("Benutzername").fill(ben.username)
        page.get_by_label("Passwort", exact=True).fill("falsch-falsch")
        page.get_by_role("button", name="Anmelden", exact=True).click()
        page.get_by_text("zu viele Versuche").wait_for()

    looker.look(guest, reverse("account_login"), then=try_in_vain)
    assert looker.found == []


@pytest.mark.slow
def test_pages_of_ones_own_account(looker):
    client, person = Client(), make_person("Svenja", email="svenja@example.org")
    password_step(client, person)
    for name in ("profile", "password", "mailbox", "devices", "second-factor", "set-up-app", "add-passkey"):
        looker.look(client, reverse(f"accounts:{name}"))
    looker.look(client, f"{reverse('accounts:add-passkey')}?neu")
    looker.look(client, reverse("account_reauthenticate"))
    looker.look(client, reverse("account_logout"))
    client.post(reverse("accounts:mailbox"), {"mailbox": "neu@example.org"})
    other = Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"})
    password_step(other, person)
    for name in ("profile", "mailbox", "devices"):
        looker.look(client, reverse(f"accounts:{name}"))
    assert looker.found == []


@pytest.mark.slow
def test_pages_of_the_second_factor(looker, settings):
    settings.SECOND_FACTOR_DUTY = True
    team, without = Client(), make_person("Nora", is_staff=True)
    password_step(team, without)
    looker.look(team, reverse("accounts:second-factor"))
    client, person = Client(), make_person("Svenja")
    secret = give_app(person)
    password_step(client, person)
    looker.look(client, reverse("mfa_authenticate"))
    client.post(reverse("mfa_authenticate"), {"code": code_at(secret, db.now())})
    looker.look(client, reverse("mfa_reauthenticate"))
    looker.look(client, reverse("accounts:recovery-codes"))
    looker.look(client, reverse("accounts:recovery-codes"),
                then=lambda page: page.get_by_role("button", name="Zehn Codes").click())  # fmt: skip
    give_passkey(person)
    looker.look(client, reverse("accounts:second-factor"))
    assert looker.found == []


# ── By keyboard ──────────────────────────────────────────────────────────────────────────────────
def tab_to(page, target) -> None:
    """Press Tab until `target` has the focus, and see that it shows."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement"):
            shown = target.evaluate(
                # A link that fills its row draws the frame around the row.
                "it => [[it], [it, '::after']].some(([at, part]) => { const style = getComputedStyle(at, part);"
                " return style.outlineStyle !== 'none' || style.boxShadow !== 'none' })"
            )
            assert shown, "the focus cannot be seen"
            return
    raise AssertionError(f"Tab does not reach {target}")


def write(page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def press(page, role: str, name: str) -> None:
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_joining_a_code_app_and_coming_back_by_keyboard_alone(live_server, page):
    make_club()
    page.goto(f"{live_server.url}/anmelden/neu/")
    write(page, "Vorname", "Mia")
    page.get_by_label("Geburtsdatum").evaluate(
        "it => it.value = '2012-05-05'"
    )  # each system has its own keys for dates
    write(page, "Benutzername", "mia.liest")
    write(page, "Passwort", PASSWORD)
    press(page, "button", "Mitmachen")
    page.wait_for_url("**/profil/passkey/?neu")
    press(page, "link", "Später")
    page.wait_for_url("**/start/")

    page.goto(f"{live_server.url}/profil/")
    press(page, "link", "Passkey und zweiter Faktor")
    press(page, "link", "Code-App einrichten")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    write(page, "Code aus der App", code_at(secret, db.now()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/notfall-codes/")
    press(page, "button", "Zehn Codes erzeugen")
    code = page.locator("li.secret").first.inner_text()

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/anmelden/?next=/profil/geraete/")
    assert page.get_by_label("Benutzername").evaluate("it => it === document.activeElement")
    page.keyboard.type("mia.liest")
    write(page, "Passwort", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/zweiter-schritt/**")
    # The field takes the focus when the page is first drawn, which on a busy machine comes after it is loaded.
    page.locator("input:focus").wait_for()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/profil/geraete/")
    press(page, "button", "Alle anderen abmelden")
    page.get_by_text("Alle anderen Geräte sind abgemeldet").wait_for()
    assert second_factor.recovery_codes_left(User.objects.get(username="mia.liest")) == 9
