"""What each role of the team may do in the admin, as written in staff.yaml and as the pages answer."""

from pathlib import Path

import yaml
from django.contrib import admin
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from clevervibes.lib.team import OPS, Role

FILE = Path(__file__).with_name("staff.yaml")
ROLES = [*Role.values, OPS]
ACTS = ("view", "add", "change", "delete")


def written() -> dict[str, dict[str, list[str]]]:
    """Return model → what can be done → the roles that may, from the file."""
    found = yaml.safe_load(FILE.read_text())
    return {page: {do: words.split() for do, words in row.items()} for page, row in found.items()}


def pages() -> dict[str, admin.ModelAdmin]:
    return {model._meta.label_lower.replace(".", "/"): page for model, page in admin.site._registry.items()}


def request_of(user: User, *, popup: bool = False) -> HttpRequest:
    request = RequestFactory().get("/admin/", {"_popup": "1"} if popup else {})
    request.user = user
    return request


def done_by(page: admin.ModelAdmin, user: User) -> set[str]:
    """Return all that `page` lets somebody do: usual rights, acts of its rule, actions on rows and on one row."""
    request = request_of(user)
    found = {do for do in ACTS if getattr(page, f"has_{do}_permission")(request)}
    if "change" not in found and page.may(request, "change"):
        found.add("decide")  # rows that nobody rewrites, and that somebody decides about on pages of their own
    found |= {act for act in page.rule.acts if page.may(request, act)}
    found |= {f"do:{name}" for name in page.get_actions(request) if name != "as_csv"}
    if "view" in found:
        offered = page.get_actions_detail(request, None)
        found |= {f"do:{action.action_name.removeprefix(prefix(page))}" for action in offered}
    return found


def prefix(page: admin.ModelAdmin) -> str:
    return f"{page.opts.app_label}_{page.opts.model_name}_"
