"""The desk of a run: what the next one would do, stopping and going on, what came of it."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts import consent
from accounts.models import YouthProfile
from accounts.team import roles
from clevervibes.lib import db, halting
from clevervibes.lib.team import ADMIN, APPROVER, AUDITOR, FINANCE
from coins import conversion, ledger, progress, report, stopping, tasks
from coins.models import ConversionPolicy, ConversionRun, Payment, RunStop
from partners import redemption, settlement
from partners.models import Settlement
from tests.concurrency import in_parallel
from tests.factories import (
    NOON,
    guardian_of,
    make_account,
    make_approved,
    make_category,
    make_club,
    make_offer,
    make_pool,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

State = ConversionRun.State
LATER = NOON + timedelta(hours=1)
DAY = timedelta(days=1)


def url(page: str, *args: object, model: str = "conversionrun") -> str:
    return reverse(f"admin:coins_{model}_{page}", args=args)


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def sign_in(client, role: str):
    user = make_user(role.title(), is_staff=True, roles=[role])
    client.force_login(user)
    return user


@pytest.fixture
def desk(client):
    sign_in(client, FINANCE)
    return client


def preview(desk, club=None, **fields) -> str:
    form = {"key": uuid4(), "club": (club or make_club()).pk, "cutoff": "", "then": "preview", **fields}
    return text_of(desk.post(url("add"), form))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr("coins.planning.YOUTHS_IN_A_CHUNK", 2)


# ── Before a run ─────────────────────────────────────────────────────────────────────────────────
def test_the_preview_says_who_pays_what_and_what_is_left(desk):
    for youth in (make_youth("Mia"), make_youth("Ben")):
        make_approved(youth, minutes=120)
        make_approved(youth, minutes=180, starts_at=NOON - timedelta(hours=5))
    make_pool(coins=30, name="Lesen", sponsor=make_sponsor("Stadtwerke"), weekly_limit_coins=20)
    make_pool(coins=15, name="Werken", sponsor=make_sponsor("Sparkasse"))
    make_pool(name="Leer", sponsor=make_sponsor("Baumarkt"))
    resting = make_pool(coins=5, name="Pause", sponsor=make_sponsor("Verlag"))
    halting.stop(row=resting, by=make_user("Svenja"), sentence="Wir klären etwas.", reason="Nachfrage", now=NOON)

    page = preview(desk)

    # Five hours, of which four count; forty coins each.
    assert "Diese Woche 35 von 80, der Rest bleibt offen." in page
    assert [(row.available, row.limit, row.pays, row.left) for row in _preview_report().pools] == [
        (30, 20, 20, 10), (15, None, 15, 0), (0, None, 0, 0), (5, None, 0, 5),
    ]  # fmt: skip
    assert "zahlt nicht: leer" in page
    assert "zahlt nicht: Topf angehalten" in page
    assert "Tagesgrenze" in page
    assert "120 Minuten zählen nicht" in page
    assert "Coins je Person in diesem Lauf" in page
    assert not ConversionRun.objects.exists()


def _preview_report() -> report.Report:
    told = conversion.preview(club=make_club(), cutoff=LATER, now=LATER).report
    assert told is not None
    return told


def test_the_preview_says_who_waits_and_why(desk, settings):
    make_approved(make_youth("Mia"))
    make_approved(make_youth("Ben", seen=False))
    settings.SAMPLE_PERCENT = 100
    make_approved(make_youth("Ida"))
    settings.SAMPLE_PERCENT = 0
    stopped = make_youth("Tim")
    make_approved(stopped)
    type(stopped).objects.filter(pk=stopped.pk).update(paused_at=NOON, paused_why="Ruhe")
    withdrawn = make_youth("Lea")
    make_approved(withdrawn)
    consent.withdraw(youth=withdrawn, by=guardian_of(withdrawn), now=NOON)

    assert [(str(row.label), row.entries, row.youths) for row in _preview_report().waits] == [
        ("Es wurde noch niemand gesehen", 1, 1),
        ("Die Einwilligung fehlt", 1, 1),
        ("Das Team sieht noch darauf: Stichprobe oder Hinweis", 1, 1),
        ("Vom Team angehalten", 1, 1),
    ]
    assert "Bestätigte Zeit verfällt nicht." in preview(desk)


def test_what_a_run_has_taken_waits_for_nothing(desk):
    youth = make_youth()
    make_approved(youth)
    conversion.convert(club=youth.user.club, cutoff=LATER, now=LATER)
    type(youth).objects.filter(pk=youth.pk).update(paused_at=LATER, paused_why="Ruhe")

    later = conversion.preview(club=youth.user.club, cutoff=LATER + DAY, now=LATER + DAY).report

    assert later is not None
    assert later.waits == []


def test_a_preview_of_nothing_says_so(desk):
    page = preview(desk)

    assert "Nichts zu tun" in page
    assert "Für diesen Club gibt es noch keinen offenen Topf." in page


def test_a_wrong_day_has_its_sentence(desk):
    assert "Bitte ein gültiges Datum" in preview(desk, cutoff="gestern")


def test_the_year_cap_is_named_with_what_it_holds_back():
    ConversionPolicy.objects.update(year_cap_coins=7)
    youth = make_youth()
    make_approved(youth, minutes=60)
    make_pool(coins=100)

    told = _preview_report()
    run = conversion.convert(club=youth.user.club, cutoff=LATER, now=LATER)

    for cuts in (told.cuts, report.of(run).cuts):
        assert [(row.label, row.youths, row.amount) for row in cuts] == [("Jahresgrenze", 1, "3 Coins bleiben offen")]


# ── The plot's groups ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("spread", "groups"),
    [
        ([], []),
        ([(0, 4)], [("0", 4)]),
        ([(1, 2), (3, 1)], [("1", 2), ("2", 0), ("3", 1)]),
        ([(0, 1), (12, 2), (13, 5), (24, 1)],
         [("0", 1), *[(f"{n}–{n + 1}", {11: 2, 13: 5, 23: 1}.get(n, 0)) for n in range(1, 24, 2)]]),
    ],
)  # fmt: skip
def test_youths_are_grouped_by_coins_without_gap_or_overlap(spread, groups):
    assert report.steps(spread) == groups


@pytest.mark.parametrize("most", [1, 7, 12, 13, 60, 61, 120, 599, 10_000])
def test_there_are_never_more_than_a_dozen_groups_and_nobody_is_lost(most):
    spread = [(coins, 1) for coins in range(most + 1)]

    groups = report.steps(spread)

    assert len(groups) <= report.MOST_STEPS + 1
    assert sum(youths for _label, youths in groups) == most + 1


# ── Stop and go on ───────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def youths():
    made = [make_youth(f"Kind{n}") for n in range(6)]
    make_pool(coins=41)
    for number, youth in enumerate(made):
        make_approved(youth, minutes=30 + 12 * number)
    return made


def start() -> ConversionRun:
    return conversion.start(club=make_club(), cutoff=LATER, now=LATER)


def halt(desk, run, reason="Ein Topf ist falsch zugeordnet") -> str:
    return text_of(desk.post(url("stop", run.pk), {"reason": reason}, follow=True))


def go_on(desk, run, reason="Der Topf stimmt jetzt") -> str:
    return text_of(desk.post(url("resume", run.pk), {"reason": reason}, follow=True))


def paid(run) -> list[int]:
    lines = run.lines.order_by("account__youth_link__youth__user__first_name")
    return list(lines.values_list("paid_coins", flat=True))


def lay_out(run):
    conversion.lay_out(run=run)


def count_one(run):
    lay_out(run)
    conversion.count_chunk(run=run, number=0)


def share_out(run):
    conversion.plan(run=run)


def pay_one(run):
    share_out(run)
    conversion.pay_chunk(run=run, number=1)


@pytest.mark.parametrize("so_far", [lambda run: None, lay_out, count_one, share_out, pay_one])
def test_a_stopped_run_waits_for_its_people_and_ends_as_if_nothing_had_been(desk, queue, youths, so_far):
    undisturbed = conversion.preview(club=make_club(), cutoff=LATER, now=LATER).run
    run = start()
    so_far(run)
    stood = ConversionRun.objects.get().state, Payment.objects.count()

    page = halt(desk, run)
    assert "Der Lauf ist angehalten." in page
    assert "Angehalten von Finance" in page
    assert "„Ein Topf ist falsch zugeordnet“" in page
    # Nobody goes on by themself: not the clock, not a worker with an old message, not another press.
    for tick in (tasks.carry_on, tasks.convert_due):
        tick()
    for number in range(3):
        tasks.count_chunk(run.pk, number)
        tasks.pay_chunk(run.pk, number)
    for task in (tasks.plan_run, tasks.share_out, tasks.close_run):
        task(run.pk)
    desk.post(url("carry_on", run.pk))
    queue.work()
    run.refresh_from_db()
    assert (run.state, Payment.objects.count()) == stood
    with pytest.raises(conversion.RunStopped):
        conversion.carry_on(run)

    assert "Der Lauf geht weiter." in go_on(desk, run)
    queue.work()

    run.refresh_from_db()
    assert run.state == State.CLOSED
    names = ("youths", "entries", "counted_minutes", "earned_coins", "due_coins", "released_coins", "waiting")
    assert [getattr(run, name) for name in names] == [getattr(undisturbed, name) for name in names]
    # Of 5, 7, 9, 11, 13 and 15 coins two thirds, rounded down, and one more each for the three of the oldest accounts.
    assert paid(run) == [4, 5, 7, 7, 8, 10]
    assert [ledger.balance(make_account(youth=youth)) for youth in youths] == paid(run)


def test_a_chunk_that_is_in_hand_is_brought_to_its_end(desk, youths):
    run = start()
    share_out(run)
    fence = conversion.claim(run=run, number=0)

    page = halt(desk, run)
    assert "1 Abschnitt, der schon angefangen war, wird noch fertig." in page
    assert conversion.pay(run=run, number=0, fence=fence)
    assert conversion.claim(run=run, number=1) is None

    page = text_of(desk.get(url("change", run.pk)))
    assert "Niemand arbeitet gerade daran." in page


def test_two_clicks_stop_once_and_the_first_reason_stays(desk, youths):
    run = start()
    halt(desk, run, "zuerst")
    halt(desk, run, "noch einmal")
    go_on(desk, run, "weiter")
    go_on(desk, run, "und weiter")

    stop = RunStop.objects.get()
    assert (stop.reason, stop.resumed_reason) == ("zuerst", "weiter")


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_stop_once(youths):
    run, by = start(), make_user("Svenja")

    stops = in_parallel(*[lambda: stopping.stop(run=run, by=by, reason="Halt", now=db.now())] * 4)

    assert {stop.pk for stop in stops} == {RunStop.objects.get().pk}


def test_the_database_knows_one_stop_at_a_time(youths):
    run = start()
    RunStop.objects.create(run=run, at=NOON, reason="eins")

    with pytest.raises(IntegrityError, match="coins_run_stopped_once_at_a_time"):
        RunStop.objects.create(run=run, at=NOON, reason="zwei")


def test_no_stop_ends_before_it_began():
    with pytest.raises(IntegrityError, match="coins_run_resumed_after_its_stop"):
        RunStop.objects.create(run=start(), at=NOON, reason="eins", resumed_at=NOON - DAY)


@pytest.mark.parametrize(("reason", "sentence"), [(" ", "in einem Satz, warum"), ("x" * 301, "höchstens 300")])
def test_a_stop_wants_a_reason(desk, youths, reason, sentence):
    run = start()

    page = text_of(desk.post(url("stop", run.pk), {"reason": reason}))

    assert sentence in page
    assert not RunStop.objects.exists()


def test_what_is_over_is_not_stopped(desk):
    run = conversion.carry_on(start())

    assert "Da gibt es nichts mehr anzuhalten." in halt(desk, run)
    assert not RunStop.objects.exists()


def test_a_stopped_run_that_counts_nothing_yet_can_be_dropped(desk, queue):
    run = start()
    page = halt(desk, run)
    assert "Lauf verwerfen" in page

    assert "Der Lauf ist verworfen." in text_of(desk.post(url("abandon", run.pk), follow=True))
    assert not RunStop.objects.exists()


def test_runs_are_started_for_the_clubs_whose_money_one_keeps(client):
    """Who leads another club may stop its runs, and starts none there."""
    selm = make_club("Clever Vibes Selm")
    roles.set_up(user=sign_in(client, FINANCE), club=selm, role=ADMIN, now=NOON)

    page = text_of(client.get(url("add")))
    assert f'<input type="hidden" name="club" value="{make_club().pk}"' in page
    form = {"key": str(uuid4()), "club": selm.pk, "cutoff": "2026-09-16T12:00"}
    for then in ("preview", "go"):
        text_of(client.post(url("add"), {**form, "then": then}))

    assert not ConversionRun.objects.exists()


def test_the_run_of_another_club_is_named_and_not_linked(desk):
    run = conversion.start(club=make_club("Clever Vibes Selm"), cutoff=NOON, now=NOON)

    page = text_of(desk.get(url("add")))
    assert "Gerade läuft eine Umrechnung: Clever Vibes Selm." in page
    stopping.stop(run=run, by=make_user("Svenja"), reason="Halt", now=NOON)
    page = text_of(desk.get(url("add")))
    assert "Eine Umrechnung ist angehalten: Clever Vibes Selm." in page

    assert url("change", run.pk) not in page
    assert desk.post(url("abandon", run.pk)).status_code == 302
    assert ConversionRun.objects.exists()


def test_who_may_stop_a_run_may_drop_it(client, queue):
    run = start()
    sign_in(client, ADMIN)
    assert "Lauf verwerfen" in halt(client, run)

    assert "Der Lauf ist verworfen." in text_of(client.post(url("abandon", run.pk), follow=True))


@pytest.mark.parametrize(("role", "status"), [(FINANCE, 302), (ADMIN, 302), (APPROVER, 403), (AUDITOR, 403)])
def test_who_may_stop(client, youths, role, status):
    run = start()
    sign_in(client, role)

    page = text_of(client.get(url("change", run.pk)))
    assert ("Lauf anhalten …" in page) is (status == 302)
    assert client.post(url("stop", run.pk), {"reason": "Halt"}).status_code == status
    assert RunStop.objects.exists() is (status == 302)
    assert client.post(url("resume", run.pk), {"reason": "Weiter"}).status_code == status


def test_another_towns_run_is_not_there(client, youths):
    run = start()
    client.force_login(make_user("Fern", club=make_club("Clever Vibes Unna"), is_staff=True, roles=[FINANCE]))

    for page in ("stop", "resume", "csv"):
        assert client.post(url(page, run.pk), {"reason": "Halt"}).status_code == 404


def test_a_stopped_run_waits_on_the_first_page(desk, youths):
    run = start()
    halt(desk, run)

    assert "Angehaltene Umrechnungsläufe" in text_of(desk.get(reverse("admin:index")))
    assert "angehalten" in text_of(desk.get(url("changelist")))


# ── Speed ────────────────────────────────────────────────────────────────────────────────────────
def test_how_long_it_will_take_is_known_from_the_third_chunk_on():
    run = start()
    share_out(run)

    def pay(number: int, seconds: int | None) -> progress.Progress:
        at = None if seconds is None else NOON + timedelta(seconds=seconds)
        run.chunks.create(number=number, first_account=0, last_account=0, counted_at=NOON, paid_at=at)
        return progress.of(ConversionRun.objects.get())

    for number in range(7):
        pay(number, None)
    pay(7, 0)
    assert pay(8, 10).left == ""
    found = pay(9, 20)
    assert (found.per_minute, found.left) == (6, "noch etwa 2 Minuten")
    run.chunks.filter(number__lt=5).delete()
    assert progress.of(ConversionRun.objects.get()).left == "noch höchstens eine Minute"


def test_the_log_tells_who_what_when_why_and_what_was_tried_again(desk, queue, youths):
    run = start()
    halt(desk, run, "Bitte warten")
    go_on(desk, run, "Gut so")
    conversion.lay_out(run=run)
    conversion.claim(run=run, number=1, step=State.COUNTING)
    run.chunks.update(leased_until=db.now() - timedelta(minutes=1))
    queue.take()
    tasks.carry_on()
    queue.work()
    run.refresh_from_db()

    assert progress.tried_again(run) == 1
    told = progress.log(run)
    assert [entry.what for entry in told if entry.who] == ["Gestartet", "Angehalten", "Fortgesetzt"]
    assert [entry.why for entry in told if entry.why] == ["Bitte warten", "Gut so"]
    assert told[-1].what == "Abgeschlossen"
    page = text_of(desk.get(url("change", run.pk)))
    assert "„Bitte warten“" in page
    assert "1 Mal wurde ein Abschnitt noch einmal begonnen" in page


# ── What came of it ──────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def done():
    reading, outside = make_category(), make_category("Technik & Natur", weekly_cap_minutes=60)
    mia, ben = make_youth("Mia"), make_youth("Ben")
    make_approved(mia, category=reading, minutes=60)
    make_approved(ben, category=outside, minutes=90)
    make_approved(make_youth("Ida", seen=False), minutes=30)
    make_pool(coins=12, name="=Lesen", sponsor=make_sponsor("Stadtwerke"))
    make_pool(coins=5, name="Werken", sponsor=make_sponsor("Sparkasse"))
    return conversion.convert(club=make_club(), cutoff=LATER, now=LATER)


def test_the_result_says_what_was_paid_by_whom_for_what_and_what_waited(desk, done):
    page = text_of(desk.get(url("change", done.pk)))

    told = report.of(ConversionRun.objects.get())
    assert [(row.pays, row.youths) for row in told.pools] == [(12, 2), (5, 1)]
    assert [(row.name, row.minutes, row.counted, row.coins) for row in told.themes] == [
        ("Lesen & Vorlesen", 60, 60, 10), ("Technik & Natur", 90, 60, 10),
    ]  # fmt: skip
    assert sorted(told.spread) == [(8, 1), (9, 1)]
    assert "Diese Woche 17 von 20" in page
    assert "Wochengrenze der Kategorie" in page
    assert "Es wurde noch niemand gesehen" in page
    assert "Der Weg dieser Coins" in page
    assert "Mia" not in page


def test_what_waited_is_told_as_it_was_that_day(done):
    make_approved(make_youth("Uli", seen=False))

    assert [(row.entries, row.youths) for row in report.of(ConversionRun.objects.get()).waits] == [(1, 1)]


def test_what_a_preview_promises_a_run_keeps(youths):
    told = _preview_report()

    run = conversion.convert(club=make_club(), cutoff=LATER, now=LATER)

    kept = report.of(run)
    assert (told.quota, told.spread, told.themes, told.cuts) == (kept.quota, kept.spread, kept.themes, kept.cuts)
    assert [row.pays for row in told.pools] == [row.pays for row in kept.pools]


def test_the_sums_leave_as_csv_and_no_cell_is_a_formula(desk, done):
    answer = desk.get(url("csv", done.pk))

    assert answer["Content-Disposition"] == 'attachment; filename="umrechnung-2026-09-16.csv"'
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert {len(row) for row in rows} == {7}
    assert ["Topf", "Stadtwerke: =Lesen", "2", "", "", "", "12"] in rows
    assert ["Kategorie", "Technik & Natur", "", "1", "90", "60", "10"] in rows
    assert ["Verteilung", "bekommt so viele Coins", "1", "", "", "", "9"] in rows
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_the_page_asks_as_much_for_many_as_for_few(desk, done, django_assert_max_num_queries, unhurried):
    desk.get(url("change", done.pk))

    with django_assert_max_num_queries(60):
        desk.get(url("change", done.pk))


def test_a_coin_is_followed_from_the_run_to_the_shop_and_back_from_the_settlement(client, done):
    sign_in(client, FINANCE)
    mia = YouthProfile.objects.get(user__first_name="Mia")
    held = redemption.hold(offer=make_offer("Zwei Kugeln Eis", price_coins=8), youth=mia, now=LATER)
    redemption.redeem(hold=held, by=make_user("Rana"), now=LATER)
    settlement.settle(partner=held.offer.partner, cutoff=LATER + 2 * DAY, by=None, now=LATER + 3 * DAY)

    page = text_of(client.get(url("change", done.pk)))
    for station in ("60 von 60 Minuten zählen", "Coins aus „=Lesen“", "Zwei Kugeln Eis, 8 Coins bei Bäckerei Kamp"):
        assert station in page

    back = client.get(reverse("admin:partners_settlement_change", args=[Settlement.objects.get().pk]))
    for station in ("Der Weg dieser Coins", "60 von 60 Minuten zählen", "Lauf vom 16.09.2026", "Zwei Kugeln Eis"):
        assert station in text_of(back)
    assert "Mia" not in text_of(back)
