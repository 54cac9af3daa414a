"""What is asked of whoever keeps a view."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, User
from accounts.saved_views.models import NAME_LENGTH
from accounts.team import rights
from clevervibes.lib.admin import ModelAdmin


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Name der Ansicht"), max_length=NAME_LENGTH)
    shared_with = forms.ModelChoiceField(
        Club.objects.none(), label=_("Für wen?"), required=False, empty_label=_("nur für mich")
    )

    def __init__(self, *args: Any, page: ModelAdmin, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shared: Any = self.fields["shared_with"]
        shared.queryset = Club.objects.filter(pk__in=rights.clubs_for(user, "view", page.model)).order_by("name")
        shared.label_from_instance = lambda club: _("für das Team: %(club)s") % {"club": club}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())
