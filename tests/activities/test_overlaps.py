"""Two phones at once: whatever they post, no two stored times of a youth overlap, and touching ones are both kept."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from accounts.models import YouthProfile
from activities import entries
from activities.models import Category, SharedTimeEntry
from clevervibes.lib import db
from tests.concurrency import chosen_seed, scaled, tell
from tests.factories import NOON, make_category, make_details, make_youth

pytestmark = pytest.mark.django_db(transaction=True)

SLOT = timedelta(hours=9)
SLOTS_OF_A_YOUTH = 33  # within the fourteen days
FEW, MANY = 60, 5_000

Time = tuple[datetime, int]


def pair(source: random.Random, slot: datetime) -> tuple[Time, Time]:
    """Return two times within a slot: nested, equal, crossing, touching or apart."""
    first, length = source.randrange(0, 240), source.randrange(15, 241)
    kind = source.choice(("any", "equal", "nested", "touching", "crossing"))
    second, other = {
        "any": (source.randrange(0, 240), source.randrange(15, 241)),
        "equal": (first, length),
        "nested": (first + source.randrange(0, max(length - 15, 1)), 15),
        "touching": (first + length, source.randrange(15, 60)),
        "crossing": (first + length - 1, source.randrange(15, 60)),
    }[kind]
    times = [(slot + timedelta(minutes=first), length), (slot + timedelta(minutes=second), other)]
    source.shuffle(times)
    return times[0], times[1]


def do_overlap(one: Time, other: Time) -> bool:
    (first, length), (second, more) = one, other
    return first < second + timedelta(minutes=more) and second < first + timedelta(minutes=length)


Round = tuple[YouthProfile, Time, Time]


def drawn(number: int, source: random.Random, until: datetime, slots: int = SLOTS_OF_A_YOUTH) -> list[Round]:
    """Return `number` pairs, each in a slot of its own."""
    rows: list[Round] = []
    while len(rows) < number:
        youth = make_youth()
        for slot in range(slots):
            rows.append((youth, *pair(source, until - SLOT * (slot + 1))))
    return rows[:number]


def stored_overlaps() -> int:
    """Count the overlaps in what is stored, by a query that knows nothing of the constraint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM activities_sharedtimeentry a JOIN activities_sharedtimeentry b"
            "    ON a.youth_id = b.youth_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
        )
        found: int = cursor.fetchone()[0]
    return found


def wrongly_refused(rows: list[Round]) -> int:
    """Count the pairs of which less was stored than could have been."""
    per_slot: dict[tuple[int, datetime], int] = {}
    for youth_id, starts_at in SharedTimeEntry.objects.values_list("youth_id", "starts_at"):
        per_slot[youth_id, starts_at] = per_slot.get((youth_id, starts_at), 0) + 1
    bad = 0
    for youth, one, other in rows:
        starts = {one[0], other[0]}
        stored = sum(per_slot.get((youth.pk, start), 0) for start in starts)
        bad += stored != (1 if do_overlap(one, other) else 2)
    return bad


def play(rows: list[Round], post: Callable[[YouthProfile, Time], object]) -> list[object]:
    """Post both times of each pair at the same moment: two threads that meet before every round."""
    barrier, answers = threading.Barrier(2), []

    def phone(which: int) -> None:
        try:
            for row in rows:
                barrier.wait(60)
                answers.append(post(row[0], row[1 + which]))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=phone, args=(which,), daemon=True) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def by_service(category: Category) -> Callable[[YouthProfile, Time], object]:
    def post(youth: YouthProfile, time: Time) -> object:
        details = make_details(starts_at=time[0], minutes=time[1], category=category)
        try:
            return entries.log(youth=youth, by=youth.user, details=details, now=NOON)
        except entries.Overlaps as refusal:
            return refusal

    return post


def test_two_phones_post_pairs_through_the_api():
    now = db.now().replace(second=0, microsecond=0)
    source, category = random.Random(chosen_seed()), make_category()
    rows = drawn(FEW, source, now, slots=entries.LOGGED_A_DAY.most // 2)

    def post(youth: YouthProfile, time: Time) -> int:
        client = APIClient()
        client.force_authenticate(youth.user)
        body = {
            "category": category.slug, "starts_at": time[0].isoformat(),
            "ends_at": (time[0] + timedelta(minutes=time[1])).isoformat(), "companion": {"relation": "parent"},
            "did": "Gelesen",
        }  # fmt: skip
        return client.post("/api/v1/entries/", body, format="json").status_code

    answers = play(rows, post)

    assert set(answers) <= {201, 400}
    assert answers.count(201) == SharedTimeEntry.objects.count()
    assert (stored_overlaps(), wrongly_refused(rows)) == (0, 0)


@pytest.mark.slow
def test_thousands_of_pairs_in_parallel_posts_store_no_overlap():
    seed, number = chosen_seed(), scaled(MANY)
    rows = drawn(number, random.Random(seed), NOON)
    answers = play(rows, by_service(make_category()))

    overlapping = sum(do_overlap(one, other) for _youth, one, other in rows)
    touching = sum(one[0] + timedelta(minutes=one[1]) == other[0] or other[0] + timedelta(minutes=other[1]) == one[0]
                   for _youth, one, other in rows)  # fmt: skip
    more = f"{overlapping} overlapping and {touching} touching pairs; refused wrongly {wrongly_refused(rows)}"
    report = tell("stored overlaps", bad=stored_overlaps(), of=number, seed=seed, more=more)
    assert all(isinstance(answer, (SharedTimeEntry, entries.Overlaps)) for answer in answers)
    assert (report.bad, wrongly_refused(rows)) == (0, 0)


@pytest.mark.slow
def test_without_the_constraint_nearly_every_overlap_is_stored(superuser_sql):
    """The control: the lock on the youth makes two phones wait for each other, it keeps nothing out."""
    superuser_sql.execute("ALTER TABLE activities_sharedtimeentry DROP CONSTRAINT activities_no_overlap")
    seed, number = chosen_seed(), scaled(300)
    rows = drawn(number, random.Random(seed), NOON)
    play(rows, by_service(make_category()))

    overlapping = sum(do_overlap(one, other) for _youth, one, other in rows)
    report = tell("control, no constraint: stored overlaps", bad=stored_overlaps(), of=overlapping, seed=seed)
    assert report.bad >= 0.9 * overlapping
