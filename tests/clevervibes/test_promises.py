"""What a sponsor promised, on the page, on paper and in the table of its contact."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Membership
from clevervibes.impact import paper, promises, telling
from clevervibes.lib import db, periods
from coins import funding, impact, pledges
from tests.factories import NOON, make_member, make_pool, make_sponsor
from tests.paper import text_on

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)


@pytest.fixture
def today():
    return periods.berlin_date(db.now())


@pytest.fixture
def sponsor(today):
    """Promised four times; the first is paid, the third in part by what was left of one payment."""
    sponsor = make_sponsor("Stadtwerke Lippe")
    pool, other = make_pool(sponsor=sponsor, name="Lesen"), make_pool(sponsor=sponsor, name="Sport")
    days = {"promised_on": today - 90 * A_DAY, "by": None, "now": NOON}
    for cents, in_days, of_pool in ((300_00, -60, None), (100_00, -5, other), (200_00, 40, None), (55_00, 50, None)):
        pledges.promise(sponsor=sponsor, amount_cents=cents, due_on=today + in_days * A_DAY, pool=of_pool, **days)
    funding.book_deposit(
        pool=pool, amount_cents=350_00, received_on=today - 60 * A_DAY, by=None, now=db.now()
    )  # fmt: skip
    withdrawn = pledges.promise(sponsor=sponsor, amount_cents=999_00, due_on=today + 60 * A_DAY, **days)[0]
    pledges.withdraw(pledge=withdrawn, reason="Gekündigt", by=None, now=db.now())
    return sponsor


def test_page_paper_and_table_say_what_was_promised_what_came_and_what_is_open(client, sponsor, today):
    story = telling.tell(sponsor, span=impact.ALL, now=db.now())
    client.force_login(make_member(sponsor.organisation, Membership.Role.CONTACT))
    page = client.get(reverse("impact-of", args=[sponsor.public_id])).content.decode()
    sheet = " ".join(text_on(paper.draw(story)).split())
    table = client.get(reverse("impact-csv", args=[sponsor.public_id])).content.decode("utf-8-sig")

    assert [row.said for row in story.promises.rows] == [
        "ganz eingegangen", "überfällig, es fehlen 100,00 €", "50,00 € sind da, 150,00 € fehlen noch", "noch offen",
    ]  # fmt: skip
    summary, late, coming = story.promises.sentences
    assert summary == "Sie haben 655,00 € zugesagt. Eingegangen sind davon 350,00 €, offen sind 305,00 €."
    assert late == "Überfällig sind 100,00 €."
    assert coming.startswith("Als Nächstes sind 150,00 € am ")
    for words in (*story.promises.sentences, *(row.said for row in story.promises.rows)):
        assert words in page
        assert words in sheet
    assert "999" not in page + sheet + table
    assert f"Zugesagt;{today - 5 * A_DAY:%d.%m.%Y};Sport;100,00;Euro" in table
    assert f"Davon eingegangen;{today + 40 * A_DAY:%d.%m.%Y};;50,00;Euro" in table


def test_a_span_tells_the_pledges_that_are_due_in_it(sponsor, today):
    first, *others = promises.of(sponsor, span=impact.ALL, on=today).rows

    shown = promises.of(sponsor, span=impact.Span("x", first.due_on, first.due_on + A_DAY), on=today)

    assert shown.rows == [first]
    assert shown.sentences == ["Sie haben 300,00 € zugesagt. Alles davon ist eingegangen."]
    assert len(others) == 3
