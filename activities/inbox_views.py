"""The inbox of whoever confirms: `/bestaetigen/` after signing in, `/bestaetigen/mail/` by the link of a mail.

Both doors lead to the same page and act in the name of one person. The link is exchanged once for a place in the
session, so that no later page has it in its address; what it opens is decided anew on every request. Looking changes
nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import phone_session, shared_phone
from accounts import selectors as people
from accounts.access import user_of
from accounts.models import User
from activities import approvals, inbox_links, selectors
from activities.forms import ReturnForm
from activities.models import InboxLink, SharedTimeEntry
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

P = ParamSpec("P")
LINK, PIN_UNTIL, JUST_APPROVED = "inbox-link", "inbox-link-pin", "just-approved"  # in the session


@dataclass(frozen=True)
class Door:
    """Who confirms, and by which addresses."""

    person: User
    link: InboxLink | None = None

    def _name(self, name: str) -> str:
        return f"activities:mail-{name}" if self.link else f"activities:{name}"

    @property
    def inbox(self) -> str:
        return self._name("inbox")

    @property
    def approve(self) -> str:
        return self._name("approve")

    @property
    def send_back(self) -> str:
        return self._name("return")

    @property
    def undo(self) -> str:
        return self._name("undo")

    @property
    def undo_several(self) -> str:
        return self._name("undo-several")


View = Callable[Concatenate[HttpRequest, Door, P], HttpResponse]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponse]


# ── The two doors ────────────────────────────────────────────────────────────────────────────────
def signed_in(view: View[P]) -> Plain[P]:
    """Let in who is signed in and confirms somebody's time; for everybody else there is no inbox."""

    @never_cache
    @login_required
    @wraps(view)
    def through(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = user_of(request)
        if not people.youths_confirmed_by(person).exists():
            raise Http404
        return view(request, Door(person), *args, **kwargs)

    return through


def by_mail(view: View[P]) -> Plain[P]:
    """Let in whom the link of a mail was made for, on a phone where nobody else is signed in.

    On a shared phone their PIN is asked before anything is sent, whoever's pages are open there.
    """

    @never_cache
    @wraps(view)
    def through(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link, now = None, db.now()
        try:
            link = inbox_links.get(request.session.get(LINK))
            _speak_to(request, link.person)
            inbox_links.require_open(link, now)
        except inbox_links.LinkClosed as refusal:
            return _closed(request, refusal, link)
        phone = phone_session.phone_of(request)
        here = request.user
        if isinstance(here, User) and here != link.person and phone is None:
            context = {"person": link.person, "nav": None}
            return render(request, "activities/link_of_another.html", context, status=403)
        if phone is not None and request.method == "POST":
            asked = _ask_pin(request, link.person, now)
            if asked is not None:
                return asked
        return view(request, Door(link.person, link), *args, **kwargs)

    return through


def _speak_to(request: HttpRequest, person: User) -> None:
    translation.activate(person.language)
    request.LANGUAGE_CODE = translation.get_language()


def _ask_pin(request: HttpRequest, person: User, now: datetime) -> HttpResponse | None:
    """Return the page that asks for the PIN and carries what was sent; None once it was shown."""
    whose, until = request.session.get(PIN_UNTIL) or ("", "")
    good_until = parse_datetime(until)
    if whose == str(person.public_id) and good_until and now < good_until:
        return None
    refusal: DomainError | None = None
    if phone_session.PIN_FIELD in request.POST:
        try:
            shared_phone.check_pin(user=person, pin=request.POST[phone_session.PIN_FIELD], now=now)
        except DomainError as error:
            refusal = error
        else:
            request.session[PIN_UNTIL] = [str(person.public_id), (now + shared_phone.PIN_GOOD_FOR).isoformat()]
            return None
    sent = [
        (name, value)
        for name, values in request.POST.lists() if name not in {phone_session.PIN_FIELD, "csrfmiddlewaretoken"}
        for value in values
    ]  # fmt: skip
    context = {
        "sent": sent, "refusal": refusal, "has_pin": shared_phone.has_pin(person), "field": phone_session.PIN_FIELD,
        "person": person, "nav": None,
    }  # fmt: skip
    answer = render(request, "activities/link_pin.html", context, status=refusal.status if refusal else 403)
    if refusal and refusal.retry_after_seconds:
        answer["Retry-After"] = str(refusal.retry_after_seconds)
    return answer


@never_cache
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the link for a place in the session and lead on."""
    try:
        request.session[LINK] = inbox_links.look_up(token).pk
        answer: HttpResponse = redirect("activities:mail-inbox")
    except inbox_links.LinkUnknown as refusal:
        answer = _closed(request, refusal, None)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _closed(request: HttpRequest, refusal: inbox_links.LinkClosed, link: InboxLink | None, *, sent: bool = False,
            error: DomainError | None = None) -> HttpResponse:  # fmt: skip
    """Say why the link opens nothing, and offer a new one to its mailbox."""
    context = {
        "refusal": refusal,
        "offers_new": link is not None and not isinstance(refusal, inbox_links.NothingToConfirm),
        "sent": sent,
        "error": error,
    }
    return render(request, "activities/link_closed.html", context, status=error.status if error else refusal.status)


@never_cache
@require_POST
def send_new_link(request: HttpRequest) -> HttpResponse:
    """Send a new link to the mailbox of whom this one was made for; what a page says of it is always the same."""
    link, now = None, db.now()
    try:
        link = inbox_links.get(request.session.get(LINK))
        _speak_to(request, link.person)
        inbox_links.require_open(link, now)
    except inbox_links.LinkClosed as refusal:
        if link is None:
            return _closed(request, refusal, None)
        try:
            inbox_links.ask(person=link.person, now=now)
        except DomainError as error:
            return _closed(request, refusal, link, error=error)
        return _closed(request, refusal, link, sent=True)
    return redirect("activities:mail-inbox")


@require_POST
@by_mail
def end_links_by_mail(request: HttpRequest, door: Door) -> HttpResponse:
    inbox_links.end_all(person=door.person, now=db.now())
    return redirect("activities:mail-inbox")


@require_POST
@signed_in
def end_links(request: HttpRequest, door: Door) -> HttpResponse:
    inbox_links.end_all(person=door.person, now=db.now())
    messages.info(request, _("Beendet. Kein Link aus einer Mail öffnet Ihre Liste mehr."))
    return redirect(door.inbox)


# ── The inbox ────────────────────────────────────────────────────────────────────────────────────
def _inbox(request: HttpRequest, door: Door) -> HttpResponse:
    """Everything that waits for this person, on one page; two buttons an entry."""
    if door.link and request.user == door.person:
        return redirect("activities:inbox")
    person, now = door.person, db.now()
    youths = selectors.inbox_by_youth(selectors.inbox(person).prefetch_related("reviews"))
    just = _just_approved(request, person)
    context = {
        "door": door,
        "youths": youths,
        "waiting": sum(youth.count for youth in youths),
        "all_ids": ",".join(youth.ids for youth in youths),
        "just": just,
        "recent": [entry for entry in selectors.recently_approved_by(person, now=now)[:20] if entry not in just],
        "open_until": inbox_links.open_until(person, now),
    }
    if door.link is None:
        context |= {"proposed": selectors.proposals_of(person), "guarded": people.youths_guarded_by(person)}
    else:
        context["nav"] = None  # whoever's pages are open on this phone, the link opens this one alone
    return render(request, "activities/inbox.html", context)


def _just_approved(request: HttpRequest, person: User) -> list[SharedTimeEntry]:
    """Return what the last tap confirmed, to be undone by one more; said once."""
    ids = request.session.pop(JUST_APPROVED, [])
    mine = selectors.entries_confirmed_by(person).filter(
        public_id__in=ids, status=SharedTimeEntry.Status.APPROVED, reviewed_by=person
    )  # fmt: skip
    return list(mine.select_related("youth__user").order_by("youth_id", "starts_at")) if ids else []


def _approve(request: HttpRequest, door: Door) -> HttpResponse:
    """Approve one, those that are ticked, or all that were on the page."""
    ids = _ids(request)
    approved = approvals.approve_all(entry_ids=ids, by=door.person, now=db.now())
    request.session[JUST_APPROVED] = [str(entry.public_id) for entry in approved]
    if not ids:
        messages.info(request, _("Bitte haken Sie zuerst an, was stimmt."))
    elif len(approved) < len(ids):
        messages.info(request, _("Was sich inzwischen geändert hat, steht unten noch einmal."))
    return redirect(door.inbox)


def _ids(request: HttpRequest) -> list[UUID]:
    """Return what the pressed button stands for: its entry, those of its list, or what is ticked."""
    sent = request.POST
    if "all" in sent:
        texts = [text for text in sent["all"].split(",") if text]
    elif sent.get("then") == "ticked":
        texts = sent.getlist("ticked")
    else:
        texts = sent.getlist("entry")
    try:
        return list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError:
        raise Http404 from None


def _send_back(request: HttpRequest, door: Door, public_id: UUID) -> HttpResponse:
    entry = get_object_or_404(
        selectors.entries_confirmed_by(door.person).select_related("category", "youth__user"), public_id=public_id
    )
    form, status = ReturnForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reason = form.sentence(entry.youth.user.language)
            try:
                approvals.return_(entry_id=public_id, by=door.person, reason=reason, now=db.now())
            except DomainError as refusal:
                form.add_error("reason" if refusal.code == approvals.ReasonMissing.code else None, str(refusal))
            else:
                messages.info(request, _("Zurückgegeben. %s kann den Eintrag jetzt ändern.") % entry.youth)
                return redirect(door.inbox)
    context = {
        "door": door,
        "entry": entry,
        "form": form,
        "reasons": approvals.REASONS,
        "ticked": request.POST.getlist("chip"),
    }
    if door.link:
        context["nav"] = None
    return render(request, "activities/return.html", context, status=status)


def _undo(request: HttpRequest, door: Door, public_id: UUID) -> HttpResponse:
    try:
        approvals.undo(entry_id=public_id, by=door.person, now=db.now())
    except SharedTimeEntry.DoesNotExist:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.info(request, _("Zurückgenommen. Der Eintrag wartet wieder auf Bestätigung."))
    return redirect(door.inbox)


def _undo_several(request: HttpRequest, door: Door) -> HttpResponse:
    """Take back what the last tap confirmed."""
    ids = _ids(request)
    undone = approvals.undo_all(entry_ids=ids, by=door.person, now=db.now())
    if undone:
        text = ngettext(
            "Zurückgenommen: %d Eintrag wartet wieder.", "Zurückgenommen: %d Einträge warten wieder.", len(undone)
        )
        messages.info(request, text % len(undone))
    if len(undone) < len(ids):
        messages.error(request, str(approvals.AlreadyTaken()))
    return redirect(door.inbox)


inbox = require_safe(signed_in(_inbox))
approve = require_POST(signed_in(_approve))
send_back = require_http_methods(["GET", "HEAD", "POST"])(signed_in(_send_back))
undo = require_POST(signed_in(_undo))
undo_several = require_POST(signed_in(_undo_several))

mail_inbox = require_safe(by_mail(_inbox))
mail_approve = require_POST(by_mail(_approve))
mail_send_back = require_http_methods(["GET", "HEAD", "POST"])(by_mail(_send_back))
mail_undo = require_POST(by_mail(_undo))
mail_undo_several = require_POST(by_mail(_undo_several))
