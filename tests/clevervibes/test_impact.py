"""What a sponsor's contact reads: exact where it is money, nobody where it is youths."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum
from django.urls import reverse

from accounts.models import Membership
from activities.models import Booking, Host
from clevervibes.impact import paper, telling
from clevervibes.lib import db, periods
from coins import conversion, funding, impact, journal
from coins.models import ConversionItem, FundingPool, LedgerAccount, LotMove, Payment, Transfer
from partners import redemption
from tests.factories import (
    NOON,
    make_approved,
    make_category,
    make_club,
    make_date,
    make_hold,
    make_manager,
    make_member,
    make_offer,
    make_organisation,
    make_pool,
    make_sponsor,
    make_youth,
)
from tests.paper import text_on

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
OCTOBER = datetime(2026, 10, 14, 10, 0, tzinfo=UTC)
LOOKED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECRETS = ("Mirabella", "Zwetschgenkuchen", "kanarienvogel", "Schulhofgasse", "Heimlichlein")


def learn(youths, *, at=NOON, category="Lesen & Vorlesen", minutes=60):
    made = make_category(category)
    for youth in youths:
        make_approved(
            youth, now=at, starts_at=at - timedelta(hours=5), minutes=minutes, category=made,
            did="Zwetschgenkuchen gebacken und gelesen.", companion_name="Heimlichlein",
        )  # fmt: skip


def convert(at=NOON):
    return conversion.convert(club=make_club(), cutoff=at + timedelta(hours=1), now=at + timedelta(hours=1))


@pytest.fixture
def town():
    """Six youths read, then four of them again while two worked with tools; three pay at a shop. Two sponsors."""
    sponsor = make_sponsor("Stadtwerke Lippe")
    pool = make_pool(coins=45, sponsor=sponsor)
    other = make_pool(coins=500, sponsor=make_sponsor("Sparkasse"), name="Zweite")
    youths = [make_youth("Mirabella") for _ in range(6)]
    for number, youth in enumerate(youths):
        youth.user.email = f"kanarienvogel{number}@schulhofgasse.example"
        youth.user.save()
    learn(youths)
    convert()
    learn(youths[:2], at=NOON + 5 * DAY, category="Technik & Natur", minutes=90)
    learn(youths[2:], at=NOON + 5 * DAY)
    convert(NOON + 5 * DAY)
    offer = make_offer(price_coins=5)
    for youth in youths[:3]:
        hold = make_hold(offer=offer, youth=youth, now=NOON + 6 * DAY)
        redemption.redeem(hold=hold, by=make_manager(offer.partner), now=NOON + 6 * DAY)
    contact = make_member(sponsor.organisation, Membership.Role.CONTACT, "Konrad")
    return {"sponsor": sponsor, "pool": pool, "other": other, "youths": youths, "contact": contact}


# ── The numbers ──────────────────────────────────────────────────────────────────────────────────
def test_every_sum_is_the_ledgers(town):
    for pool in FundingPool.objects.exclude(sponsor=None):
        found = impact.of(pool.sponsor, now=LOOKED)
        account = LedgerAccount.objects.get(kind=LedgerAccount.Kind.POOL, owner=pool.public_id)
        paid = Payment.objects.filter(pool=pool).aggregate(coins=Sum("coins", default=0))["coins"]
        spent = -(LotMove.objects.filter(
            lot__pool=pool, transfer__kind=Transfer.Kind.REDEMPTION
        ).aggregate(coins=Sum("coins"))["coins"] or 0)  # fmt: skip
        told = found.redeemed_coins

        assert found.earned_coins == paid
        assert found.left_coins == journal.balance_on(account, found.end - DAY)
        assert found.funded_coins == found.earned_coins + found.left_coins
        # Three of them: not told.
        assert (told, spent) == (0, spent)


def test_hours_of_two_sponsors_are_all_hours_that_were_paid(town):
    found = [impact.of(pool.sponsor, now=LOOKED) for pool in (town["pool"], town["other"])]
    counted = ConversionItem.objects.aggregate(minutes=Sum("counted_minutes"))["minutes"]

    # The first paid 45 of 130 coins; a minute of each may be rounded away.
    assert counted - 2 <= sum(one.minutes for one in found) <= counted
    assert found[0].minutes in (269, 270)


def test_what_fewer_than_five_did_is_with_the_rest_or_not_there(town):
    learn(town["youths"][:4], at=OCTOBER)
    convert(OCTOBER)
    first, other = (impact.of(pool.sponsor, now=LOOKED) for pool in (town["pool"], town["other"]))

    assert first.by_category == [("Lesen & Vorlesen", 270)]
    # Two worked with tools, and by this money four read: each would be the difference to the sum.
    assert [name for name, _minutes in other.by_category] == [""]
    assert (first.youths, other.youths) == (5, 5)
    # Four in October: not told yet.
    assert [block.last.month for block in other.by_block] == [9]


def test_a_month_is_told_a_week_after_it_is_over(town):
    assert impact.of(town["sponsor"], now=datetime(2026, 10, 7, 10, 0, tzinfo=UTC)).is_empty
    assert not impact.of(town["sponsor"], now=datetime(2026, 10, 8, 10, 0, tzinfo=UTC)).is_empty


def test_a_span_is_a_quarter_a_year_or_all():
    quarter = impact.span_of("2026-q4")

    assert (quarter.first.isoformat(), quarter.end.isoformat()) == ("2026-10-01", "2027-01-01")
    assert impact.span_of("2026").quarter == 0
    assert impact.span_of("") == impact.span_of("alles") == impact.ALL
    assert [impact.span_of(key) for key in ("2026-q5", "26", "x", "２０２６")] == [None] * 4
    keys = [span.key for span in impact.spans(NOON.date(), LOOKED.date())]
    assert keys == ["alles", "2026", "2026-q4", "2026-q3"]


def test_quarters_make_the_year(town):
    learn(town["youths"], at=OCTOBER, category="Sprachen")
    convert(OCTOBER)
    other = town["other"].sponsor
    year, third, fourth = (
        impact.of(other, span=impact.span_of(key), now=LOOKED) for key in ("2026", "2026-q3", "2026-q4")
    )

    for name in ("funded_coins", "earned_coins", "redeemed_coins", "back_coins", "minutes"):
        assert getattr(third, name) + getattr(fourth, name) == getattr(year, name)
    assert (fourth.left_coins, third.left_coins - fourth.left_coins) == (year.left_coins, fourth.earned_coins)


# ── The pages ────────────────────────────────────────────────────────────────────────────────────
def text_of(answer):
    return answer.content.decode("utf-8-sig")


def everything(client, sponsor):
    """Return the text of all that a contact can reach: pages, tables, sheets, what they export of themself."""
    found = [text_of(client.get(reverse("start"))), text_of(client.get(reverse("impact"), follow=True))]
    for key in ("", "?zeitraum=2026", "?zeitraum=2026-q3", "?zeitraum=2026-q4"):
        for name in ("impact-of", "impact-csv"):
            found.append(text_of(client.get(reverse(name, args=[sponsor.public_id]) + key)))
        sheet = client.get(reverse("impact-pdf", args=[sponsor.public_id]) + key).content
        assert sheet.startswith(b"%PDF-")
        found += [sheet.decode("latin-1"), text_on(sheet)]
    return "\n".join(found)


def test_no_word_of_a_youth_reaches_a_contact(client, town, settings):
    client.force_login(town["contact"])
    text = everything(client, town["sponsor"])
    words = {*SECRETS}
    for youth in town["youths"]:
        account = youth.account_link.account
        words |= {youth.user.username, youth.user.last_name, str(youth.public_id), str(youth.user.public_id),
                  str(account.owner), f"Konto #{account.pk}"}  # fmt: skip

    assert len(words) >= 25
    assert [word for word in words if word in text] == []


def test_a_paper_says_what_the_page_says(client, town, monkeypatch):
    written = []
    real = paper.Sheet.cell
    monkeypatch.setattr(paper.Sheet, "cell", lambda self, w, h=None, text="", **more: (written.append(text), real(
        self, w, h, text, **more))[1])  # fmt: skip
    story = telling.tell(town["sponsor"], span=impact.ALL, now=LOOKED)

    assert paper.draw(story) == paper.draw(story)
    for figure in story.figures:
        assert str(figure.label) in written
    client.force_login(town["contact"])
    page = text_of(client.get(reverse("impact-of", args=[town["sponsor"].public_id])))
    table = list(csv.reader(io.StringIO(text_of(client.get(
        reverse("impact-csv", args=[town["sponsor"].public_id])
    ))), delimiter=";"))  # fmt: skip
    assert "Mindestens 5 Jugendliche haben dafür" in page
    for sentence in telling.tell(town["sponsor"], span=impact.ALL, now=db.now()).sentences:
        assert sentence in page
    assert next(row for row in table if row[0] == "Eingelöst")[3] == "–"
    earned = next(row for row in table if row[0] == "Freigegeben und verdient" and row[4] == "Euro")
    assert earned[3] == "4,50"


def test_a_page_is_there_for_its_own_contact_alone(client, town):
    stranger = make_member(town["other"].sponsor.organisation, Membership.Role.CONTACT)
    manager = make_member(town["sponsor"].organisation, Membership.Role.MANAGER)
    for name in ("impact-of", "impact-pdf", "impact-csv"):
        address = reverse(name, args=[town["sponsor"].public_id])
        client.logout()
        assert client.get(address).status_code == 302
        for user, status in ((town["contact"], 200), (stranger, 404), (manager, 404), (town["youths"][0].user, 404)):
            client.force_login(user)
            assert client.get(address).status_code == status
        client.force_login(town["contact"])
        assert client.get(address + "?zeitraum=2026-q7").status_code == 404


def test_a_contact_of_two_sponsors_chooses(client, town):
    Membership.objects.create(
        user=town["contact"], organisation=town["other"].sponsor.organisation, role=Membership.Role.CONTACT
    )
    client.force_login(town["contact"])

    page = text_of(client.get(reverse("impact")))

    assert "Stadtwerke Lippe" in page
    assert "Sparkasse" in page


def test_before_there_is_anything_the_page_says_what_comes(client):
    sponsor = make_sponsor()
    client.force_login(make_member(sponsor.organisation, Membership.Role.CONTACT))
    address = reverse("impact-of", args=[sponsor.public_id])

    assert "Noch ist nichts eingegangen" in text_of(client.get(address))
    pool = make_pool(sponsor=sponsor)
    funding.book_deposit(pool=pool, amount_cents=5_000, received_on=periods.berlin_date(NOON), by=None, now=NOON)
    page = text_of(client.get(address))
    assert "50,00" in page
    assert "nach dem ersten ganzen Monat" in page
    assert client.get(reverse("impact-pdf", args=[sponsor.public_id])).content.startswith(b"%PDF-")


def test_a_host_reads_how_many_answered_and_not_who(client, town):
    organisation = town["sponsor"].organisation
    host = Host.objects.create(organisation=organisation)
    date = make_date(host=host, seats=9, starts_at=NOON + 3 * DAY)
    for seat, youth in enumerate(town["youths"], 1):
        Booking.objects.create(
            opportunity=date, youth=youth, seat=seat, made_at=NOON, starts_at=date.starts_at, ends_at=date.ends_at,
            status=Booking.Status.ATTENDED if seat < 5 else Booking.Status.BOOKED,
        )  # fmt: skip
    story = telling.tell(town["sponsor"], span=impact.ALL, now=LOOKED)

    assert [number for _label, number in story.offered] == [1, 9, 0]
    assert [answer.number for answer in story.answers] == [5, None, None, None]
    client.force_login(town["contact"])
    page = re.sub(r"\s+", " ", text_of(client.get(reverse("impact-of", args=[town["sponsor"].public_id]))))
    assert "<dt>waren dabei</dt><dd>unter 5</dd>" in page
    assert make_organisation("Leer") != organisation


def test_the_number_of_questions_stays_the_same(client, town, django_assert_max_num_queries):
    client.force_login(town["contact"])
    address = reverse("impact-of", args=[town["sponsor"].public_id])
    client.get(address)
    with django_assert_max_num_queries(35):
        client.get(address)
