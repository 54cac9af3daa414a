"""What youths tick, hosts write and guardians answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from activities import interests
from activities.models import Topic
from clevervibes.lib.widgets import ChipsMultiple


class InterestsForm(forms.Form):
    topics = forms.ModelMultipleChoiceField(
        label=_("Tipp an, was Dich neugierig macht"),
        queryset=Topic.objects.none(),
        to_field_name="slug",
        required=False,
        widget=ChipsMultiple,
        error_messages={
            "invalid_choice": _("Eins davon gibt es nicht mehr. Schau noch einmal nach."),
            "invalid_list": _("Eins davon gibt es nicht mehr. Schau noch einmal nach."),
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["topics"].queryset = interests.topics()  # type: ignore[attr-defined]
