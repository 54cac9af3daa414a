"""The ground every test stands on: databases by the owner, everything else as the app's own role.

`./club test` sets the addresses. Each worker of pytest-xdist has its own database and its own cache.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from weakref import WeakSet

import psycopg2
import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.http import HttpRequest
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from tests.queue import Queue

_FIRST_TEST_CACHE = 2  # 0 is the broker, 1 the demo's cache; Valkey has 16


def pytest_configure(config: pytest.Config) -> None:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    settings.CACHES["default"]["LOCATION"] = f"{settings.REDIS_URL}/{_FIRST_TEST_CACHE + worker}"
    settings.CELERY_TASK_DEFAULT_QUEUE = f"test-{worker}"
    # Files are served from where they lie; test_consistency runs collectstatic with the real storage.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    # pytest-django's live server would do so only for an app called django.contrib.staticfiles.
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    # Argon2 is slow on purpose; the tests sign in a thousand times.
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
    # Nobody of the team in these tests holds an authenticator. Those about it switch the duty on.
    settings.SECOND_FACTOR_DUTY = False
    # Chance has no place in tests: those about the draw ask for it.
    settings.SAMPLE_PERCENT = 0
    user_logged_in.connect(_stand_for_a_password)


def _stand_for_a_password(request: HttpRequest, user: object, **kwargs: object) -> None:
    """Have `client.force_login` stand for a password typed this very moment, as far as the session tells."""
    if type(request) is HttpRequest:  # the bare one that Django's test client makes
        record_authentication(request, user, method="password")


# ── Databases ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    # "default" becomes a second way into the owner's test database, under its own role.
    connections["default"].settings_dict["TEST"]["MIRROR"] = "owner"


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, django_db_modify_db_settings) -> Iterator[None]:
    """Create and migrate the test database as its owner, and keep a copy for tests that commit."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default", "owner"}, serialized_aliases=set())
        name = connection.settings_dict["NAME"]
        connections.close_all()
        _as_owner(f'CREATE DATABASE "{name}_empty" TEMPLATE "{name}"', *_rights_on(name))
    TransactionTestCase._fixture_teardown = _renew_database
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        _as_owner(f'DROP DATABASE "{name}_empty"')
        teardown_databases(made, verbosity=0)


def _renew_database(test: TransactionTestCase) -> None:
    """Replace the database that a transactional test wrote to by a copy of the migrated one.

    Django would TRUNCATE every table. Append-only tables refuse that, and rows made by migrations would be lost.
    """
    name, owner = connection.settings_dict["NAME"], connections["owner"].settings_dict["USER"]
    connections.close_all()
    _on_server(
        # Of the superuser, where it is ours: a browser that was closed in the middle of a page leaves a session of the
        # app's role behind, and the owner may end none but its own.
        os.environ.get("DATABASE_SUPERUSER_URL", os.environ["DATABASE_OWNER_URL"]),
        f'DROP DATABASE "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}" TEMPLATE "{name}_empty" OWNER {owner} STRATEGY FILE_COPY',
        *_rights_on(name),
    )


def _rights_on(database: str) -> list[str]:
    """Return the statements that let in the app's role alone, with what it may do in life: a copy forgets them."""
    app = settings.DATABASE_APP_ROLE
    return [
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC',
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO {app}',
    ]


def _as_owner(*statements: str) -> None:
    _on_server(os.environ["DATABASE_OWNER_URL"], *statements)


def _on_server(url: str, *statements: str) -> None:
    with closing(_connect(url, "postgres")) as session, session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _connect(url: str, database: str):
    session = psycopg2.connect(f"{url.rpartition('/')[0]}/{database}")
    session.autocommit = True
    return session


@pytest.fixture
def superuser_sql(request: pytest.FixtureRequest):
    """Return a cursor of PostgreSQL's superuser on the test database: nothing refuses it, no transaction holds it."""
    request.getfixturevalue("transactional_db")
    session = _connect(os.environ["DATABASE_SUPERUSER_URL"], connection.settings_dict["NAME"])
    yield session.cursor()
    session.close()


# ── After every test that used the database, the books must balance ──────────────────────────────
@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    outcome = yield
    if _uses_database(item) and not item.get_closest_marker("corrupts_ledger"):
        _check_ledger()
    return outcome


