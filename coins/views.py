"""Pages of coins: what a youth has, and why."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import selectors as people
from accounts.access import user_of
from accounts.models import User, YouthProfile
from clevervibes.lib import db, periods
from coins import explanation, selectors
from coins import statement as statements
from coins.models import ConversionLine

PAGE = 40


@login_required
@require_safe
def statement(request: HttpRequest, *, describe: statements.Describe = statements.nothing_more_to_say) -> HttpResponse:
    """One's own coins, or with `?youth=` those of a youth one is guardian of."""
    user = user_of(request)
    youths = youths_shown_to(user)
    youth = chosen(youths, request.GET.get("youth"))
    account = selectors.account_of(youth)
    standing = selectors.standing_of(account) if account else selectors.Standing()
    context: dict[str, object] = {
        "youth": youth,
        "youths": youths,
        "is_own": youth.user_id == user.pk,
        "standing": standing,
        "ending": standing.ending_soon(periods.berlin_date(db.now())),
    }
    if account:
        page = Paginator(statements.transfers_of(account), PAGE).get_page(request.GET.get("page"))
        lines = statements.lines(account, list(page.object_list), describe=describe)
        context |= {
            "page": page,
            "months": statements.by_month(lines),
            "last_run": statements.last_run(account) if page.number == 1 else None,
        }
    return render(request, "coins/statement.html", context)


@login_required
@require_safe
def run(request: HttpRequest, public_id: UUID, **_knows_partners: object) -> HttpResponse:
    """What one run did with one's hours, or with `?youth=` with those of a youth one is guardian of."""
    user = user_of(request)
    youth = chosen(youths_shown_to(user), request.GET.get("youth"))
    account = selectors.account_of(youth)
    try:
        story = explanation.of(account, public_id) if account else None
    except ConversionLine.DoesNotExist:
        story = None
    if story is None:
        raise Http404
    is_own = youth.user_id == user.pk
    return render(request, "coins/run.html", {"youth": youth, "is_own": is_own, "story": story, "line": story.line})


def youths_shown_to(user: User) -> list[YouthProfile]:
    """Return whose coins `user` may look at: one's own, then those of the youths one is guardian of."""
    own = getattr(user, "youth", None)
    guarded = people.youths_guarded_by(user).order_by("user__first_name", "pk")
    return [*([own] if own else []), *guarded]


def chosen(youths: Sequence[YouthProfile], public_id: str | None) -> YouthProfile:
    """Return the youth that was asked for, or the first.

    :raises Http404: for somebody else's youth, which answers like one that does not exist, and where there is none.
    """
    if public_id is None and youths:
        return youths[0]
    try:
        wanted = UUID(public_id or "")
    except ValueError:
        raise Http404 from None
    for youth in youths:
        if youth.public_id == wanted:
            return youth
    raise Http404
