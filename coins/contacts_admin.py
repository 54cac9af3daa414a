"""The part of a sponsor's page in the admin that says who reads along: contacts, invitations, who goes."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.access import require_fresh, user_of
from accounts.models import Membership
from clevervibes.lib import db
from clevervibes.lib.admin import ServicePage
from coins import contacts
from coins.models import ContactInvitation, Sponsor


class InviteForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Wie die Person in der Mail angesprochen wird."),
    )  # fmt: skip
    mailbox = forms.EmailField(
        label=_("E-Mail-Adresse"), max_length=254, widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Der Link in der Mail gilt sieben Tage, für eine Person und einmal."),
    )  # fmt: skip


class RemoveForm(forms.Form):
    """Asked only where nobody would be left."""

    nobody_is_left = forms.BooleanField(
        label=_("Danach liest niemand mehr mit. Das soll so sein."), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, is_last: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_last:
            del self.fields["nobody_is_left"]


class HasContacts(ServicePage):
    """Add to the page of a sponsor who speaks for it; whoever may change the sponsor invites and removes."""

    change_form_before_template = "coins/admin/_contacts.html"
    service_title = _("Kontakt einladen")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path("<int:pk>/kontakt-einladen/", wrap(self.invite_view), name="coins_sponsor_invite"),
            path("einladung/<uuid:public_id>/erneut/", wrap(self.again_view), name="coins_sponsor_invite_again"),
            path("einladung/<uuid:public_id>/zurueckziehen/", wrap(self.withdraw_view), name="coins_sponsor_withdraw"),
            path("kontakt/<int:pk>/entfernen/", wrap(self.remove_view), name="coins_sponsor_remove"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        one = self.get_object(request, object_id)  # type: ignore[attr-defined]
        context: dict[str, Any] = {}
        if isinstance(one, Sponsor):
            context = {
                "contacts": Membership.objects.filter(
                    organisation=one.organisation_id, role=Membership.Role.CONTACT, user__is_active=True
                ).select_related("user").order_by("user__first_name", "user__last_name", "pk"),
                "invitations": contacts.invitations_of(one),
                "may_invite": self.may(request, "change", one),  # type: ignore[attr-defined]
                "now": db.now(),
            }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})  # type: ignore[misc]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        # A sponsor's own form is Django's.
        return super(ServicePage, self).add_view(request, form_url, extra_context)  # type: ignore[misc]

    def invite_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        one: Sponsor = self.row_to("change", request, pk)  # type: ignore[attr-defined]
        form = InviteForm(request.POST if request.method == "POST" else None)
        return self._invite(request, one, form)

    def again_view(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Write the same letter anew, with a new link: to whoever lost it, or was too late."""
        made = self._invitation(request, public_id)
        initial = {"name": made.name, "mailbox": made.sent_to}
        form = InviteForm(request.POST if request.method == "POST" else None, initial=initial)
        return self._invite(request, made.sponsor, form)

    def _invite(self, request: HttpRequest, one: Sponsor, form: InviteForm) -> HttpResponse:
        require_fresh(request)

        def invite(request: HttpRequest, form: forms.Form) -> HttpResponse:
            contacts.invite(sponsor=one, by=user_of(request), now=db.now(), **form.cleaned_data)
            self.message_user(request, _("Die Einladung ist unterwegs."))  # type: ignore[attr-defined]
            return _back_to(one)

        title = f"{self.service_title}: {one}"
        return self.serve(request, form, invite, title=title, button=_("Einladung schicken"))

    def withdraw_view(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        made = self._invitation(request, public_id)

        def withdraw(request: HttpRequest, form: forms.Form) -> HttpResponse:
            contacts.withdraw(invitation=made, now=db.now())
            self.message_user(request, _("Die Einladung gilt nicht mehr."))  # type: ignore[attr-defined]
            return _back_to(made.sponsor)

        return self.serve(
            request, forms.Form(request.POST if request.method == "POST" else None), withdraw,
            title=_("Einladung an %(name)s zurückziehen?") % {"name": made.name}, button=_("Zurückziehen"),
        )  # fmt: skip

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = Membership.objects.filter(pk=pk, role=Membership.Role.CONTACT).select_related("user").first()
        sponsor = Sponsor.objects.filter(organisation=found.organisation_id).first() if found else None
        one: Sponsor = self.row_to("change", request, sponsor.pk if sponsor else "")  # type: ignore[attr-defined]
        require_fresh(request)
        if found is None:
            raise Http404
        person = found.user

        def remove(request: HttpRequest, form: forms.Form) -> HttpResponse:
            contacts.remove(sponsor=one, contact=person, now=db.now(), **form.cleaned_data)
            said = _("%(name)s liest die Förderung von %(sponsor)s nicht mehr.") % {"name": person, "sponsor": one}
            self.message_user(request, said)  # type: ignore[attr-defined]
            return _back_to(one)

        is_last = contacts.contacts_of(one).count() == 1
        return self.serve(
            request, RemoveForm(request.POST if request.method == "POST" else None, is_last=is_last), remove,
            title=_("%(name)s als Kontakt entfernen?") % {"name": person}, button=_("Entfernen"),
        )  # fmt: skip

    def _invitation(self, request: HttpRequest, public_id: UUID) -> ContactInvitation:
        made = ContactInvitation.objects.filter(public_id=public_id).select_related("sponsor").first()
        # Of another club's sponsor: as if there were none.
        self.row_to("change", request, made.sponsor_id if made else "")  # type: ignore[attr-defined]
        if made is None or made.used_at or made.revoked_at:
            raise Http404
        return made


def _back_to(one: Sponsor) -> HttpResponse:
    return redirect(reverse("admin:coins_sponsor_change", args=[one.pk]))
