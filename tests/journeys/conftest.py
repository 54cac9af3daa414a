"""What every story needs."""

import pytest

from tests.journeys.browsers import Studio


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["told", "looked-at"])
def studio(request, chromium, live_server, artefacts) -> Studio:
    """Each story is told in every run; pictures and axe, at every step of it, take three times as long."""
    return Studio(chromium, live_server.url, artefacts, looking=request.param)
