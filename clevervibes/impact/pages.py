"""A sponsor's impact for its contact: a page, a PDF and a table, all of the same story."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import user_of
from clevervibes.impact import paper, telling
from clevervibes.impact.telling import Story
from clevervibes.lib import db, sheets
from coins import impact
from coins.models import Sponsor


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Lead a contact to their sponsor; who is a contact of several chooses."""
    sponsors = list(impact.sponsors_seen_by(user_of(request)))
    if not sponsors:
        raise Http404
    if len(sponsors) == 1:
        return redirect("impact-of", sponsors[0].public_id)
    return render(request, "impact/choose.html", {"sponsors": sponsors})


@require_safe
@login_required
def page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    sponsor = _sponsor(request, public_id)
    story = _story(request, sponsor)
    context = {
        "story": story,
        "impact": story.impact,
        "sponsor": sponsor,
        "title": telling.title_of(story.impact.span),
        "spans": [(span, telling.title_of(span)) for span in story.spans],
        "several": impact.sponsors_seen_by(user_of(request)).count() > 1,
    }
    return render(request, "impact/impact.html", context)


@require_safe
@login_required
def pdf(request: HttpRequest, public_id: UUID) -> HttpResponse:
    story = _story(request, _sponsor(request, public_id))
    headers = {"Content-Disposition": f'attachment; filename="{_name(story)}.pdf"'}
    return HttpResponse(paper.draw(story), content_type="application/pdf", headers=headers)


@require_safe
@login_required
def csv(request: HttpRequest, public_id: UUID) -> HttpResponse:
    story = _story(request, _sponsor(request, public_id))
    return sheets.download(f"{_name(story)}.csv", rows(story))


def rows(story: Story) -> list[list[object]]:
    """Return what the page says as lines: what, which months, which theme, how much, of what."""
    whole, end = telling.title_of(story.impact.span), story.until.isoformat()
    found: list[list[object]] = [[_("Angabe"), _("Zeitraum"), _("Thema"), _("Wert"), _("Einheit"), _("Stand")]]
    for figure in story.figures:
        coins = "–" if figure.coins is None else figure.coins
        cents = "–" if figure.cents is None else sheets.amount(figure.cents)
        found.append([figure.label, whole, "", coins, _("Coins"), end])
        found.append([figure.label, whole, "", cents, _("Euro"), end])
    for row in story.promises.rows:
        day = f"{row.due_on:%d.%m.%Y}"
        pool = sheets.text(row.pool)
        found.append([_("Zugesagt"), day, pool, sheets.amount(row.amount_cents), _("Euro"), end])
        found.append([_("Davon eingegangen"), day, pool, sheets.amount(row.received_cents), _("Euro"), end])
    if story.impact.youths:
        found.append([_("Jugendliche, mindestens"), whole, "", story.impact.youths, _("Personen"), end])
    for block in story.impact.by_block:
        for name, minutes in sorted(block.parts.items()):
            theme = sheets.text(telling.name_of(name))
            found.append([_("Stunden"), telling.label_of(block), theme, telling.hours(minutes), _("Stunden"), end])
    found += [[label, whole, "", number, _("Anzahl"), end] for label, number in story.offered]
    found += [
        [answer.label, whole, "", answer.number if answer.number else _("unter 5"), _("Personen, mindestens"), end]
        for answer in story.answers
    ]
    return found


def _sponsor(request: HttpRequest, public_id: UUID) -> Sponsor:
    """Return a sponsor that this person is a contact of; any other answers like one that does not exist."""
    sponsor = impact.sponsors_seen_by(user_of(request)).filter(public_id=public_id).first()
    if sponsor is None:
        raise Http404
    return sponsor


def _story(request: HttpRequest, sponsor: Sponsor) -> Story:
    span = impact.span_of(request.GET.get("zeitraum", ""))
    if span is None:
        raise Http404
    return telling.tell(sponsor, span=span, now=db.now())


def _name(story: Story) -> str:
    on = story.impact.end - timedelta(days=1)
    return f"wirkung-{slugify(story.impact.sponsor.organisation.name)}-{story.impact.span.key}-{on:%Y%m%d}"
