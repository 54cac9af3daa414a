"""`{% load cases %}{% ask_us path label %}`: the way to the team, about the thing that is shown."""

from django import template

from accounts.cases.subjects import ask_url, read

register = template.Library()


@register.inclusion_tag("accounts/cases/_ask_us.html", takes_context=True)
def ask_us(context: template.Context, path: str, label: str) -> dict[str, object]:
    user = context["request"].user
    return {"url": ask_url(read(path, label)), "is_youth": hasattr(user, "youth"), "about": label}
