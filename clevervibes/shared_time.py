"""Pages of shared time that know more than activities: the year as a plot, and what counts under which caps."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activities import entries, selectors
from activities.models import Category
from activities.views import youth_of
from clevervibes import plots
from clevervibes.lib import db, periods
from coins import conversion


@require_safe
@login_required
def year(request: HttpRequest) -> HttpResponse:
    """A square for each day of a year, darker the more was done together."""
    youth = youth_of(request)
    this_year = periods.berlin_date(db.now()).year
    first_year = periods.berlin_date(youth.joined_at).year
    typed = request.GET.get("jahr", "")
    on = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else this_year
    on = min(max(on, first_year), this_year)
    by_day = selectors.minutes_by_day(youth, periods.year(date(on, 1, 1)))
    context = {
        "on": on,
        "chart": plots.year(
            title=_("Gemeinsame Zeit %(year)s") % {"year": on},
            unit=_("Stunden"),
            on=on,
            data=by_day,
            write=lambda minutes: plots.written(round(minutes / 60, 1)),
        ),
        "minutes": sum(by_day.values()),
        "days": len(by_day),
        "earlier": on - 1 if on > first_year else None,
        "later": on + 1 if on < this_year else None,
    }
    return render(request, "activities/year.html", context)


@require_safe
def what_counts(request: HttpRequest) -> HttpResponse:
    """Say to everybody what counts, with examples, and what never does."""
    policy = conversion.policy_on(periods.berlin_date(db.now()))
    categories = list(Category.objects.all())
    context = {
        "counting": [category for category in categories if category.counts],
        "not_counting": [category for category in categories if not category.counts],
        "policy": policy,
        "least_minutes": entries.MIN_MINUTES,
        "most_minutes": entries.MAX_MINUTES,
        "most_host_minutes": entries.MAX_HOST_MINUTES,
        "days_back": entries.MAX_DAYS_BACK,
        "example_coins": 60 // policy.minutes_per_coin,
        "example_host_coins": 60 * policy.host_weight_percent // 100 // policy.minutes_per_coin,
    }
    return render(request, "what_counts.html", context)
