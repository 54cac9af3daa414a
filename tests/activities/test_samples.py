"""The team's sample: a draw that nobody steers, flags that miss nobody, and people who decide."""

import ast
import random
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from accounts import registration, reveals
from accounts.models import Notice
from activities import approvals, entries, proposals, selectors, sheets
from activities.models import Review, Sample, SampleSeed, SharedTimeEntry
from activities.sampling import deciding, draw, raising, weeks
from clevervibes.lib import db, periods
from tests.concurrency import in_parallel, reports
from tests.factories import (
    NOON,
    guardian_of,
    make_approved,
    make_details,
    make_entry,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

Why, Decision = Sample.Why, Sample.Decision
LATER = NOON + timedelta(hours=1)
MONDAY = periods.week(periods.berlin_date(NOON)).start
WEEK = timedelta(days=7)


@pytest.fixture
def all_are_drawn(settings):
    settings.SAMPLE_PERCENT = 100


@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client, team):
    client.force_login(team)
    return client


def open_on(entry) -> Sample:
    return Sample.objects.get(entry=entry, decided_at=None)


def convertible() -> set[int]:
    return set(selectors.convertible_entries(NOON + timedelta(days=30)).values_list("pk", flat=True))


def approve(entry, now=NOON):
    return approvals.approve(entry_id=entry.public_id, by=guardian_of(entry.youth), now=now)


def fill(youth, monday, *, days=3, now=None):
    """Confirm so much in the week from `monday` on that no more of it counts: three days of four hours."""
    made = []
    for day in range(days):
        for hour in (7, 13):
            starts_at = monday + timedelta(days=day, hours=hour)
            made.append(make_entry(youth, starts_at=starts_at, minutes=120, now=starts_at + timedelta(hours=3)))
    at = now or monday + timedelta(days=days, hours=9)
    return approvals.approve_all(entry_ids=[entry.public_id for entry in made], by=guardian_of(youth), now=at)


# ── The draw ─────────────────────────────────────────────────────────────────────────────────────
def test_the_share_of_a_hundred_thousand_numbers_is_the_share_that_was_set():
    dice = random.Random(7)
    secret = dice.randbytes(32)
    ids = [uuid.UUID(int=dice.getrandbits(128), version=4) for _ in range(100_000)]
    numbers = [draw.number_of(secret, public_id) for public_id in ids]

    drawn = {percent: sum(draw.is_below(number, percent) for number in numbers) for percent in (0, 1, 5, 50, 100)}

    reports.append(f"sample draw: {drawn[5]} of 100,000 at 5 %, {drawn[1]} at 1 %, {drawn[50]} at 50 %")
    assert (drawn[0], drawn[100]) == (0, 100_000)
    # Four standard deviations.
    assert abs(drawn[5] - 5_000) < 276
    assert abs(drawn[1] - 1_000) < 126
    assert abs(drawn[50] - 50_000) < 633
    assert all(400 < sum(draw.is_below(n, 5) for n in numbers[i : i + 10_000]) < 600 for i in range(0, 100_000, 10_000))


def test_a_draw_is_the_same_again_and_another_with_every_other_secret_or_version():
    dice = random.Random(8)
    first, second = dice.randbytes(32), dice.randbytes(32)
    ids = [uuid.UUID(int=dice.getrandbits(128), version=4) for _ in range(2_000)]

    def drawn(secret, version=1):
        return {one for one in ids if draw.is_below(draw.number_of(secret, one, version), 5)}

    assert drawn(first) == drawn(first)
    assert 50 < len(drawn(first)) < 150
    for other in (drawn(second), drawn(first, version=2)):
        assert len(drawn(first) & other) < 30


def test_the_secret_is_made_once_and_the_app_can_neither_change_nor_drop_it():
    assert len(draw.secret()) == 32
    for change in ("UPDATE activities_sampleseed SET made_at = now()", "DELETE FROM activities_sampleseed",
                   "INSERT INTO activities_sampleseed (id, secret, made_at) VALUES (2, 'x', now())"):  # fmt: skip
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(change)
    assert SampleSeed.objects.count() == 1


