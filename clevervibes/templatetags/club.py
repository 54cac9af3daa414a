"""Tags and filters of the look: `{% load club %}`. How each is used stands in docs/components.md.

Everything drawn comes from a template under templates/components/, so that Django escapes it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zlib import crc32

from django import forms, template
from django.core.paginator import Page
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clevervibes import plots
from clevervibes.lib import widgets
from clevervibes.plots import Chart

register = template.Library()

NBSP = "\N{NO-BREAK SPACE}"
TINTS = ("mint", "sky", "violet", "rose", "amber", "clay")

# Status of any model → look, icon, word. A page may pass its own word, never its own colour for the same status.
CHIPS: dict[str, tuple[str, str, Any]] = {
    "running": ("live", "", gettext_lazy("läuft")),
    "draft": ("mute", "pencil", gettext_lazy("Entwurf")),
    "submitted": ("wait", "hourglass", gettext_lazy("wartet")),
    "proposed": ("wait", "hand", gettext_lazy("vorgeschlagen")),
    "approved": ("ok", "check", gettext_lazy("bestätigt")),
    "returned": ("info", "undo-2", gettext_lazy("bitte ändern")),
    "rejected": ("no", "x", gettext_lazy("abgelehnt")),
    "withdrawn": ("mute", "undo-2", gettext_lazy("zurückgezogen")),
    "converted": ("ok", "coins", gettext_lazy("gutgeschrieben")),
    "open": ("wait", "hourglass", gettext_lazy("offen")),
    "held": ("wait", "ticket", gettext_lazy("vorgemerkt")),
    "redeemed": ("ok", "check-check", gettext_lazy("eingelöst")),
    "undone": ("info", "undo-2", gettext_lazy("zurückgenommen")),
    "cancelled": ("mute", "x", gettext_lazy("abgesagt")),
    "expired": ("mute", "clock", gettext_lazy("abgelaufen")),
    "released": ("ok", "badge-check", gettext_lazy("freigegeben")),
    "paused": ("no", "pause", gettext_lazy("angehalten")),
    "ended": ("mute", "lock", gettext_lazy("beendet")),
    "exported": ("info", "file-text", gettext_lazy("exportiert")),
    "paid": ("ok", "euro", gettext_lazy("ausgezahlt")),
    "rolled": ("mute", "arrow-right", gettext_lazy("übertragen")),
    "booked": ("ok", "calendar", gettext_lazy("gebucht")),
    "waiting": ("wait", "hourglass", gettext_lazy("Warteliste")),
    "attended": ("ok", "check", gettext_lazy("dabei")),
    "missed": ("mute", "x", gettext_lazy("nicht dabei")),
    # Plain looks for words of one's own: {% chip "wait" "noch 3 Tage" icon="clock" %}
    "ok": ("ok", "check", ""),
    "wait": ("wait", "hourglass", ""),
    "no": ("no", "x", ""),
    "info": ("info", "info", ""),
    "mute": ("mute", "", ""),
    "live": ("live", "", ""),
}


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────
@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw an icon of the sprite; `size` is s, l or xl. Without `label` it is decoration and not read aloud."""
    css = f"icon icon--{size}" if size else "icon"
    href = static("clevervibes/img/icons.svg")
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>', css, label, href, name
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', css, href, name
    )


@register.simple_tag
def tile(name: str, tint: str = "mint", size: str = "") -> SafeString:
    """Draw an icon on a tinted rounded square; `size` is s or l."""
    css = f"tile tint-{tint or 'mint'}" + (f" tile--{size}" if size else "")
    return format_html('<span class="{}">{}</span>', css, icon(name))


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Draw the initials of `name` in a circle; the same name always gets the same tint."""
    css = f"avatar tint-{tint_of(name)}" + (f" avatar--{size}" if size else "")
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, initials(name))


@register.filter
def initials(name: object) -> str:
    words = str(name).split()
    letters = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in letters).upper() or "?"


@register.filter
def tint_of(name: object) -> str:
    return TINTS[crc32(str(name).encode()) % len(TINTS)]


@register.inclusion_tag("components/art.html")
def art(name: str = "time") -> dict[str, str]:
    """Draw a small illustration of the club's own tiles: three of them side by side."""
    trios = {
        "time": ("clock", "people", "check"),
        "coins": ("coin", "bars", "vibes"),
        "rewards": ("gift", "coin", "shop"),
        "inbox": ("mail", "check", "sun"),
        "search": ("search", "dots", "ticket"),
        "chances": ("gear", "stairs", "sun"),
        "people": ("people", "heart", "leaf"),
        "offline": ("cloud", "dots", "clock"),
        "lost": ("search", "wheel", "dots"),
        "broken": ("gear", "dots", "heart"),
    }
    return dict(zip(("left", "middle", "right"), trios[name], strict=True))


