"""Every page that a link leads to, as everybody who may sign in: axe, the keyboard, the width of a small phone."""

from collections import Counter, deque
from collections.abc import Iterator
from io import StringIO
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page

from accounts.models import User
from clevervibes.demo.logins import LOGINS
from tests.concurrency import tell
from tests.journeys.browsers import Complaints

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SMALLEST = {"width": 360, "height": 740}
OF_A_KIND = 1  # pages of one route that are looked at, for each person
MOST_STOPS = 400
REPAINTED = 300  # milliseconds until colours have changed over

# Not pages of ours: the theme of the admin, files, what a machine reads, and the way out.
NOT_WALKED = ("/admin/", "/api/", "/static/", "/media/", "/anmelden/abmelden/", "/sw.js", "/manifest.webmanifest")


@pytest.fixture
def demo(settings, tmp_path) -> None:
    settings.DEMO, settings.MEDIA_ROOT = True, tmp_path
    call_command("seed_demo", stdout=StringIO(), stderr=StringIO(), youths=40, weeks=4, seed=1, pictures=False)


def test_every_page_can_be_read_and_worked_by_everybody(chromium, live_server, demo):
    found: list[str] = []
    looked = Counter()
    for username in [None, *(login.username for login in LOGINS if not login.username.startswith("team"))]:
        for path, complaints in walk(chromium, live_server.url, username):
            looked[username or "guest"] += 1
            found += [f"{username or 'guest'} {path}: {complaint}" for complaint in complaints]

    each = ", ".join(f"{who} {pages}" for who, pages in looked.items())
    tell("pages by axe, keyboard and width", bad=len(found), of=sum(looked.values()), seed=1, more=each)
    assert found == [], "\n".join(found)


def walk(chromium: Browser, home: str, username: str | None) -> Iterator[tuple[str, list[str]]]:
    """Yield each page that `username` finds by following links, with what is wrong on it."""
    context = chromium.new_context(viewport=SMALLEST, base_url=home, locale="de-DE", reduced_motion="reduce")
    if username is not None:
        client = Client()
        client.force_login(User.objects.get(username=username))
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": home}])
    page = context.new_page()
    unseen = Complaints()
    unseen.watch(page, home)
    seen, kinds, waiting = set(), Counter(), deque(["/", "/start/"])
    while waiting:
        path = waiting.popleft()
        if path in seen or (kind := kind_of(path)) is None or kinds[kind] == OF_A_KIND:
            continue
        seen.add(path)
        kinds[kind] += 1
        try:
            answer = page.goto(path)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            continue  # a file, not a page
        if answer and "html" not in answer.headers.get("content-type", "html"):
            page.goto("about:blank")
            unseen.clear()  # of the browser's own viewer
            continue
        complaints = [] if answer and answer.ok else [f"answers {answer and answer.status}"]
        open_everything(page)
        waiting += links_of(page, home)
        complaints += [*by_axe(page), *by_keyboard(page), *by_width(page), *unseen]
        unseen.clear()
        yield path, complaints
    context.close()


def kind_of(path: str) -> str | None:
    if path.startswith(NOT_WALKED):
        return None
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return path


def links_of(page: Page, home: str) -> list[str]:
    targets = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
    parts = [urlsplit(target) for target in targets if target.startswith(home)]
    return [f"{part.path}?{part.query}" if part.query else part.path for part in parts]


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(each => { each.open = true })")


def by_axe(page: Page) -> Iterator[str]:
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(REPAINTED)
        for row in Axe().run(page).response["violations"]:
            if row["impact"] in {"serious", "critical"}:
                yield f"{row['id']} ({scheme}) {row['nodes'][0]['html'][:120]}"


def by_width(page: Page) -> Iterator[str]:
    if over := page.evaluate("document.documentElement.scrollWidth - innerWidth"):
        yield f"{over} px wider than the phone"


# Radio buttons of one name are one stop, as browsers have it.
_STOPS = """() => {
    const groups = new Set(), kinds = "a[href], button, input, select, textarea, summary, [tabindex]"
    return [...document.querySelectorAll(kinds)].filter(it => {
        if (it.tabIndex < 0 || it.disabled || !it.checkVisibility({visibilityProperty: true})) return false
        if (it.type !== "radio") return true
        const group = (it.form ? it.form.id + it.form.action : "") + it.name
        return !groups.has(group) && groups.add(group)
    }).map((it, n) => { it.dataset.stop = it.dataset.stop || n; return it.outerHTML.slice(0, 100) })
}"""
_HERE = """() => {
    const it = document.activeElement
    const rings = (one, part) => {
        const style = getComputedStyle(one, part)
        return style.outlineStyle !== "none" || style.boxShadow !== "none"
    }
    const around = [it, ...(it.labels || [])]
    const framed = up => up && (getComputedStyle(up).outlineStyle !== "none" || framed(up.parentElement))
    const group = it.type === "radio" && [...document.getElementsByName(it.name)].find(one => one.form === it.form &&
                                                                                     one.dataset.stop)
    return {stop: (group || it).dataset.stop, html: it.outerHTML.slice(0, 100),
            shown: it === document.body || framed(it.parentElement) ||
                   around.some(one => [null, "::before", "::after"].some(part => rings(one, part)))}
}"""


def by_keyboard(page: Page) -> Iterator[str]:
    """Press Tab all the way round: whatever can be worked must be passed, and must look different then."""
    wanted = page.evaluate(_STOPS)
    inner = 8 * page.locator("input[type^=date], input[type=time], input[type=month]").count()  # day, month, year, …
    passed = set()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for _press in range(min(len(wanted) + 10 + inner, MOST_STOPS)):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here["stop"] is None:
            continue
        if here["stop"] not in passed and not here["shown"]:
            yield f"no one sees where the keyboard is: {here['html']}"
        passed.add(here["stop"])
    for n, html in enumerate(wanted):
        if str(n) not in passed:
            yield f"no key leads to {html}"
