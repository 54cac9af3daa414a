"""What a youth is curious about, to be ticked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from activities import interests
from activities.chances.forms import InterestsForm
from activities.views import youth_of
from clevervibes.lib import db


@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Show the fields of work, those of interest ticked; keep what is ticked."""
    youth = youth_of(request)
    # Without a tick a browser sends an empty answer: nothing is of interest any more.
    sent = request.POST if request.method == "POST" else None
    form = InterestsForm(sent, initial={"topics": interests.topics_of(youth)})
    if form.is_valid():
        interests.choose(youth=youth, topics=form.cleaned_data["topics"], now=db.now())
        messages.success(request, _("Gemerkt. Was dazu passt, steht jetzt oben."))
        return redirect("activities:opportunities")
    return render(request, "activities/interests.html", {"form": form}, status=422 if form.errors else 200)
