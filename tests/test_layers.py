"""Imports and foreign keys run one way: accounts ← activities ← coins ← partners."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

ROOT = Path(__file__).resolve().parent.parent
# What stands further down may be imported by what stands further up; `clevervibes` itself mixes all of them.
ORDER = ["clevervibes.lib", "accounts", "activities", "coins", "partners", "clevervibes"]
# Inside coins: the ledger knows neither where coins come from nor how minutes become coins.
LEDGER_IGNORES = ("coins.conversion", "coins.funding", "coins.lots", "coins.models.conversion", "coins.models.funding")


def layer(module: str) -> int | None:
    """Return the height of a module of ours, or None for anybody else's."""
    if module == "clevervibes.lib" or module.startswith("clevervibes.lib."):
        return 0
    top = module.partition(".")[0]
    return ORDER.index(top) if top in ORDER else None


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and dotted name of each import; `from a import b` counts as a.b, which may be a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: relative imports hide which layer they reach"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def pointing_upward(module: str, source: str) -> list[str]:
    """Return each line of `module` that imports what stands above it."""
    own = layer(module)
    found = []
    for line, name in imports(source):
        height = layer(name)
        if height is not None and own is not None and height > own:
            found.append(f"{module.replace('.', '/')}.py:{line} points upward: {name}")
        if module == "coins.ledger" and name.startswith(LEDGER_IGNORES):
            found.append(f"coins/ledger.py:{line} must not know {name}")
    return found


def our_modules() -> dict[str, str]:
    files = [file for top in ("clevervibes", *ORDER[1:5]) for file in sorted((ROOT / top).rglob("*.py"))]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts): file.read_text() for file in files}


def test_imports_run_one_way():
    modules = our_modules()

    assert {"clevervibes.lib.db", "accounts.models", "coins.ledger", "partners.redemption"} <= modules.keys()
    assert [line for module, source in modules.items() for line in pointing_upward(module, source)] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("accounts.models", "from activities.models import Category"),
        ("accounts.models", "import coins"),
        ("activities.entries", "from coins import ledger"),
        ("coins.models.ledger", "from partners.models import Offer"),
        ("coins.ledger", "from coins import funding"),
        ("coins.ledger", "from coins.conversion import convert"),
        ("partners.views.counter", "from clevervibes.views import start"),
        ("clevervibes.lib.db", "from accounts.models import User"),
        ("clevervibes.lib.db", "from clevervibes import settings"),
        ("activities.entries", "def late():\n    from partners import catalog"),
    ],
)
def test_a_line_that_points_upward_is_named(module, line):
    found = pointing_upward(module, f'"""Docstring."""\n{line}\n')

    assert len(found) == 1
    assert found[0].startswith(module.replace(".", "/") + ".py:")


def test_downward_and_sideways_imports_pass():
    source = (
        "from accounts.models import User\nfrom coins import ledger\nfrom clevervibes.lib import db\nimport django\n"
    )

    assert pointing_upward("partners.redemption", source) == []
    assert pointing_upward("coins.funding", source) == []


def test_foreign_keys_run_the_same_way_as_imports():
    """A transfer knows nothing of a redemption; a string such as "partners.Offer" would slip past the imports."""
    links = [
        (f"{model.__name__}.{field.name}", layer(model.__module__), layer(field.related_model.__module__))
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        # Whoever a user is, Django keeps exchangeable: a link to AUTH_USER_MODEL names no app.
        if field.is_relation and not field.auto_created and field.related_model not in (None, get_user_model())
    ]
    ours = [(name, own, target) for name, own, target in links if own is not None and target is not None]

    assert len(ours) > 20
    assert [name for name, own, target in ours if target > own] == []


def test_apps_do_not_speak_through_signals():
    """Orders travel down by a plain call, so that a reader can follow them."""
    heard = ("django.dispatch", "django.db.models.signals", "django.contrib.auth.signals")
    found = [
        f"{module}:{line} {name}"
        for module, source in our_modules().items()
        for line, name in imports(source)
        if name.startswith(heard) and module != "clevervibes.lib.apps"
    ]

    assert found == []
