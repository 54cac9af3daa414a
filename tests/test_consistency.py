"""Sweeps instead of promises: what must hold for every template, address, model and text."""

import ast
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import django.forms
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.template import engines
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
OURS = ["accounts", "activities", "coins", "partners", "clevervibes"]
PAGES = sorted(file for file in (ROOT / "templates").rglob("*") if file.is_file())
SOURCES = {file: file.read_text() for top in OURS for file in sorted((ROOT / top).rglob("*.py"))}


def place(file: Path, text: str, position: int) -> str:
    return f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, position) + 1}"


def found(pattern: str, files: list[Path]) -> list[str]:
    """Return file:line and text of each match."""
    texts = ((file, file.read_text()) for file in files)
    return [
        f"{place(file, text, match.start())} {match[0]}"
        for file, text in texts
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


# ── Templates ────────────────────────────────────────────────────────────────────────────────────
def test_every_template_is_used():
    """By name in the code or another page, or because a library looks for it under this name."""
    mentions = "\n".join([*SOURCES.values(), *(page.read_text() for page in PAGES)])
    by_django = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    unused = []
    for page in PAGES:
        name = page.relative_to(ROOT / "templates").as_posix()
        stem = name.rpartition(".")[0]  # mails are named without their ending
        if (
            name not in by_django
            and not re.search(rf"""["']{re.escape(stem)}(\.\w+)?["']""", mentions)
            and not in_a_library(name)
        ):
            unused.append(name)

    assert len(PAGES) > 50
    assert unused == []


def in_a_library(name: str) -> bool:
    folders = [Path(str(folder)) for folder in engines["django"].template_dirs]
    packaged = [folder for folder in folders if ROOT not in folder.parents or ".venv" in folder.parts]
    forms = Path(django.forms.__file__).parent / "templates"
    return any((folder / name).exists() for folder in [*packaged, forms])


# A help text comes from our code or Django's, never from a person; the password rules are an HTML list.
REVIEWED_AS_SAFE = {"templates/django/forms/field_help.html", "templates/django/forms/field.html"}


def test_nothing_a_person_wrote_is_trusted_as_html():
    pages = [page for page in PAGES if page.suffix == ".html"]  # plain mail has nothing to escape
    hits = found(r"\|\s*safe(seq)?\b|autoescape off", pages)
    hits += found(r"mark_safe\(|SafeString\((?![\"'][^{]*[\"']\))", list(SOURCES))

    assert {hit.partition(":")[0] for hit in hits} - REVIEWED_AS_SAFE == set()


@pytest.mark.parametrize(
    "inline",
    [
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>",
        r"<style\b",
        r"<[a-z][^>]*\sstyle=",
        r"<[a-z][^>]*\son[a-z]+=",
        r"javascript:",
        r"\bhx-on\b",
    ],
)
def test_no_inline_script_or_style_outside_the_admin(inline):
    pages = [
        page for page in PAGES if page.suffix == ".html" and "admin" not in page.parts and "email" not in page.parts
    ]

    assert found(inline, pages) == []


def test_nothing_is_loaded_from_another_host():
    kinds = {".css", ".js", ".svg", ".webmanifest"}
    files = [*PAGES, *(file for file in ROOT.glob("*/static/**/*") if file.suffix in kinds)]
    attribute = r"(?:src|srcset|action|poster|data)=[\"'](?:https?:)?//"
    style = r"url\([\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//"
    link = r"<link[^>]*href=[\"'](?:https?:)?//"

    assert len(files) > 60
    assert found(f"{attribute}|{style}|{link}", files) == []


# ── Static files, with the storage that production uses ──────────────────────────────────────────
def test_static_files_are_collected_and_every_page_finds_its_own(tmp_path):
    tag = re.compile(r"""\{%\s*static\s+["']([^"']+)["']""")
    named = {match for page in PAGES for match in tag.findall(page.read_text())}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "STATIC_ROOT": str(tmp_path)}, check=True)

    collected = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]

    assert len(named) > 3
    assert named - collected.keys() == set()


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────
SAMPLES = {"uuid": str(uuid.UUID(int=7)), "slug": "nothing", "str": "nothing", "int": "7", "path": "nothing"}
# Everybody may read these. Any other address must not answer a guest with a page.
PUBLIC = {
    "transparency", "transparency-table", "transparency-seals", "transparency-script", "api:transparency",
    "home", "what-counts", "components", "manifest", "service-worker", "offline", "healthz", "csp-report",
    "accounts:concern", "accounts:concern-thanks", "partners:shell",
    "account_login", "account_logout", "account_inactive", "accounts:sign-up", "admin:login", "admin:jsi18n",
    "partners:catalog", "partners:scan", "api:schema", "privacy", "accounts:sign-up-guardian", "accounts:shown-link",
    "account_reset_password", "account_reset_password_done", "api:tokens", "activities:portfolio-proof",
    "help", "imprint", "terms", "accessibility", "partners:take-part", "partners:enquiry-sent",
}  # fmt: skip


