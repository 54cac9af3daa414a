"""The few marks that a text of ours may carry, and HTML made of them. Everything else is shown as it was typed.

A blank line ends a paragraph, `## ` and `### ` begin headings, `- ` and `1. ` lists; `**bold**` and
`[words](https://… or /page/ or mailto:… or tel:…)` within a line. There is no way to write HTML.
"""

import re
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

_INLINE = re.compile(r"\[(?P<words>[^\[\]\n]{1,300})\]\((?P<url>[^()\s]{1,500})\)|\*\*(?P<bold>[^*\n]{1,500})\*\*")
# Nothing that runs, and nothing that only looks like a page of ours ("//host", "/\host").
_URL = re.compile(
    r"https://[\w.-]+(?::\d+)?(?:[/?#][^\s\"'<>\\]*)?|/(?![/\\])[^\s\"'<>\\]*|#[\w-]+"
    r"|mailto:[\w.+-]+@[\w.-]+|tel:\+?[\d-]+",
    re.ASCII,
)
_HEADING = re.compile(r"(#{2,3}) +(.+)")
_ITEM = re.compile(r"- +(.+)")
_STEP = re.compile(r"\d{1,3}[.] +(.+)")


@dataclass(frozen=True)
class Heading:
    level: int
    words: str
    anchor: str


@dataclass
class Page:
    """A text as HTML, with its headings for a list of contents."""

    html: SafeString = field(default_factory=SafeString)
    headings: list[Heading] = field(default_factory=list)


def render(text: str) -> Page:
    """Return `text` as HTML. Whatever is typed, no tag of its own gets through."""
    page = Page()
    parts = []
    for block in re.split(r"\n[ \t]*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        while lines:
            part, lines = _part(lines, page.headings)
            parts.append(part)
    page.html = format_html_join("\n", "{}", ((part,) for part in parts))
    return page


def _part(lines: list[str], headings: list[Heading]) -> tuple[SafeString, list[str]]:
    """Return the first heading, list or paragraph of a block, and the lines that are left."""
    if found := _HEADING.fullmatch(lines[0]):
        heading = Heading(len(found[1]), _bare(found[2]), _anchor(found[2], headings))
        headings.append(heading)
        html = format_html('<h{} id="{}">{}</h{}>', heading.level, heading.anchor, _line(found[2]), heading.level)
        return html, lines[1:]
    for pattern, tag in ((_ITEM, "ul"), (_STEP, "ol")):
        items = []
        for line in lines:
            item = pattern.fullmatch(line)
            if item is None:
                break
            items.append(item[1])
        if items:
            rows = format_html_join("", "<li>{}</li>", ((_line(item),) for item in items))
            return format_html("<{}>{}</{}>", tag, rows, tag), lines[len(items) :]
    length = next((at for at, line in enumerate(lines) if at and _starts_something(line)), len(lines))
    words = format_html_join(SafeString("<br>"), "{}", ((_line(line),) for line in lines[:length]))
    return format_html("<p>{}</p>", words), lines[length:]


def _starts_something(line: str) -> bool:
    return any(pattern.fullmatch(line) for pattern in (_HEADING, _ITEM, _STEP))


def _line(text: str) -> SafeString:
    parts: list[str] = []
    end = 0
    for found in _INLINE.finditer(text):
        parts.append(text[end : found.start()])
        parts.append(_marked(found))
        end = found.end()
    parts.append(text[end:])
    return format_html_join("", "{}", ((part,) for part in parts))


def _marked(found: re.Match[str]) -> str:
    if found["bold"]:
        return format_html("<strong>{}</strong>", found["bold"])
    if not _URL.fullmatch(found["url"]):
        return found[0]
    return format_html('<a href="{}">{}</a>', found["url"], found["words"])


def _bare(text: str) -> str:
    return _INLINE.sub(lambda found: found["bold"] or found["words"], text)


def _anchor(text: str, headings: list[Heading]) -> str:
    """Return where a link leads to the heading: its words, and a number where another one says the same."""
    words = slugify(_bare(text).replace("ß", "ss").replace("ı", "i"))[:60] or "abschnitt"
    # Not the id of anything else on the page.
    anchor, taken = f"s-{words}", {heading.anchor for heading in headings}
    return next(name for name in (anchor, *(f"{anchor}-{n}" for n in range(2, 1000))) if name not in taken)
