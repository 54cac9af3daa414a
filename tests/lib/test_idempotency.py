"""One key, one effect, one answer."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Club
from clevervibes.lib import db, idempotency
from clevervibes.lib.errors import DomainError
from tests.concurrency import in_parallel


class Refused(DomainError):
    pass


@db.service
def found(slug, *, refuse=False):
    club = Club.objects.create(slug=slug, name=slug, town="Lünen")
    if refuse:
        raise Refused
    return club


def call(key, slug="luenen", *, scope="user:1", body=None, refuse=False):
    return idempotency.once(
        scope=scope,
        key=key,
        fingerprint=idempotency.fingerprint("POST", "/clubs/", body or {"slug": slug}),
        call=lambda: idempotency.Answer(201, {"id": found(f"{slug}-{uuid4().hex[:6]}", refuse=refuse).slug}),
    )


@pytest.mark.django_db(transaction=True)
def test_a_repeated_call_gets_the_same_answer_and_no_second_effect():
    key = uuid4()
    first, second = call(key), call(key)
    assert (first.status, first.body) == (second.status, second.body)
    assert (first.replayed, second.replayed) == (False, True)
    assert Club.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_another_body_under_the_same_key_is_refused():
    key = uuid4()
    call(key)
    with pytest.raises(idempotency.KeyReused):
        call(key, "werne")
    assert Club.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_keys_of_different_people_are_independent():
    key = uuid4()
    call(key)
    call(key, scope="user:2")
    assert Club.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_refusal_leaves_nothing_and_the_key_may_try_again():
    key = uuid4()
    with pytest.raises(Refused):
        call(key, refuse=True)
    assert not Club.objects.exists()
    assert call(key).status == 201


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_have_one_effect():
    key = uuid4()
    results = in_parallel(*[lambda: call(key)] * 50)
    bodies = {str(result.body) for result in results if isinstance(result, idempotency.Answer)}
    in_flight = [result for result in results if isinstance(result, idempotency.InFlight)]
    assert len(bodies) == 1
    assert len(results) == 50 == len(in_flight) + sum(isinstance(r, idempotency.Answer) for r in results)
    assert Club.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_answers_are_forgotten_after_thirty_days():
    call(uuid4())
    assert [idempotency.forget(db.now() + timedelta(days=days)) for days in (29, 31)] == [0, 1]
