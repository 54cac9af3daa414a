"""The list behind the bell, what goes by mail, and the link in a mail that ends such mails."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import user_of
from accounts.models import User
from accounts.notices import choices, kinds, mails, telling
from accounts.notices.forms import MailSettingsForm
from accounts.notices.kinds import Kind, News
from accounts.notices.models import Notice
from clevervibes.lib import db

PAGE = 20


@dataclass(frozen=True)
class Shown:
    """A notice with what it says to its reader now; no news if it is settled, or no longer theirs to know."""

    notice: Notice
    kind: Kind
    title: str
    news: News | None


def _shown(notice: Notice, person: User, now: datetime) -> Shown:
    kind = kinds.KINDS[notice.topic]
    return Shown(notice, kind, kind.title_for(person), kind.read(person, notice.topic, notice.ids, now))


@never_cache
@require_safe
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    person, now = user_of(request), db.now()
    page = Paginator(telling.notices_of(person), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "shown": [_shown(notice, person, now) for notice in page],
        "now": now,
        "any_unread": telling.notices_of(person).filter(read_at=None).exists(),
    }
    return render(request, "accounts/notices.html", context)


@require_POST
@login_required
def open_notice(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note that a notice is read, and go where it leads."""
    person, now = user_of(request), db.now()
    notice = get_object_or_404(telling.notices_of(person), public_id=public_id)
    telling.mark_read(notice=notice, now=now)
    news = _shown(notice, person, now).news
    return redirect(news.url if news else "accounts:notices")


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    now = db.now()
    telling.mark_all_read(person=user_of(request), until=_moment(request.POST.get("until", "")) or now, now=now)
    return redirect("accounts:notices")


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mail_settings(request: HttpRequest) -> HttpResponse:
    person = user_of(request)
    form = MailSettingsForm(request.POST or None, instance=kinds.settings_of(person))
    if request.method == "POST" and form.is_valid():
        choices.choose(person=person, now=db.now(), **form.cleaned_data)
        messages.success(request, _("Gespeichert."))
        return redirect("accounts:mail-settings")
    context = {"form": form, "person": person}
    return render(request, "accounts/mail_settings.html", context, status=422 if form.errors else 200)


@csrf_exempt  # the program that shows the mail sends it, without a page of ours; the link itself is signed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End one sort of mails for whoever got the link, without signing in (RFC 8058). Looking ends nothing."""
    said = mails.read_token(token)
    if said is None:
        return _without_referrer(render(request, "accounts/unsubscribe.html", {"unknown": True}, status=404))
    person, what = said
    context: dict[str, Any] = {"what": mails.label_of(what), "is_youth": hasattr(person, "youth")}
    if request.method == "POST":
        choices.switch_off(person=person, what=what, now=db.now())
        context["done"] = True
    return _without_referrer(render(request, "accounts/unsubscribe.html", context))


def _without_referrer(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    return response
