"""What somebody wants by mail, group by group."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.notices.models import MailSettings


class MailSettingsForm(forms.ModelForm):
    class Meta:
        model = MailSettings
        fields = ["times", "coins", "weekday"]
        widgets = {"times": forms.RadioSelect, "coins": forms.RadioSelect}
        help_texts = {"weekday": _("Kommt um 16 Uhr, wenn es etwas zu sagen gibt.")}
