"""docs/operations.md, "Changing keys and passwords", step by step on a club of real processes, with a control."""

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.notices import mails
from clevervibes.lib import db
from partners import redemption
from partners.counters import devices
from tests import factories as make
from tests.accounts.test_second_factor import code_at, give_app
from tests.concurrency import tell
from tests.rigs.cluster import ROOT
from tests.rigs.running import Running, Visitor, running

pytestmark = pytest.mark.slow

PASSWORD = "tanzende blaue Lampe"
NEW_SECRET = "another secret of sixty characters, for this rig alone ....."


@pytest.fixture
def place(django_db_setup, django_db_blocker, settings) -> Iterator[Running]:
    """Return a club of which web runs, with keys of its own."""
    settings.CODE_KEYS = [Fernet.generate_key().decode()]
    with django_db_blocker.unblock(), running() as place:
        place.collect_files()
        place.start("web")
        yield place


def begin_again(place: Running, **variables: str) -> None:
    """Start web with other keys, as `docker compose up --detach` does."""
    place.kill("web")
    place.variables |= variables
    place.start("web")


def person(name: str) -> User:
    user = make.make_user(name)
    user.password = make_password(PASSWORD, hasher="argon2")
    user.save()
    return user


def sign_in(place: Running, user: User) -> Visitor:
    visitor = Visitor(place)
    assert visitor.send("/anmelden/", login=user.username, password=PASSWORD).status == 302
    return visitor


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/profil/").status == 200


def gets_in_by_app(place: Running, user: User, secret: str) -> bool:
    visitor = sign_in(place, user)
    if is_in(visitor):
        return False  # nobody asked for the second step
    with place.opened():
        code = code_at(secret, db.now())
    visitor.send("/anmelden/zweiter-schritt/", code=code)
    return is_in(visitor)


def test_keys_are_changed_as_the_page_says(place, settings):
    (old,) = settings.CODE_KEYS
    new = Fernet.generate_key().decode()
    with place.opened():
        often, seldom = person("Oda"), person("Selma")
        apps = {name: person(name) for name in ("Anna", "Berta", "Carla")}
        secrets = {name: give_app(user) for name, user in apps.items()}
        hold = make.make_hold(now=db.now())
        shown = redemption.show_code(hold=hold)
        till = devices.make_till(partner=hold.offer.partner, name="Kasse", by=often, now=db.now())[0]
    visits = {user: sign_in(place, user) for user in (often, seldom)}

    def look_up(text: str) -> int:
        return Visitor(place).call("counter/look-up/", {"code": text}, Authorization=f"Bearer {till}").status

    letter = urlsplit(mails.unsubscribe_url(often, mails.DIGEST)).path
    wrong = []

    # 1. The new keys before the old ones; people come and go.
    begin_again(place, SECRET_KEY=NEW_SECRET, SECRET_KEY_FALLBACKS=settings.SECRET_KEY, CODE_KEYS=f"{new} {old}")
    seen = {
        "signed in": is_in(visits[often]), "code of before": look_up(shown.code) == 200,
        "app of before": gets_in_by_app(place, apps["Anna"], secrets["Anna"]),
        "letter of before": Visitor(place).get(letter).status == 200,
    }  # fmt: skip
    wrong += [f"while both hold: {what}" for what, holds in seen.items() if not holds]

    # 2. The page's command. 3. The old ones leave.
    said = subprocess.run(
        [sys.executable, "manage.py", "reseal"], cwd=ROOT, env=place.variables, capture_output=True, text=True,
        timeout=300, check=True,
    ).stdout  # fmt: skip
    assert said.strip() == "code apps: 3, codes of live holds: 1"
    begin_again(place, SECRET_KEY_FALLBACKS="", CODE_KEYS=new)
    settings.CODE_KEYS = [new]
    with place.opened():
        hold.refresh_from_db()
        same_code = redemption.show_code(hold=hold) == shown
    seen = {
        "who came meanwhile is signed in": is_in(visits[often]),
        "who did not is not": not is_in(visits[seldom]),
        "code at the counter": look_up(shown.code) == 200,
        "the youth sees the same code": same_code,
        "app": gets_in_by_app(place, apps["Berta"], secrets["Berta"]),
        "a link to unsubscribe has ended": Visitor(place).get(letter).status != 200,
    }
    wrong += [f"with the new alone: {what}" for what, holds in seen.items() if not holds]

    # The control: another change without the command.
    begin_again(place, CODE_KEYS=Fernet.generate_key().decode())
    assert look_up(shown.code) == 404
    assert not gets_in_by_app(place, apps["Carla"], secrets["Carla"])
    tell(
        "keys changed on a running club: not as docs/operations.md says", bad=len(wrong), of=10, seed=0,
        more="without reseal no code is known and no app lets in",
    )  # fmt: skip
    assert wrong == []
