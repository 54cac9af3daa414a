"""What is printed: the sign for a shop's door, and a code on paper for who has no phone."""

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clevervibes.lib import periods
from clevervibes.lib.pdf import DEEP, DEEP_MUTED, INK, LINE, MUTED, SUN, WHITE, Sheet, printable
from partners.codes import Code
from partners.models import Hold, Partner

CENTRE = 105  # millimetres, of a page 210 wide


def address_of(partner: Partner) -> str:
    """Return the address of a shop's offers, as its sign shows it."""
    return f"{settings.PUBLIC_URL}{reverse('partners:catalog')}?laden={partner.public_id}"


def sign(partner: Partner, *, made_at: datetime) -> bytes:
    """Draw the sign for the door: the QR leads to this shop's offers, the address stands below for who cannot scan."""
    page = Sheet(
        title=_("Schild: {shop}").format(shop=partner.name), foot="Clever Vibes Club", language=_language(),
        made_at=made_at,
    )  # fmt: skip
    page.set_auto_page_break(False)
    page.add_page()
    page.set_fill_color(*DEEP)
    page.rect(0, 0, 210, 86, style="F")
    page.set_fill_color(*SUN)
    page.rect(0, 86, 210, 3, style="F")
    _middle(page, 20, "Clever Vibes Club", size=16, color=DEEP_MUTED)
    _middle(page, 32, _("Hier gelten Deine Coins"), size=34, bold=True, color=WHITE, height=14)
    _middle(page, 64, partner.name, size=20, bold=True, color=SUN, height=9)
    page.qr_code(address_of(partner), x=CENTRE - 55, y=102, side=110)
    _middle(page, 218, _("Scannen und sehen, was es hier für Coins gibt"), size=18, bold=True, color=INK, height=8)
    _middle(page, 240, address_of(partner), size=10, color=MUTED, height=5)
    return page.file()


def code_sheet(hold: Hold, code: Code) -> bytes:
    """Draw a code on paper. Whoever has the paper can redeem it, so it names the shop and nobody else."""
    page = Sheet(
        title=_("Code für {title}").format(title=hold.title), foot="Clever Vibes Club", language=_language(),
        made_at=hold.placed_at,
    )  # fmt: skip
    page.set_auto_page_break(False)
    page.add_page()
    partner = hold.offer.partner
    page.set_fill_color(*DEEP)
    page.rect(0, 0, 210, 14, style="F")
    page.set_y(28)
    page.line_of(hold.title, size=26, bold=True, color=DEEP, height=12)
    page.line_of(partner.name, size=16, height=8)
    where = ", ".join(filter(None, [partner.organisation.street, " ".join(
        filter(None, [partner.organisation.postcode, partner.organisation.town])
    )]))  # fmt: skip
    if where:
        page.line_of(where, size=11, color=MUTED)
    page.qr_code(code.url, x=CENTRE - 45, y=82, side=90)
    _middle(page, 176, code.code, size=34, bold=True, color=INK, height=14)
    until = date_format(hold.expires_at.astimezone(periods.BERLIN), "j. F Y, H:i")
    price = _("{coins} Coins").format(coins=hold.price_coins)
    _middle(page, 198, price, size=16, bold=True, color=DEEP, height=8)
    _middle(page, 210, _("Gilt bis {until} Uhr, nur bei {shop}.").format(until=until, shop=partner.name), size=12,
            color=INK, height=6)  # fmt: skip
    page.set_draw_color(*LINE)
    page.line(CENTRE - 60, 226, CENTRE + 60, 226)
    _middle(page, 230, _("An der Theke zeigen. Wer das Blatt hat, kann es einlösen: Pass gut darauf auf."), size=11,
            color=MUTED, height=6)  # fmt: skip
    return page.file()


def sign_answer(partner: Partner, *, released_at: datetime) -> HttpResponse:
    return _pdf(sign(partner, made_at=released_at), "schild.pdf")


def code_answer(hold: Hold, code: Code) -> HttpResponse:
    response = _pdf(code_sheet(hold, code), "code.pdf")
    response["Cache-Control"] = "no-store"
    return response


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _middle(page: Sheet, y: int, text: str, *, size: int, color: tuple[int, int, int], bold: bool = False,
            height: int = 7) -> None:  # fmt: skip
    page.set_xy(page.l_margin, y)
    page.write_in(size, bold=bold, color=color)
    page.flow(0, height, printable(text), align="C")


def _language() -> str:
    return translation.get_language() or "de"