@pytest.mark.usefixtures("all_are_drawn")
def test_every_way_of_confirming_is_drawn_from():
    youth = make_youth()
    one = approve(make_entry(youth))
    batch = fill(youth, MONDAY - WEEK, days=1)
    proposed = proposals.propose(
        youth=youth, by=guardian_of(youth), details=make_details(starts_at=NOON - timedelta(hours=9)), now=NOON
    )
    confirmed = proposals.confirm(entry_id=proposed.public_id, by=youth.user, now=NOON)

    confirmed_ones = [one, *batch, confirmed]
    assert {open_on(entry).why for entry in confirmed_ones} == {Why.DRAWN}
    assert not convertible() & {entry.pk for entry in confirmed_ones}
    raising_again = db.service(raising.consider)
    raising_again(confirmed_ones, now=LATER)
    assert Sample.objects.count() == len(confirmed_ones)


def test_no_service_confirms_without_asking_whether_somebody_has_to_look():
    """Every function of activities that makes an entry approved must lead to `consider`."""
    folder = Path(entries.__file__).parent
    silent = []
    for file in sorted(folder.rglob("*.py")):
        source = file.read_text()
        for node in ast.walk(ast.parse(source)):
            text = ast.unparse(node) if isinstance(node, ast.Assign | ast.Call) else ""
            makes = isinstance(node, ast.Assign) and "status" in ast.unparse(node.targets[0]) and "APPROVED" in text
            makes = makes or (isinstance(node, ast.Call) and text.startswith("SharedTimeEntry(") and "APPROVED" in text)
            if makes and "raising.consider(" not in source:
                silent.append(f"{file.name}:{node.lineno}")
    assert silent == []


def test_what_a_draw_needs_to_be_repeated_stays_with_it(settings, desk, team):
    settings.SAMPLE_PERCENT = 100
    sample = open_on(make_approved(make_youth()))
    settings.SAMPLE_PERCENT = 0
    assert (sample.drawn_percent, sample.drawn_version) == (100, 1)
    number = draw.number_of(draw.secret(), sample.entry.public_id, sample.drawn_version)

    reveals.reveal(youth=sample.entry.youth, by=team, reason="Stichprobe", now=db.now())
    page = desk.get(reverse("admin:activities_sample_change", args=[sample.pk])).content.decode()

    assert (
        f"{draw.hundredths(number) / 100:.2f}".replace(".", ",") + " von 100; gezogen wird, was unter 100 liegt" in page
    )


def test_nobody_is_drawn_where_the_share_is_zero_and_a_demo_chooses_its_own():
    youth = make_youth()
    make_approved(youth)
    with draw.share(100):
        drawn = make_approved(youth, starts_at=NOON - timedelta(hours=9))

    assert [sample.entry for sample in Sample.objects.all()] == [drawn]
    assert draw.percent() == 0


# ── Starting anew does not pay ───────────────────────────────────────────────────────────────────
def test_a_sample_outlives_an_undone_confirmation(settings):
    settings.SAMPLE_PERCENT = 100
    youth = make_youth()
    entry = approve(make_entry(youth))
    settings.SAMPLE_PERCENT = 0
    approvals.undo(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)

    approve(entry, now=LATER)

    assert open_on(entry).raised_at == NOON
    assert Sample.objects.count() == 1


def test_who_withdraws_what_was_drawn_has_everything_looked_at_until_the_team_has(settings, team):
    settings.SAMPLE_PERCENT = 100
    youth = make_youth()
    drawn = approve(make_entry(youth))
    settings.SAMPLE_PERCENT = 0
    approvals.undo(entry_id=drawn.public_id, by=guardian_of(youth), now=NOON)
    entries.withdraw(entry_id=drawn.public_id, by=youth.user, now=NOON)

    again = make_approved(youth)
    elsewhere = make_approved(youth, starts_at=NOON - timedelta(days=3))
    other = make_approved(make_youth("Ben"))

    assert {open_on(entry).why for entry in (again, elsewhere)} == {Why.AGAIN}
    assert convertible() == {other.pk}
    for sample in list(deciding.open_samples()):
        deciding.let_pass(sample_id=sample.public_id, by=team, reason="Angerufen, passt.", now=LATER)
    later = make_approved(youth, starts_at=NOON - timedelta(days=2))
    assert convertible() == {again.pk, elsewhere.pk, later.pk, other.pk}


