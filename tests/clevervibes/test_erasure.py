"""Erasing somebody: asked for, called off, carried out; what is left names nobody, and the books are as before."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import birthdays, consent, erasures, registration
from accounts.models import Consent, Erased, Erasure, OneTimeLink, User, YouthProfile
from activities import approvals, entries
from activities.models import SharedTimeEntry
from clevervibes import erasure
from clevervibes.lib import db, outbox
from clevervibes.lib.models import KeptAnswer, OutboxMessage
from coins import conversion, departure, ledger, orders
from coins.models import Balance, LedgerAccount, Lot, MoneyOrder, Sponsor, YouthAccount
from partners import redemption
from partners.models import Hold, Partner
from tests.concurrency import in_parallel, rounds
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_approved,
    make_consent_text,
    make_details,
    make_entry,
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_pool,
    make_rich_youth,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def erase(person: User, now=NOON) -> None:
    erasures.order(person=person, by=person, now=now)
    assert erasure.erase_due(now=now + erasures.COOLING_OFF) == 1
    assert not User.objects.filter(pk=person.pk).exists()


# ── Asked for and called off ─────────────────────────────────────────────────────────────────────
def test_seven_days_to_think_it_over_to_the_second():
    youth = make_rich_youth()
    order = erasures.order(person=youth.user, by=youth.user, now=NOON)
    assert erasures.order(person=youth.user, by=youth.user, now=NOON + DAY) == order

    assert erasure.erase_due(now=NOON + 7 * DAY - timedelta(seconds=1)) == 0
    assert erasure.erase_due(now=NOON + 7 * DAY) == 1
    assert not User.objects.filter(pk=youth.user_id).exists()
    assert Erased.objects.get().person == youth.user.public_id


def test_called_off_nothing_happens_and_it_can_be_ordered_again():
    youth = make_rich_youth()
    for number in range(2):
        erasures.order(person=youth.user, by=youth.user, now=NOON + number * DAY)
        for _ in range(2):
            erasures.call_off(person=youth.user, by=youth.user, now=NOON + number * DAY)
    assert erasure.erase_due(now=NOON + 30 * DAY) == 0
    assert Erasure.objects.count() == 2


def test_under_sixteen_a_guardian_may_order_it_from_sixteen_only_the_youth():
    young, older = make_youth(), make_youth("Lea", age=16)
    erasures.order(person=young.user, by=guardian_of(young), now=NOON)
    with pytest.raises(erasures.DecidesAlone):
        erasures.order(person=older.user, by=guardian_of(older), now=NOON)
    for stranger in (make_user(), young.user):
        with pytest.raises(erasures.NotYours):
            erasures.order(person=older.user, by=stranger, now=NOON)
        with pytest.raises(erasures.NotYours):
            erasures.call_off(person=older.user, by=stranger, now=NOON)


def test_who_works_for_the_team_is_sent_to_the_team():
    staff = make_user("Svenja", is_staff=True)
    with pytest.raises(erasures.BooksNeedYou):
        erasures.order(person=staff, by=staff, now=NOON)
    # Nor does leaving the team take the trail along.
    User.objects.update(is_staff=False)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=staff, content_type=kind, object_id="1", object_repr="–", action_flag=CHANGE)
    with pytest.raises(erasures.BooksNeedYou):
        erasures.order(person=staff, by=staff, now=NOON)


def test_the_manager_of_a_shop_goes_and_what_they_handed_over_stays():
    manager = make_manager(make_partner())
    hold = make_hold(offer=make_offer(partner=manager.organisations.get().partner, price_coins=20))
    redeemed = redemption.redeem(hold=hold, by=manager, now=NOON)
    erase(manager)
    redeemed.refresh_from_db()
    assert (redeemed.by, redeemed.price_coins) == (None, 20)


def test_the_youth_and_the_guardians_are_told():
    youth = make_youth()
    for person in (youth.user, guardian_of(youth)):
        person.email = f"{person.username}@example.org"
        person.save(update_fields=["email"])
    erasures.order(person=youth.user, by=youth.user, now=NOON)
    assert set(OutboxMessage.objects.filter(topic=erasures.ORDERED).values_list("to", flat=True)) == {
        youth.user_id,
        guardian_of(youth).pk,
    }


# ── After the last 90 days ───────────────────────────────────────────────────────────────────────
def test_thirty_days_after_the_last_ninety_a_youth_is_erased_unless_welcome_again():
    gone, back = make_youth(), make_youth("Ben")
    for youth in (gone, back):
        consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON)
    until = gone.endings.get().spend_until
    erasure.erase_due(now=until - timedelta(seconds=1))
    assert not Erasure.objects.exists()

    assert erasure.erase_due(now=until) == 0
    assert Erasure.objects.filter(why="ended", due_at=until + 30 * DAY).count() == 2
    consent.give(youth=back, text=make_consent_text(), by=guardian_of(back), now=until + DAY)

    assert erasure.erase_due(now=until + 30 * DAY) == 1
    assert [youth.first_name for youth in YouthProfile.objects.all()] == ["Ben"]


def test_who_waits_ninety_days_for_a_first_consent_is_announced_and_then_erased_unless_it_comes():
    now = NOON
    late, gone, fresh = (make_youth(name, consent=False, now=now) for name in ("Mia", "Ben", "Tom"))
    YouthProfile.objects.filter(pk=fresh.pk).update(joined_at=now + timedelta(seconds=1))
    waited = now + 90 * DAY
    erasure.erase_due(now=waited - timedelta(seconds=1))
    assert not Erasure.objects.exists()

    erasure.erase_due(now=waited)
    assert set(Erasure.objects.values_list("person", "why")) == {(late.user_id, "never"), (gone.user_id, "never")}
    consent.give(youth=late, text=make_consent_text(), by=guardian_of(late), now=waited + 29 * DAY)
    YouthProfile.objects.filter(pk=fresh.pk).update(joined_at=waited)

    assert erasure.erase_due(now=waited + 30 * DAY) == 1
    assert {youth.first_name for youth in YouthProfile.objects.all()} == {"Mia", "Tom"}
    assert not Erasure.objects.filter(called_off_at=None).exists()


# ── What hangs on somebody ───────────────────────────────────────────────────────────────────────
def test_what_is_set_aside_is_cancelled_and_coins_go_back_to_their_pools():
    youth, pool = make_youth(), make_pool(coins=50)
    give_coins(youth, 50, pool=pool)
    offer = make_offer(price_coins=20, stock=3)
    hold = make_hold(offer=offer, youth=youth)
    account = hold.account

    erase(youth.user)

    hold.refresh_from_db()
    offer.refresh_from_db()
    account.refresh_from_db()
    assert (hold.status, offer.stock) == (Hold.Status.CANCELLED, 3)
    assert account.closed_at is not None
    assert Balance.objects.get(account=account).posted == 0
    assert not YouthAccount.objects.exists()
    assert not SharedTimeEntry.objects.filter(youth=youth).exists()


def test_a_code_that_is_at_a_counter_right_now_makes_it_wait():
    youth = make_rich_youth()
    hold = make_hold(offer=make_offer(price_coins=20), youth=youth, now=NOON + 6 * DAY)
    erasures.order(person=youth.user, by=youth.user, now=NOON)
    due = NOON + 7 * DAY
    code = redemption.show_code(hold=hold)
    redemption.look_up(partner=hold.offer.partner, text=code.code, device="till", now=due - timedelta(minutes=5))

    assert erasure.erase_due(now=due) == 0
    redemption.redeem(hold=hold, by=None, now=due)
    assert erasure.erase_due(now=due) == 1


def test_a_guardian_leaves_and_the_consent_of_a_youth_without_another_one_lapses():
    youth, shared = make_youth(), make_youth("Ben")
    mother = guardian_of(youth)
    registration.add_guardian(guardian=mother, youth=shared, now=NOON)
    entry = make_approved(youth)

    erase(mother)

    assert Consent.objects.get(youth=youth).withdrawn_how == Consent.Ended.LAPSED
    assert Consent.objects.get(youth=shared).withdrawn_at is None
    entry.refresh_from_db()
    assert (entry.status, entry.reviewed_by) == ("approved", None)


def test_after_an_older_backup_came_back_the_list_is_erased_again():
    youth = make_rich_youth()
    listed = youth.user.public_id
    assert erasure.erase_again([listed, uuid4()], now=NOON) == 1
    assert erasure.erase_again([listed], now=NOON) == 0
    assert not User.objects.filter(public_id=listed).exists()


# ── Nothing is left ──────────────────────────────────────────────────────────────────────────────
CANARIES = [f"kanarienvogel{number:02}" for number in range(1, 26)]


def a_whole_life(bird: list[str]) -> YouthProfile:
    """A youth with a canary in every text that can be about them; 25 in all."""
    now = NOON
    youth = make_youth(age=15)
    mother, team = guardian_of(youth), make_user("Team", is_staff=True)
    user = youth.user
    user.username, user.first_name, user.last_name = bird[0], bird[1], bird[2]
    user.email = f"{bird[3]}@example.org"
    user.max_youths, user.max_youths_why = 7, bird[4]
    user.set_password("richtig-langes-passwort")
    user.save()
    EmailAddress.objects.create(user=user, email=f"{bird[5]}@example.org")
    youth.paused_why, youth.paused_reason, youth.max_guardians, youth.max_guardians_why = bird[6], bird[7], 5, bird[8]
    youth.save()
    youth.paused_at = None
    # Entries: logged, returned with a reason, corrected so that the old version is kept, approved, run.
    entry = make_entry(youth, did=bird[9], learned=bird[10], companion_name=bird[11])
    approvals.return_(entry_id=entry.public_id, by=mother, reason=bird[12], now=now)
    details = make_details(did=bird[13], companion_name="Mama")
    entries.edit(entry_id=entry.public_id, by=user, details=details, submit=True, now=now)
    approvals.approve(entry_id=entry.public_id, by=mother, now=now)
    # Families and consent.
    registration.name_trusted_person(person=make_user("Ursula"), youth=youth, by=mother, now=now)
    youth.trusted_people.update(ended_at=now, ended_why=bird[14])
    second = make_user("Murat")
    registration.add_guardian(guardian=second, youth=youth, now=now)
    youth.guardianships.filter(guardian=second).update(
        ended_at=now, ended_why=bird[15], paused_why=bird[16], paused_reason=bird[17]
    )
    consent.record_on_paper(youth=youth, text=make_consent_text(), signed_by=mother, by=team, note=bird[18], now=now)
    Consent.objects.filter(youth=youth).update(note=bird[18])
    born = youth.birth_date + timedelta(days=2)
    birthdays.change_birth_date(youth=youth, birth_date=born, reason=bird[19], by=team, now=now)
    OneTimeLink.objects.create(
        purpose=OneTimeLink.Purpose.GUARDIAN, token_sha256=uuid4().hex * 2, about=user, made_by=user, created_at=now,
        expires_at=now + DAY, sent_to=f"{bird[20]}@example.org",
    )  # fmt: skip
    # Coins, with the team's own words, and something bought.
    pool = make_pool(coins=900)
    orders.grant(pool=pool, youth=youth, coins=60, reason=bird[21], by=team, now=now)
    conversion.convert(club=user.club, cutoff=now + timedelta(hours=1), now=now + timedelta(hours=1))
    redemption.redeem(hold=make_hold(offer=make_offer(price_coins=12), youth=youth), by=None, now=now)
    make_hold(offer=make_offer(price_coins=8), youth=youth)
    # The house: the admin's log, answers kept for a key, a session.
    LogEntry.objects.create(
        user=team, content_type=ContentType.objects.get_for_model(YouthProfile), object_id=str(youth.pk),
        object_repr=bird[22], action_flag=CHANGE, change_message=bird[1],
    )  # fmt: skip
    LogEntry.objects.create(
        user=team, content_type=ContentType.objects.get_for_model(MoneyOrder), object_id="1",
        object_repr=f"für {user.get_full_name()}", action_flag=CHANGE, change_message="",
    )  # fmt: skip
    KeptAnswer.objects.create(
        scope=f"user:{user.pk}", key=uuid4(), fingerprint="", status=200, body={"did": bird[23]}, created_at=now
    )
    client = Client()
    for password in ("falsch", "richtig-langes-passwort"):
        client.post(reverse("account_login"), {"login": bird[0], "password": password})
    session = client.session
    session["note"] = bird[24]
    session.save()
    client.get(reverse("start"))
    client.get(reverse("activities:entries"))
    return YouthProfile.objects.get(pk=youth.pk)


def rows_with(words: list[str]) -> dict[str, list[str]]:
    """Return the canaries by the table in which they sit: all tables, all columns, sessions decoded."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT string_agg(row::text, chr(10)) FROM "{table}" AS row')
            text = cursor.fetchone()[0] or ""
            if table == "django_session":
                text += " ".join(str(session.get_decoded()) for session in Session.objects.all())
            if hits := [word for word in words if word in text]:
                found[table] = hits
    return found