def addresses(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and a sample path for every address there is."""
    for pattern in resolver.url_patterns:
        path = before + sample(pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, path, inner)
        elif isinstance(pattern, URLPattern):
            yield space + (pattern.name or ""), path


def sample(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern)
    text = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], text)
    text = re.sub(r"\(\?P<\w+>[^)]*\)", "nothing", text)
    return text.removeprefix("^").removesuffix("$").replace("\\Z", "")


ADDRESSES = sorted(set(addresses(get_resolver(), "/")))


def test_sweep_finds_the_addresses():
    names = {name for name, _ in ADDRESSES}

    assert len(ADDRESSES) > 80
    assert {"home", "start", "admin:index", "account_login"} <= names


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("name", "path"), ADDRESSES, ids=[f"{name or 'unnamed'} {path}" for name, path in ADDRESSES])
def test_a_guest_is_answered_or_refused_and_never_let_in(name, path, method):
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)

    # Of what nobody started here /healthz says that it does not run.
    assert answer.status_code < 500 or name == "healthz"
    if method == "post" and name != "csp-report":
        assert answer.status_code not in {200, 201, 204}
    if name not in PUBLIC:
        assert answer.status_code in {301, 302, 401, 403, 404, 405}
        if answer.status_code in {301, 302}:
            assert answer.headers["Location"].startswith("/"), "only own addresses"


def test_no_address_of_ours_carries_a_number_to_count_up():
    counted = [path for name, path in ADDRESSES if "/7/" in path and not path.startswith("/admin/")]

    assert counted == []


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_in_the_clubs_look(client):
    answer = client.get("/gibt-es-nicht/")

    assert answer.status_code == 404
    assert '<html lang="de"' in answer.content.decode()
    assert "<main" in answer.content.decode()


# ── Models ───────────────────────────────────────────────────────────────────────────────────────
def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model.__module__.partition(".")[0] in OURS]


def test_money_and_minutes_are_whole_numbers():
    """Also nothing that merely passes through: a float in a task or an answer is how the last cent gets lost."""
    fields = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.local_fields
        if isinstance(field, models.FloatField | models.DecimalField)
    ]
    inexact = {"float", "Decimal", "FloatField", "DecimalField", "DurationField"}
    names = [
        f"{file.relative_to(ROOT)}:{node.lineno} {name}"
        for file, source in SOURCES.items()
        if file.relative_to(ROOT).parts[0] != "clevervibes" and "migrations" not in file.parts
        for node in ast.walk(ast.parse(source))
        if (name := getattr(node, "id", getattr(node, "attr", ""))) in inexact
    ]

    assert len(our_models()) > 20
    assert fields == []
    assert names == []


@pytest.mark.django_db
def test_migrations_match_the_models():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# ── Words ────────────────────────────────────────────────────────────────────────────────────────
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}


def german_texts() -> Iterator[tuple[str, str]]:
    """Yield place and text of what people read: marked strings of the code, and pages without their tags."""
    for file, source in SOURCES.items():
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        for call in calls:
            if getattr(call.func, "id", "") in MARKERS:
                texts = [
                    part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                words = re.sub(r"\{.*?\}|%\(.*?\)", "", " ".join(texts))
                yield f"{file.relative_to(ROOT)}:{call.lineno}", words
    for page in PAGES:
        quoted = re.sub(r"\{%\s*translate\s+([\"'])(.*?)\1.*?%\}", r"\2", page.read_text())
        words = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", " ", quoted, flags=re.DOTALL)
        yield page.relative_to(ROOT).as_posix(), words


def test_words_that_mean_something_else_are_not_used():
    """A sponsor gets something in return, which the tax office taxes; a wallet holds money, which coins are not."""
    texts = list(german_texts())

    wrong = re.compile(r"\b(sponsor|wallet|geldbörse)", re.IGNORECASE)

    assert len(texts) > 300
    assert [spot for spot, text in texts if wrong.search(text)] == []
