"""Form controls the club draws itself; templates/django/forms/field.html decides by these classes."""

from collections.abc import Mapping
from typing import Any

from django import forms


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        # Browsers exchange ISO dates, whatever the language of the page.
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class Switch(forms.CheckboxInput):
    """On or off, at once understood; for settings, not for consents."""


class _WithIcons:
    """Give each option an icon and tint: by value, or read off the model instance behind the choice."""

    icons: Mapping[str, str]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        instance = getattr(value, "instance", None)
        option["icon"] = self.icons.get(str(value)) or getattr(instance, "icon", "")
        option["tint"] = getattr(instance, "tint", "") or "mint"
        return option


class Tiles(_WithIcons, forms.RadioSelect):
    """Radio buttons as big tiles: Tiles(icons={"reading": "book-open"})."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), icons: Mapping[str, str] | None = None):
        super().__init__(attrs, choices)
        self.icons = icons or {}


class Chips(_WithIcons, forms.RadioSelect):
    """Radio buttons as a line of chips."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), icons: Mapping[str, str] | None = None):
        super().__init__(attrs, choices)
        self.icons = icons or {}


class ChipsMultiple(_WithIcons, forms.CheckboxSelectMultiple):
    """Checkboxes as a line of chips."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = (), icons: Mapping[str, str] | None = None):
        super().__init__(attrs, choices)
        self.icons = icons or {}


class CodeInput(forms.TextInput):
    """A redemption code, XXXX-XXXX; js/app.js puts the dash in."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        own = {
            "class": "input--code", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false",
            "maxlength": "16", "placeholder": "XXXX-XXXX", "data-code": True,
        }  # fmt: skip
        super().__init__({**own, **(attrs or {})})


class PinInput(forms.PasswordInput):
    """Four digits on the number pad."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        own = {
            "class": "input--pin",
            "inputmode": "numeric",
            "autocomplete": "off",
            "maxlength": "4",
            "pattern": "[0-9]{4}",
        }
        super().__init__({**own, **(attrs or {})})
