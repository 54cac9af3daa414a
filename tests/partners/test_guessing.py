"""Whether a counter can tell an unknown code from another shop's: by the words never, and hardly by the clock."""

import random
import time
from statistics import median

import pytest

from clevervibes.lib import db
from partners import redemption
from partners.models import MissCount
from tests.concurrency import chosen_seed, reports, scaled
from tests.factories import make_hold, make_manager, make_offer, make_partner

PAIRS, MOST_MS = 1_000, 10


@pytest.mark.slow
@pytest.mark.django_db
def test_the_clock_does_not_tell_an_unknown_code_from_another_shops(sign_in):
    here, elsewhere = make_hold(now=db.now()), make_hold(offer=make_offer(partner=make_partner("Kino")), now=db.now())
    till = sign_in(make_manager(here.offer.partner))
    texts = {"unknown": "CCCC-CCCC", "elsewhere": redemption.show_code(hold=elsewhere).code}
    took: dict[str, list[float]] = {name: [] for name in texts}
    source = random.Random(chosen_seed())
    pages = set()

    for _pair in range(scaled(PAIRS)):
        MissCount.objects.all().delete()  # else the fifth try would be the last
        for name in source.sample(sorted(texts), 2):
            began = time.perf_counter()
            answer = till.post("/theke/", {"code": texts[name]})
            took[name].append(time.perf_counter() - began)
            pages.add((answer.status_code, "Diesen Code kennen wir hier nicht" in answer.content.decode()))

    apart = abs(median(one - other for one, other in zip(took["unknown"], took["elsewhere"], strict=True))) * 1000
    reports.append(f"R10 unknown and another shop's code: {apart:.2f} ms apart, median of {scaled(PAIRS)} pairs")
    assert pages == {(404, True)}
    assert apart <= MOST_MS
