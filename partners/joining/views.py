"""`/mitmachen/`: for shops, companies, schools and whoever else wants to take part."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Club
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from partners.joining import enquiries
from partners.joining.forms import EnquiryForm
from partners.models import Enquiry


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_part(request: HttpRequest) -> HttpResponse:
    now, status = db.now(), 200
    if request.method == "POST":
        form, status = EnquiryForm(request.POST), 422
        if form.is_valid():
            mark = form.cleaned_data["mark"]
            try:
                enquiries.ask(request=request, mark=mark, club=form.club, given=form.given(), now=now)
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect("partners:enquiry-sent")
    else:
        part = request.GET.get("als", "")
        form = EnquiryForm(initial={"parts": [part] if part in Enquiry.Part.values else []})
    # A form that is refused keeps its mark: sent again it is the same one, and by then it was read.
    mark = form.data.get("mark") if form.is_bound else ""
    try:
        enquiries.require_ours(mark or "")
    except DomainError:
        mark = enquiries.drawn(now)
    context = {"form": form, "mark": mark, "open": Club.objects.exists()}
    return render(request, "partners/joining/form.html", context, status=status)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say what happens next; knows nothing of what was written, and to whom."""
    return render(request, "partners/joining/sent.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask by a button, since mail scanners open links; the press of it confirms."""
    now = db.now()
    try:
        enquiry = enquiries.look_up(token, now=now)
        if request.method == "POST":
            enquiry = enquiries.confirm(token=token, now=now)
        answer = render(request, "partners/joining/confirm.html", {"enquiry": enquiry})
    except DomainError as error:
        answer = render(request, "partners/joining/closed.html", {"refusal": error}, status=error.status)
    # No page that is asked for next learns where somebody came from.
    answer["Referrer-Policy"] = "no-referrer"
    return answer