# ── Numbers and times ────────────────────────────────────────────────────────────────────────────
@register.filter
def number(value: int | None) -> str:
    """Write a whole number the German way: 12400 → 12.400, with a real minus sign."""
    if value is None:
        return "–"
    return f"{int(value):,}".replace(",", ".").replace("-", "−")


@register.filter
def euros(cents: int | None) -> str:
    """Write cents as euros: 123456 → 1.234,56 €."""
    if cents is None:
        return "–"
    whole, rest = divmod(abs(int(cents)), 100)
    return f"{'−' if cents < 0 else ''}{number(whole)},{rest:02d}{NBSP}€"


@register.filter
def hours(minutes: int | None) -> str:
    """Write minutes as people say them: 45 → 45 min, 120 → 2 h, 135 → 2 h 15."""
    if minutes is None:
        return "–"
    hour, minute = _("h"), _("min")
    whole, rest = divmod(int(minutes), 60)
    if not whole:
        return f"{rest}{NBSP}{minute}"
    return f"{number(whole)}{NBSP}{hour}{NBSP}{rest:02d}" if rest else f"{number(whole)}{NBSP}{hour}"


@register.inclusion_tag("components/coins.html")
def coins(amount: int, sign: bool = False, look: str = "") -> dict[str, object]:
    """Draw the coin and a number; `sign` puts a plus before gains, `look` is pill, l or less."""
    shown = number(amount)
    return {"shown": f"+{shown}" if sign and amount > 0 else shown, "amount": amount, "look": look}