@pytest.mark.parametrize("how", ["send_back", "reject"])
def test_what_the_team_did_not_let_pass_and_comes_again_on_that_day_is_looked_at(how, team):
    youth = make_youth()
    entry = make_approved(youth)
    deciding.mark(entry_id=entry.public_id, by=team, reason="Uhrzeit?", now=NOON)
    getattr(deciding, how)(sample_id=open_on(entry).public_id, by=team, reason="War das wirklich so?", now=LATER)
    if how == "send_back":
        entries.withdraw(entry_id=entry.public_id, by=youth.user, now=LATER)

    same_day = make_approved(youth, starts_at=NOON - timedelta(hours=4))
    other_day = make_approved(youth, starts_at=NOON - timedelta(days=2))

    assert open_on(same_day).why == Why.AGAIN
    assert convertible() == {other_day.pk}


def test_what_the_team_gave_back_is_looked_at_when_it_comes_back(team):
    youth = make_youth()
    entry = make_approved(youth)
    deciding.mark(entry_id=entry.public_id, by=team, reason="Uhrzeit?", now=NOON)
    deciding.send_back(sample_id=open_on(entry).public_id, by=team, reason="Bitte genauer.", now=LATER)
    better = make_details(minutes=45, did="Zwei Kapitel gelesen.")
    entries.edit(entry_id=entry.public_id, by=youth.user, details=better, submit=True, now=LATER)

    approve(entry, now=LATER)

    assert open_on(entry).why == Why.AGAIN


def test_what_passed_passes_again_but_not_with_something_else_in_it(settings, team):
    settings.SAMPLE_PERCENT = 100
    youth = make_youth()
    entry = approve(make_entry(youth))
    deciding.let_pass(sample_id=open_on(entry).public_id, by=team, reason="Passt.", now=NOON)

    approvals.undo(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)
    approve(entry, now=LATER)
    assert not deciding.open_samples().exists()

    approvals.undo(entry_id=entry.public_id, by=guardian_of(youth), now=LATER)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="länger", now=LATER)
    longer = make_details(starts_at=NOON - timedelta(hours=5), minutes=240)
    entries.edit(entry_id=entry.public_id, by=youth.user, details=longer, submit=True, now=LATER + timedelta(hours=1))
    approve(entry, now=LATER + timedelta(hours=2))
    assert open_on(entry).why == Why.DRAWN


def test_an_entry_that_was_not_drawn_is_drawn_anew_when_it_changes():
    """Or somebody could have a harmless one confirmed, see that nobody looks, and fill it afterwards."""
    entry = make_entry(make_youth())
    assert raising.versions_of([entry]) == {entry.pk: 1}
    approvals.return_(entry_id=entry.public_id, by=guardian_of(entry.youth), reason="länger", now=NOON)
    details = make_details(minutes=75)
    entries.edit(entry_id=entry.public_id, by=entry.youth.user, details=details, submit=True, now=NOON)

    assert raising.versions_of([entry]) == {entry.pk: 2}


# ── Three full weeks ─────────────────────────────────────────────────────────────────────────────
def test_three_full_weeks_running_have_all_that_is_not_counted_looked_at():
    youth = make_youth()
    for back in (3, 2):
        fill(youth, MONDAY - back * WEEK)
    early = make_approved(youth, starts_at=MONDAY - WEEK + timedelta(hours=7), minutes=60, now=NOON - WEEK)
    assert not Sample.objects.exists()

    fill(youth, MONDAY - WEEK + timedelta(days=1))

    waiting = Sample.objects.filter(decided_at=None)
    assert {sample.why for sample in waiting} == {Why.WEEKS}
    assert waiting.count() == SharedTimeEntry.objects.filter(youth=youth, status="approved").count() == 19
    assert open_on(early)
    assert convertible() == set()


def test_the_week_after_is_looked_at_too_and_a_quiet_one_ends_it():
    youth = make_youth()
    for back in (4, 3, 2):
        fill(youth, MONDAY - back * WEEK)
    after = make_approved(youth, starts_at=MONDAY - WEEK + timedelta(hours=8), now=NOON - timedelta(days=6))
    assert open_on(after).why == Why.WEEKS

    calm = make_approved(youth, starts_at=MONDAY + timedelta(hours=8))
    assert not Sample.objects.filter(entry=calm).exists()


