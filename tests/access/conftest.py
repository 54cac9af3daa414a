"""One town for all questions of a module: what a question changes is undone, so it is built once."""

import logging
from collections.abc import Iterator

import pytest
from django.db import connections

from coins import reconciliation
from tests.access import town


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[town.World]:
    logging.disable(logging.ERROR)  # of each refusal Django would tell, thousands of times
    with django_db_blocker.unblock():
        with town.undone():
            yield town.build()
            bad = [result.name for result in reconciliation.check() if result.bad]
        connections.close_all()
    logging.disable(logging.NOTSET)
    assert not bad, f"the ledger's invariants do not hold after the questions: {bad}"
