"""A browser of one's own for everybody in a story. It complains about what nobody would see."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from accounts.models import User
from tests.journeys.town import PASSWORD

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TABLET = {"viewport": {"width": 834, "height": 1112}, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


class Complaints(list[str]):
    """What went wrong out of sight: errors in the console, refused content, answers from elsewhere."""

    def watch(self, page: Page, home: str) -> None:
        page.on("console", lambda message: message.type == "error" and self.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self._elsewhere(request.url, home))
        page.on(
            "response", lambda response: response.status >= 500 and self.append(f"{response.status} {response.url}")
        )

    def _elsewhere(self, url: str, home: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "chrome", "chrome-extension") and parts.netloc != urlsplit(home).netloc:
            self.append(f"asked somebody else: {url}")


class Studio:
    """Opens browsers and, if `looking`, keeps pictures of what they show and has axe search it."""

    def __init__(self, chromium: Browser, home: str, folder: Path, *, looking: bool) -> None:
        self.chromium, self.home, self.folder, self.looking = chromium, home, folder, looking
        self.complaints = Complaints()
        self.pictures = 0

    @contextmanager
    def browser(self, who: User, device: dict) -> Iterator[Page]:
        """Yield the page of `who`, signed in through the form."""
        with self.guest(device) as page:
            page.goto("/anmelden/")
            page.get_by_label("Benutzername").fill(who.username)
            page.get_by_label("Passwort", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Anmelden", exact=True).click()
            page.wait_for_url("**/start/")
            yield page

    @contextmanager
    def guest(self, device: dict) -> Iterator[Page]:
        """Yield the page of somebody who has just taken up the phone."""
        context = self.chromium.new_context(
            **device, base_url=self.home, locale="de-DE", timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        try:
            context.set_default_timeout(15_000)
            page = context.new_page()
            self.complaints.watch(page, self.home)
            yield page
        finally:
            context.close()

    def look_at(self, page: Page, name: str) -> None:
        """Keep a picture, and have axe look for what keeps people out."""
        self.keep(page, name)
        if self.looking:
            found = Axe().run(page).response["violations"]
            assert [row["id"] for row in found if row["impact"] in {"serious", "critical"}] == [], (name, found)

    def keep(self, page: Page, name: str) -> None:
        """Keep what the page shows in the folder of artefacts, light and dark."""
        if not self.looking:
            return
        self.pictures += 1
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(300)  # until the new colours are painted
            page.screenshot(animations="disabled", path=self.folder / f"{self.pictures:02}-{name}-{scheme}.png")
