"""Every address there is, read off the URLconf."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Route:
    """`name` as `reverse` knows it, `path` with its arguments named, which are `args`."""

    name: str
    path: str
    args: tuple[str, ...]

    def filled(self, value: str) -> str:
        """Return the address with `value` for its argument; none of ours has two."""
        return "/" + re.sub(r"<\w+>", value, self.path)

    @property
    def is_staff(self) -> bool:
        return self.path.startswith("admin/")

    @property
    def staff_model(self) -> str | None:
        """Return `app/model` of a page of a ModelAdmin."""
        found = re.match(r"admin/(\w+/\w+)/", self.path)
        return found[1] if found and not self.path.startswith("admin/password_change/") else None


def routes() -> list[Route]:
    return sorted(set(_walk(get_resolver())), key=lambda route: (route.path, route.name))


def _walk(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = before + _readable(pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield Route(space + (pattern.name or ""), path, tuple(re.findall(r"<(\w+)>", path)))


def _readable(pattern: URLPattern | URLResolver) -> str:
    """Return a path with `<argument>` in it, whether it was written as a path or as a regular expression."""
    text = re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", _GROUP.sub(r"<\1>", str(pattern.pattern)))
    return text.removeprefix("^").removesuffix("$").replace("\\Z", "")