def _uses_database(item: pytest.Item) -> bool:
    doors = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}
    return bool(item.get_closest_marker("django_db") or doors & set(getattr(item, "fixturenames", [])))


def _check_ledger() -> None:
    # A transaction that PostgreSQL has already broken off answers nothing and will store nothing.
    session = connection.connection
    if session is not None and session.info.transaction_status == TRANSACTION_STATUS_INERROR:
        return
    bad = [f"{name}: {count} bad, {example}" for name, count, example in _ask_ledger() if count]
    assert not bad, "the ledger's invariants do not hold after this test: " + "; ".join(bad)


def _ask_ledger() -> list[tuple[str, int, str | None]]:
    """Return the rows of `ledger_check`, planned once a session: planning takes seven times as long as the answer."""
    from coins import reconciliation

    with transaction.atomic(), connection.cursor() as cursor:
        session = connection.connection
        if session not in _PREPARED:
            reconciliation.prepare("ledger_check")
            _PREPARED.add(session)
        cursor.execute("SET LOCAL statement_timeout = '10min'; SET LOCAL jit = off; EXECUTE ledger_check")
        return cursor.fetchall()


_PREPARED: WeakSet = WeakSet()


# ── Things that must not leak from one test into the next ────────────────────────────────────────
@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Sign-in limits count in the cache; every test starts with none of them used up."""
    cache.clear()


@pytest.fixture(autouse=True)
def _speak_german() -> None:
    """A request leaves its language with the thread; in life the next request sets its own, here a command follows."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def patient_snapshots(monkeypatch) -> None:
    """Snapshots wait for every open transaction of the server, also for a long test beside us."""
    monkeypatch.setattr("coins.snapshots.PATIENCE", timedelta(minutes=6))


@pytest.fixture
def unhurried(monkeypatch) -> None:
    """Two looks at a page ask the same, however long the machine takes between them: no second is noted as use."""
    monkeypatch.setattr("accounts.security.sessions.GRAIN", timedelta(hours=1))


@pytest.fixture(autouse=True)
def _count_in_peace(request: pytest.FixtureRequest) -> None:
    counting = {"django_assert_num_queries", "django_assert_max_num_queries"} & set(request.fixturenames)
    if counting or hasattr(request.module, "CaptureQueriesContext"):
        request.getfixturevalue("unhurried")


# ── Workers ──────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def queue(settings) -> Iterator[Queue]:
    """Return the queue that workers take tasks from; in this test they are really sent, and wait there."""
    settings.WAKE_RELAY = True
    queue = Queue()
    queue.take()
    yield queue
    queue.take()


# ── Longer rigs ──────────────────────────────────────────────────────────────────────────────────
def pytest_terminal_summary(terminalreporter) -> None:
    """Print what the rigs have counted, also when all is well."""
    from tests.access.counting import counted
    from tests.concurrency import reports

    lines = [*reports, *counted(terminalreporter)]
    if lines:
        terminalreporter.section("rigs")
        for line in lines:
            terminalreporter.line(line)


# ── A browser ────────────────────────────────────────────────────────────────────────────────────
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Return a running Chromium (Playwright's sync Browser), or skip naming the line that installs one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = [sys.executable, "-m", "playwright", "--version"]
    if not path or subprocess.run(driver, capture_output=True, check=False).returncode:
        # Where .ci/run has installed them, a browser that is missing is a fault and not a circumstance.
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("no Chromium here that can be steered: apt-get install chromium libatomic1")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # milliseconds: a busy machine is slow, not wrong

    # Playwright's sync calls keep an event loop running in this thread, which Django takes for async code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    # Beside a running loop Django keeps other connections than without one: those of before could never be closed
    # again, and a database with a session on it cannot be renewed.
    connections.close_all()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
        connections.close_all()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium) -> Iterator:
    """Return a fresh page the size of a phone."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="de-DE", timezone_id="Europe/Berlin")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Return the folder whose files are kept after a run: screenshots, reports."""
    folder = Path(__file__).resolve().parent.parent / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def admin_user(db: None) -> object:
    """Somebody of the team with every role, where pytest-django would make a superuser without any."""
    from tests.factories import make_user

    return make_user("Svenja", is_staff=True, is_superuser=True)
