"""Changing CODE_KEYS: what `manage.py reseal` has to do before the old one may leave the settings."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command

from accounts.security import second_factor
from clevervibes.lib import db
from partners import redemption
from tests.accounts.test_second_factor import code_at, give_app
from tests.factories import make_hold, make_offer, make_redemption, make_rich_youth, make_user

pytestmark = pytest.mark.django_db


def new_key() -> str:
    return Fernet.generate_key().decode()


def reseal() -> str:
    said = StringIO()
    call_command("reseal", stdout=said)
    return said.getvalue().strip()


def gets_in(person, secret):
    now = db.now()
    return second_factor.use_code(user=person, code=code_at(secret, now), now=now) is not None


def test_codes_and_apps_outlive_the_key_they_were_sealed_with(settings):
    old, new = new_key(), new_key()
    settings.CODE_KEYS = [old]
    now = db.now()
    hold, person = make_hold(now=now), make_user("Svenja")
    secret, shown = give_app(person), redemption.show_code(hold=hold)
    make_redemption(offer=hold.offer, now=now)  # whose code nobody shows any more

    settings.CODE_KEYS = [new, old]
    assert reseal() == "code apps: 1, codes of live holds: 1"
    settings.CODE_KEYS = [new]
    hold.refresh_from_db()

    assert redemption.show_code(hold=hold) == shown
    for text in (shown.code, shown.token):
        assert redemption.find(partner=hold.offer.partner, text=text, device="x", now=now) == hold
    assert gets_in(person, secret)


def test_without_it_nobody_gets_in_by_an_app_and_no_code_is_shown(settings):
    settings.CODE_KEYS = [new_key()]
    hold, person = make_hold(now=db.now()), make_user("Svenja")
    secret = give_app(person)

    settings.CODE_KEYS = [new_key()]

    with pytest.raises(InvalidToken):
        redemption.show_code(hold=hold)
    with pytest.raises(InvalidToken):
        gets_in(person, secret)


def test_it_may_be_run_again_while_new_holds_are_made(settings):
    old, new = new_key(), new_key()
    settings.CODE_KEYS = [old]
    offer = make_offer(price_coins=5)
    hold = make_hold(offer=offer, now=db.now())
    settings.CODE_KEYS = [new, old]
    reseal()
    other = make_hold(offer=offer, youth=make_rich_youth("Kim", coins=5), now=db.now())

    assert reseal() == "code apps: 0, codes of live holds: 2"

    settings.CODE_KEYS = [new]
    for one in (hold, other):
        one.refresh_from_db()
        assert redemption.show_code(hold=one).code


def test_with_one_key_alone_it_says_what_comes_first(settings):
    settings.CODE_KEYS = [new_key()]

    with pytest.raises(CommandError, match="CODE_KEYS="):
        reseal()