def _local(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter
def day(value: date | datetime | None) -> str:
    """Name a day: heute, gestern, morgen, Sa, 21. Nov (with the year if it is not this one)."""
    if value is None:
        return "–"
    on, today = _local(value), timezone.localdate()
    near = {-1: _("gestern"), 0: _("heute"), 1: _("morgen")}
    if (away := (on - today).days) in near:
        return near[away]
    # Other languages order a date their own way; the letters are Django's, see its date filter.
    return date_format(on, _("D, j. M") if on.year == today.year else _("D, j. M Y"))


@register.filter
def clock(value: datetime | None) -> str:
    """Write the time of day in Berlin: 15:30."""
    return date_format(timezone.localtime(value), "H:i") if value else "–"


@register.filter
def moment(value: datetime | None) -> str:
    """Name a moment: heute, 15:30 Uhr."""
    return _("%(day)s, %(time)s Uhr") % {"day": day(value), "time": clock(value)} if value else "–"


@register.simple_tag
def span(start: datetime, end: datetime | None = None) -> str:
    """Name a stretch of time: Gestern, 15:00–17:00 Uhr."""
    if end is None:
        return capfirst(_("%(day)s, seit %(time)s Uhr") % {"day": day(start), "time": clock(start)})
    return capfirst(_("%(day)s, %(from)s–%(to)s Uhr") % {"day": day(start), "from": clock(start), "to": clock(end)})


@register.inclusion_tag("components/date.html")
def date_tile(value: date | datetime, tint: str = "sky") -> dict[str, object]:
    """Draw a calendar leaf: weekday, day, month."""
    return {"on": _local(value), "tint": tint}


# ── States ───────────────────────────────────────────────────────────────────────────────────────
@register.inclusion_tag("components/chip.html")
def chip(status: object, label: object = "", icon: str = "") -> dict[str, object]:
    """Draw a state in one word, e.g. {% chip entry.status %} or {% chip "wait" "noch 3 Tage" icon="clock" %}."""
    look, own_icon, word = CHIPS.get(str(status), ("mute", "", status))
    return {"look": look, "icon": icon or own_icon, "label": label or word}


@register.inclusion_tag("components/progress.html")
def progress(value: int, maximum: int, label: str, note: str = "", look: str = "") -> dict[str, object]:
    """Draw a bar with its label above; `note` stands right, `look` is sun or bare (label read aloud only)."""
    return {"value": value, "maximum": maximum, "label": label, "note": note, "look": look}


@register.inclusion_tag("components/plot.html")
def plot(chart: Chart, prefix: str = "plot") -> dict[str, object]:
    """Draw a chart of clevervibes.plots; the same chart twice on a page needs two prefixes."""
    return {"chart": chart, "key": f"{prefix}-{chart.key}"}


@register.inclusion_tag("components/plot.html")
def euros_by_month(title: str, months: Sequence[Any]) -> dict[str, object]:
    """Draw months, each with its `label` and `cents`, as columns."""
    series = [plots.Series(title, [month.cents for month in months])]
    labels = [month.label for month in months]
    return plot(plots.columns(title=title, unit="€", labels=labels, series=series, write=_in_euros))


def _in_euros(amount: plots.Number) -> str:
    whole, rest = divmod(int(amount), 100)
    text = plots.written(whole)
    return f"{text},{rest:02}" if rest else text


# ── Blocks ───────────────────────────────────────────────────────────────────────────────────────
@register.simple_block_tag
def alert(content: str, kind: str = "info", title: str = "") -> SafeString:
    """{% alert "warn" "Title" %}…{% endalert %}; kinds: info, ok, warn, danger (danger is announced at once)."""
    return render_to_string("components/alert.html", {"content": content, "kind": kind, "title": title})


@register.simple_block_tag
def empty(content: str, title: str, text: str = "", art: str = "time", level: str = "h2") -> SafeString:
    """{% empty "Noch nichts" "Sentence." art="coins" %}<a class="btn">…</a>{% endempty %}: what to do next."""
    context = {"content": content, "title": title, "text": text, "art": art, "level": level}
    return render_to_string("components/empty.html", context)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """{% dialog "stop" "Wirklich?" %}…{% enddialog %}, opened by <a href="/fallback/" data-dialog="stop">."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────
@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, object]:
    """List what is wrong above the form, each line a link to its field."""
    fields = [(field, field.errors) for field in form if field.errors] if form.errors else []
    return {"form": form, "fields": fields, "general": form.non_field_errors() if form.errors else []}


@register.filter
def control(field: BoundField) -> str:
    """Say how templates/django/forms/field.html draws this field."""
    widget = field.field.widget
    for kind, name in (
        (widgets.Switch, "switch"),
        (forms.CheckboxInput, "check"),
        (widgets.Tiles, "tiles"),
        (widgets.Chips, "chips"),
        (widgets.ChipsMultiple, "chips"),
        (forms.CheckboxSelectMultiple, "options"),
        (forms.RadioSelect, "options"),
        (forms.SelectMultiple, "input"),
        (forms.Select, "select"),
        (widgets.PinInput, "input"),
        (forms.PasswordInput, "password"),
        (forms.Textarea, "textarea"),
    ):
        if isinstance(widget, kind):
            return name
    return "input"


@register.simple_tag
def draw(field: BoundField, css: str = "input") -> SafeString:
    """Draw the widget of `field` with our class added to its own."""
    own = field.field.widget.attrs
    attrs: dict[str, str | bool] = {"class": f"{css} {own.get('class', '')}".strip()}
    if own.get("rows") == "10":
        attrs["rows"] = "4"  # Django's ten lines fill a phone; people write one sentence
    return field.as_widget(attrs=attrs)


# ── Ways on ──────────────────────────────────────────────────────────────────────────────────────
@register.simple_tag(takes_context=True)
def here(context: template.Context, url: str, exact: bool = False) -> str:
    """Give aria-current="page" if the page shown is `url` or below it."""
    request = context.get("request")
    path = request.path if request else ""
    inside = path == url if exact else path.startswith(url)
    return SafeString(' aria-current="page"') if inside else ""


@register.simple_tag
def url_if(name: str, *args: object) -> str:
    """Give the address of a page that may not exist in this installation, else an empty string."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, page: int) -> str:
    """Give the address of another page of the same list, filters kept."""
    query = context["request"].GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page) -> dict[str, object]:
    return {"page": page, "request": context["request"]}
