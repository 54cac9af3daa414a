"""The one question, with its answers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.outlook.models import NextStep


class OutlookForm(forms.Form):
    step = forms.ChoiceField(label=_("Was kommt als Nächstes?"), choices=NextStep, widget=forms.RadioSelect)
