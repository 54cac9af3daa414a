"""Pages of the club's own words, for everybody. None of them touches the session of a guest."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.models import Club, User
from accounts.texts import markup, selectors
from accounts.texts.models import LANGUAGES, SiteText
from clevervibes.lib import db, periods

# Address of each page's versions.
PAGES = {
    "hilfe": SiteText.Kind.HELP,
    "impressum": SiteText.Kind.IMPRINT,
    "datenschutz": SiteText.Kind.PRIVACY,
    "teilnahme": SiteText.Kind.TERMS,
    "barrierefreiheit": SiteText.Kind.ACCESSIBILITY,
}
NAMES = {kind: name for name, kind in PAGES.items()}


def club_of(request: HttpRequest) -> Club | None:
    """Return whose words are asked for: the club named by `?ort=`, one's own, the only one; else those of all."""
    slug = request.GET.get("ort", "")
    if slug and (named := Club.objects.filter(slug=slug[:50]).first()):
        return named
    # Without the cookie there is nobody to ask, and the page stays free of the session.
    if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User) and request.user.club:
        return request.user.club
    clubs = list(Club.objects.all()[:2])
    return clubs[0] if len(clubs) == 1 else None


def language_of(request: HttpRequest) -> str:
    wanted = request.GET.get("sprache", "")
    return wanted if wanted in LANGUAGES else get_language() or selectors.BINDING


def content(text: SiteText | None, language: str) -> dict[str, object]:
    """Return what a page needs to show a text."""
    if text is None:
        return {"text": None}
    said = selectors.say(text, language)
    return {
        "text": text,
        "said": said,
        "page": markup.render(said.words),
        "others": [(code, name) for code, name in settings.LANGUAGES if code in said.others],
        "versions": NAMES[SiteText.Kind(text.kind)],
    }


@require_safe
def text_page(request: HttpRequest, kind: SiteText.Kind, template: str) -> HttpResponse:
    """A page of the club's own words, as they hold today."""
    club, today = club_of(request), periods.berlin_date(db.now())
    text = selectors.text_for(kind, club=club, on=today)
    context = {
        "kind": kind,
        "club": club,
        "clubs": [club] if club else Club.objects.all(),
        "operator": selectors.operator_for(club, on=today),
        **content(text, language_of(request)),
    }
    return render(request, template, context)


@require_safe
def versions(request: HttpRequest, page: str) -> HttpResponse:
    """Every version of a page that was ever published: what held when."""
    if page not in PAGES:
        raise Http404
    kind, club = PAGES[page], club_of(request)
    rows = list(selectors.published(kind, club=club))
    # Those of one club, or of all: a row of versions that follow each other.
    rows = [row for row in rows if row.club_id == rows[0].club_id]
    today = periods.berlin_date(db.now())
    now = next((row for row in rows if row.valid_from and row.valid_from <= today), None)
    return render(request, "texts/versions.html", {"kind": kind, "name": page, "rows": rows, "current": now})


@require_safe
def version(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A version as it was published, also when newer ones came."""
    text = get_object_or_404(SiteText, public_id=public_id, published_at__isnull=False)
    context = {"kind": SiteText.Kind(text.kind), **content(text, language_of(request))}
    return render(request, "texts/version.html", context)