@pytest.mark.parametrize("weeks_ago", [(2, 1), (4, 3, 1), (4, 2, 1)])
def test_two_weeks_or_a_gap_are_no_flag(weeks_ago):
    youth = make_youth()
    for back in weeks_ago:
        fill(youth, MONDAY - back * WEEK)

    assert not Sample.objects.exists()


def test_a_late_entry_that_fills_the_week_between_is_noticed():
    youth = make_youth()
    for back in (2, 0):
        fill(youth, MONDAY - back * WEEK, days=2 if back == 0 else 3)
    # NOON is a Wednesday noon: the third day of this week is not over, so the two before are filled up.
    fill(youth, MONDAY - 3 * WEEK)
    assert not Sample.objects.exists()

    fill(youth, MONDAY - WEEK, now=NOON)

    assert Sample.objects.filter(why=Why.WEEKS).count() > 18


def test_what_somebody_found_right_is_not_asked_again(team):
    youth = make_youth()
    for back in (3, 2, 1):
        fill(youth, MONDAY - back * WEEK)
    for sample in list(deciding.open_samples()):
        deciding.let_pass(sample_id=sample.public_id, by=team, reason="Ferien.", now=NOON)

    new = make_approved(youth)

    assert [sample.entry for sample in deciding.open_samples()] == [new]


def test_without_anybody_who_counts_no_week_is_full(monkeypatch):
    """The control: the flag comes from what a run counts."""
    monkeypatch.setattr(weeks, "_counting", [])
    youth = make_youth()
    for back in (3, 2, 1):
        fill(youth, MONDAY - back * WEEK)

    assert not Sample.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_guardians_who_each_confirm_half_of_the_third_week_are_both_seen():
    youth = make_youth()
    other = make_user("Thomas")
    registration.add_guardian(guardian=other, youth=youth, now=NOON)
    mother = youth.guardianships.order_by("pk").first().guardian
    bad = 0
    for round_ in range(6):
        monday = MONDAY - (4 + 5 * round_) * WEEK
        if monday < youth.joined_at + WEEK:
            break
        for week in (0, 1):
            approvals.approve_all(entry_ids=_logged(youth, monday + week * WEEK), by=mother, now=NOON)
        third = _logged(youth, monday + 2 * WEEK)
        before = Sample.objects.count()
        in_parallel(
            lambda ids=third[:3]: approvals.approve_all(entry_ids=ids, by=mother, now=NOON),
            lambda ids=third[3:]: approvals.approve_all(entry_ids=ids, by=other, now=NOON),
        )
        bad += Sample.objects.count() - before < 18
    assert bad == 0


def _logged(youth, monday):
    made = [
        make_entry(youth, starts_at=at, minutes=120, now=at + timedelta(hours=3))
        for at in (monday + timedelta(days=day, hours=hour) for day in range(3) for hour in (7, 13))
    ]
    return [entry.public_id for entry in made]


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def waiting(team):
    entry = make_approved(make_youth())
    deciding.mark(entry_id=entry.public_id, by=team, reason="Mitten in der Schulzeit?", now=NOON)
    return open_on(entry)