def cached() -> str:
    server = redis.Redis.from_url(django_settings.CACHES["default"]["LOCATION"])
    return " ".join(f"{key} {server.get(key) if server.type(key) == b'string' else ''}" for key in server.keys("*"))


def books() -> dict:
    """What partners and sponsors have: none of it may change when a youth goes."""
    partners = {
        partner.pk: ledger.balance(LedgerAccount(pk=partner.account_id, kind=LedgerAccount.Kind.PARTNER))
        for partner in Partner.objects.exclude(account_id=None)
    }
    sponsors = {}
    for sponsor in Sponsor.objects.all():
        pools = sponsor.pools.all() if hasattr(sponsor, "pools") else sponsor.fundingpool_set.all()
        in_pools = sum(
            ledger.balance(ledger_account)
            for ledger_account in LedgerAccount.objects.filter(
                kind=LedgerAccount.Kind.POOL, owner__in=[p.public_id for p in pools]
            )
        )
        sponsors[sponsor.pk] = in_pools + sum(Lot.objects.filter(pool__in=pools).values_list("left", flat=True))
    return {"partners": partners, "sponsors": sponsors, "trust": trust()}


def trust() -> int:
    return Balance.objects.get(account__kind=LedgerAccount.Kind.TRUST).posted


@pytest.mark.django_db(transaction=True)
def test_of_twenty_five_canaries_none_is_left_and_the_books_are_as_before(settings, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    youth = a_whole_life(CANARIES)
    user, before = youth.user, books()
    outbox.relay(db.now())
    planted = rows_with(CANARIES)
    assert {word for words in planted.values() for word in words} == set(CANARIES), "each is really stored"
    assert len(planted) >= 14
    assert any(CANARIES[1] in letter.read_text() for letter in tmp_path.iterdir())
    other = make_rich_youth("Ben")

    erasures.order(person=user, by=user, now=db.now())
    outbox.relay(db.now())
    assert erasure.erase_due(now=db.now() + erasures.COOLING_OFF) == 1
    outbox.relay(db.now() + DAY)

    left = rows_with([*CANARIES, str(user.public_id), str(youth.public_id)])
    # The printed list: the random number that replays the erasure after a restore.
    assert left == {"accounts_erased": [str(user.public_id)]}
    assert not [word for word in CANARIES if word in cached()]
    assert not [word for word in CANARIES if word in caplog.text]
    letters = " ".join(letter.read_text() for letter in tmp_path.iterdir())
    assert not [word for word in CANARIES if word in letters]
    now_ = books()
    now_["sponsors"] = {pk: coins for pk, coins in now_["sponsors"].items() if pk in before["sponsors"]}
    assert now_["partners"] == before["partners"]
    assert now_["sponsors"] == before["sponsors"]
    assert YouthAccount.objects.get().youth == other
    print(f"canaries 25 planted in {len(planted)} tables, hits after erasure 0")
    cache.clear()


# ── At the same moment ───────────────────────────────────────────────────────────────────────────
def something_left_behind() -> bool:
    """Erase and set aside at once; True if coins or stock are caught in a hold of nobody."""
    youth, offer = make_rich_youth(coins=60), make_offer(price_coins=30, stock=5)
    account = youth.account_link.account
    order = erasures.order(person=youth.user, by=youth.user, now=NOON)
    due = NOON + 7 * DAY

    def carry_out():
        return erasure.erase(erasure_id=order.pk, now=due)

    def set_aside():
        return redemption.hold(offer=offer, youth=youth, now=due)

    in_parallel(carry_out, set_aside, set_aside)
    erasure.erase_due(now=due)  # the next tick
    offer.refresh_from_db()
    balance = Balance.objects.get(account=account)
    live = Hold.objects.filter(account=account, status=Hold.Status.LIVE).count()
    return (live, offer.stock, balance.posted, balance.held) != (0, 5, 0, 0) or User.objects.filter(
        pk=youth.user_id
    ).exists()


@pytest.mark.django_db(transaction=True)
def test_setting_aside_beside_an_erasure_leaves_nothing_behind():
    assert rounds(8, lambda source: something_left_behind()).bad == 0


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_check_of_holds_is_stopped_by_the_books(monkeypatch):
    """Taken out, the departure meets a hold: the ledger itself refuses to close such an account."""
    youth = make_rich_youth(coins=60)
    make_hold(offer=make_offer(price_coins=30), youth=youth)
    monkeypatch.setattr(redemption, "give_up_all", lambda **kwargs: 0)
    order = erasures.order(person=youth.user, by=youth.user, now=NOON)
    with pytest.raises(departure.HoldsLive):
        erasure.erase(erasure_id=order.pk, now=NOON + 7 * DAY)
    assert User.objects.filter(pk=youth.user_id).exists()
