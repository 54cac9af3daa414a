"""One effect and one answer per key, however often a call is repeated.

The kept answer is written in the transaction of the effect, so there is no moment in which one exists
without the other.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.models import KeptAnswer

KEEP = timedelta(days=30)


class KeyRequired(DomainError):
    code = "idempotency_key_required"
    message = _("Es fehlt der Idempotency-Key (eine UUID, für jede neue Absicht eine neue).")
    status = 400


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    message = _("Dieser Idempotency-Key gehört schon zu einem anderen Aufruf.")
    status = 422


class InFlight(DomainError):
    """The first call with this key has not ended yet."""

    code = "in_flight"
    retry_after_seconds = 1
    message = _("Dieser Aufruf läuft gerade noch. Bitte gleich noch einmal versuchen.")


@dataclass(frozen=True)
class Answer:
    status: int
    body: object
    replayed: bool = False


def fingerprint(method: str, path: str, body: object) -> str:
    return hashlib.sha256(json.dumps([method, path, body], sort_keys=True, default=str).encode()).hexdigest()


def once(*, scope: str, key: UUID, fingerprint: str, call: Callable[[], Answer], wait: bool = False) -> Answer:
    """Return the answer kept for `key`, or `call()` and keep what it answers.

    A refusal (`DomainError`) rolls the effect back and is not kept: the same key may succeed later.

    :raises InFlight: if another connection is working under this key right now and `wait` is off. A page waits: of
        a double click the browser shows the second answer only.
    :raises KeyReused: if the key belongs to a call with another fingerprint.
    """
    return db.retrying(lambda: _once(scope, key, fingerprint, call, wait))


def _once(scope: str, key: UUID, fingerprint: str, call: Callable[[], Answer], wait: bool) -> Answer:
    with transaction.atomic(durable=True):
        name = f"key:{scope}:{key}"
        if wait:
            db.lock_name(name)
        elif not db.try_lock_name(name):
            raise InFlight
        kept = KeptAnswer.objects.filter(scope=scope, key=key).first()
        if kept is not None:
            if kept.fingerprint != fingerprint:
                raise KeyReused
            return Answer(kept.status, kept.body, replayed=True)
        token = db.inside_keyed_block.set(True)
        try:
            answer = call()
        finally:
            db.inside_keyed_block.reset(token)
        KeptAnswer.objects.create(
            scope=scope, key=key, fingerprint=fingerprint, status=answer.status, body=answer.body, created_at=db.now()
        )
        return answer


def forget(now: datetime) -> int:
    """Delete the answers that are older than 30 days and return how many they were."""
    return KeptAnswer.objects.filter(created_at__lt=now - KEEP).delete()[0]