@pytest.mark.parametrize("how", ["let_pass", "send_back", "reject"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_no_decision_without_a_reason(how, reason, waiting, team):
    with pytest.raises(deciding.WithoutReason):
        getattr(deciding, how)(sample_id=waiting.public_id, by=team, reason=reason, now=LATER)
    assert open_on(waiting.entry) == waiting


@pytest.mark.parametrize("how", ["let_pass", "send_back", "reject"])
def test_nobody_decides_about_their_own_family(how, waiting):
    guardian = guardian_of(waiting.entry.youth)
    guardian.is_staff = True
    guardian.save()
    with pytest.raises(deciding.OwnFamily):
        getattr(deciding, how)(sample_id=waiting.public_id, by=guardian, reason="Passt schon.", now=LATER)
    assert open_on(waiting.entry)


def test_decided_twice_the_first_stands(waiting, team):
    deciding.let_pass(sample_id=waiting.public_id, by=team, reason="Brückentag.", now=LATER)
    with pytest.raises(deciding.AlreadyDecided):
        deciding.reject(sample_id=waiting.public_id, by=team, reason="Doch nicht.", now=LATER)
    waiting.entry.refresh_from_db()
    assert waiting.entry.status == "approved"


def test_given_back_the_youth_reads_why_and_can_change_it(waiting, team, client):
    deciding.send_back(sample_id=waiting.public_id, by=team, reason="Welches Buch war es?", now=LATER)

    entry = SharedTimeEntry.objects.get(pk=waiting.entry_id)
    assert (entry.status, entry.approved_at) == ("returned", None)
    assert (entry.reviews.last().step, entry.reviews.last().reason) == (Review.Step.RETURN, "Welches Buch war es?")
    assert Notice.objects.filter(to=entry.youth.user, topic="entry_returned").exists()
    client.force_login(entry.youth.user)
    assert "Welches Buch war es?" in client.get(entry.get_absolute_url()).content.decode()


def test_rejected_the_family_is_told_and_reads_why(waiting, team, client):
    deciding.reject(sample_id=waiting.public_id, by=team, reason="Das war Unterricht.", now=LATER)

    entry = SharedTimeEntry.objects.get(pk=waiting.entry_id)
    assert (entry.status, entry.reviewed_by, entry.approved_at) == ("rejected", team, None)
    assert entry.reviews.last().reason == "Das war Unterricht."
    told = set(Notice.objects.filter(topic="entry_rejected").values_list("to", flat=True))
    assert told == {entry.youth.user_id, guardian_of(entry.youth).pk}
    client.force_login(entry.youth.user)
    page = client.get(entry.get_absolute_url()).content.decode()
    assert "Das war Unterricht." in page
    assert "schaut noch kurz" not in page


def test_rejected_on_its_own_page_the_sample_is_decided_with_it(waiting, team):
    entry = waiting.entry
    approvals.reject(entry_id=entry.public_id, by=team, reason="Das war Unterricht.", seen="approved", now=LATER)

    waiting.refresh_from_db()
    assert (waiting.decision, waiting.reason, waiting.decided_by) == (Decision.REJECTED, "Das war Unterricht.", team)


def test_paper_waits_says_who_signed_and_stands_before_all(desk, team, waiting):
    youth = make_youth("Ida")
    sheet = sheets.make(youth=youth, monday=periods.berlin_date(MONDAY), by=youth.user, now=NOON)
    line = make_details(starts_at=MONDAY + timedelta(hours=9))
    paper = sheets.Paper(signed_by=guardian_of(youth), lines=[line])
    sheets.enter(sheet_id=sheet.public_id, paper=paper, by=team, now=NOON)
    entry = SharedTimeEntry.objects.get(youth=youth)

    sample = open_on(entry)
    assert sample.why == Why.PAPER
    assert entry.pk not in convertible()
    page = queue(desk)
    marked = reveals.masked_person(waiting.entry.youth.user)
    assert page.index(reveals.masked_person(youth.user)) < page.index(marked)
    reveals.reveal(youth=youth, by=team, reason="Wochenzettel", now=db.now())
    page = desk.get(reverse("admin:activities_sample_change", args=[sample.pk])).content.decode()
    assert f"{sheet.code}, unterschrieben von {guardian_of(youth)}" in page


def test_what_the_family_took_back_cannot_be_rejected_any_more(waiting, team):
    youth = waiting.entry.youth
    approvals.undo(entry_id=waiting.entry.public_id, by=guardian_of(youth), now=LATER)
    entries.withdraw(entry_id=waiting.entry.public_id, by=youth.user, now=LATER)
    with pytest.raises(approvals.EntryNotOpen):
        deciding.reject(sample_id=waiting.public_id, by=team, reason="Nein.", now=LATER)
    deciding.let_pass(sample_id=waiting.public_id, by=team, reason="Zurückgezogen, erledigt.", now=LATER)


def test_nothing_but_a_person_ends_a_sample(waiting):
    """By constraint too: what is decided names its moment, its outcome and its reason."""
    for fields in ({"decision": "rejected"}, {"decided_at": LATER}, {"decided_at": LATER, "decision": "fits"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sample.objects.filter(pk=waiting.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sample.objects.create(entry=waiting.entry, why=Why.DRAWN, raised_at=NOON)


def test_marked_it_waits_whether_or_not_it_is_confirmed_yet(team):
    entry = make_entry(make_youth())
    deciding.mark(entry_id=entry.public_id, by=team, reason="Kommt mir lang vor.", now=NOON)
    approve(entry)

    assert (open_on(entry).why, open_on(entry).raised_by) == (Why.MARKED, team)
    assert convertible() == set()
    draft = make_entry(entry.youth, starts_at=NOON - timedelta(hours=9), submit=False)
    with pytest.raises(approvals.EntryNotOpen):
        deciding.mark(entry_id=draft.public_id, by=team, reason="Hm.", now=NOON)


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────
def test_the_youth_reads_that_somebody_looks_and_that_it_is_no_fault(waiting, client):
    youth = waiting.entry.youth
    client.force_login(youth.user)

    page = client.get(waiting.entry.get_absolute_url()).content.decode()
    assert "Das Club-Team schaut noch kurz darauf" in page
    assert "heißt nicht, dass etwas falsch ist" in page
    assert "wird angeschaut" in client.get(reverse("activities:entries")).content.decode()
    # Why, nobody in the family reads.
    assert "Schulzeit" not in page


def test_who_confirms_a_proposal_reads_when_the_coins_come(settings, client):
    settings.SAMPLE_PERCENT = 100
    youth = make_youth()
    now = db.now()
    proposed = proposals.propose(
        youth=youth, by=guardian_of(youth), details=make_details(starts_at=now - timedelta(hours=3)), now=now
    )
    client.force_login(youth.user)
    page = client.post(reverse("activities:confirm", args=[proposed.public_id]), follow=True).content.decode()

    assert "schaut noch kurz darauf" in page
    assert "am nächsten Coin-Tag." in page


def queue(desk, query=""):
    return desk.get(reverse("admin:activities_sample_changelist") + query).content.decode()


def test_the_queue_names_nobody_and_shows_the_heaviest_first(desk, waiting, settings):
    settings.SAMPLE_PERCENT = 100
    drawn = make_approved(make_youth("Kanarienvogel"), now=NOON - timedelta(minutes=5))

    page = queue(desk)

    assert "Kanarienvogel" not in page
    assert reveals.masked_person(drawn.youth.user) in page
    # Raised later, but marked by somebody.
    assert page.index(reveals.masked_person(waiting.entry.youth.user)) < page.index(
        reveals.masked_person(drawn.youth.user)
    )


def test_a_sample_opens_with_a_reason_and_is_decided_on_the_page(desk, waiting, team):
    address = reverse("admin:activities_sample_change", args=[waiting.pk])
    assert waiting.entry.did not in desk.get(address).content.decode()
    desk.post(address, {"reason": "Stichprobe vom Mittwoch", "then": "go"})

    page = desk.get(address).content.decode()
    for known in (waiting.entry.did, "Mitten in der Schulzeit?", guardian_of(waiting.entry.youth).first_name):
        assert known in page

    decide = reverse("admin:activities_sample_reject", args=[waiting.pk])
    assert desk.post(decide, {"words": ""}).status_code == 200
    assert open_on(waiting.entry)
    assert desk.post(decide, {"words": "Das war Unterricht."}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.decision, waiting.decided_by, waiting.reason) == (Decision.REJECTED, team, "Das war Unterricht.")
    assert reveals.masked_person(waiting.entry.youth.user) not in queue(desk)
    assert reveals.masked_person(waiting.entry.youth.user) in queue(desk, "?stand=erledigt")


def test_the_team_marks_an_entry_on_its_page(desk, team):
    entry = make_approved(make_youth())
    reveals.reveal(youth=entry.youth, by=team, reason="Anruf der Schule", now=db.now())
    address = reverse("admin:activities_sharedtimeentry_mark", args=[entry.pk])

    assert desk.post(address, {"words": "Bitte ansehen"}).status_code == 302

    assert (open_on(entry).why, open_on(entry).note) == (Why.MARKED, "Bitte ansehen")


def test_the_queue_asks_as_many_questions_for_many_as_for_few(desk, django_assert_max_num_queries, settings):
    settings.SAMPLE_PERCENT = 100
    queue(desk)  # the first page of a session notes the sign-in
    counts = []
    for name in ("Ben", "Ida"):
        youth = make_youth(name)
        for hour in range(1, 9):
            make_approved(youth, starts_at=NOON - timedelta(days=1, hours=hour), minutes=30)
        with django_assert_max_num_queries(60) as captured:
            queue(desk)
        counts.append(len(captured))
    assert counts[0] == counts[1], "\n".join(q["sql"][:160] for q in captured.captured_queries)
