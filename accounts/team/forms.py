"""Who gets which role where."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_forms import PersonField
from accounts.models import Club
from clevervibes.lib.team import Role


class RoleForm(forms.Form):
    user = PersonField(label=_("Benutzername"))
    club = forms.ModelChoiceField(Club.objects.all(), label=_("Club"), widget=UnfoldAdminSelectWidget)
    role = forms.ChoiceField(
        label=_("Rolle"), choices=Role, widget=UnfoldAdminSelectWidget,
        help_text=_("Sie gilt, sobald jemand anders aus der Leitung sie vergeben hat."),
    )  # fmt: skip
