"""Pages as text: elements and words on lines of their own, so that two pages can be compared whatever their spaces."""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

VOID = {"meta", "img", "source", "link", "br", "hr", "input"}

INLINE = {"a", "b", "button", "code", "em", "img", "input", "label", "option", "select", "small", "span", "strong"}
"""Elements beside which a space is seen."""

MANY = 6
"""Lists in a chart with more are cut to their first item."""

STYLE = {
    "object",
    "line",
    "marker",
    "legend",
    "lighting",
    "bdata",
    "dtype",
    "colours",
    "palette",
    "colorscale",
    "fillcolor",
}
"""What in a chart is no word to read."""

Attributes = dict[str, str | None]


class Token(NamedTuple):
    """A tag or a text of a page."""

    kind: str
    """start, end or text."""
    text: str
    open: tuple[str, ...]
    """The elements that it stands in, for a tag its own among them."""


class Page(HTMLParser):
    """The tags and texts of a page; complains of tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Attributes]] = []
        self.tokens: list[Token] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    @classmethod
    def read(cls, path: Path) -> Page:
        return cls(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        shown = "".join(f' {key}="{(value or "").replace(chr(10), "⏎")}"' for key, value in sorted(attrs))
        self.tokens.append(Token("start", f"<{tag}{shown}>", (*self.open, tag)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tokens.append(Token("end", f"</{tag}>", tuple(self.open)))
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.tokens and self.tokens[-1].kind == "text":
            data = self.tokens.pop().text + data
        self.tokens.append(Token("text", data, tuple(self.open)))

    def texts(self, *inside: str, without: tuple[str, ...] = ()) -> list[str]:
        """Return the texts inside the elements `inside`, outside of those of `without`."""
        texts = (token for token in self.tokens if token.kind == "text")
        return [t.text for t in texts if {*inside} <= {*t.open} and not {*without} & {*t.open}]

    @property
    def text(self) -> str:
        """All that is read, its spaces made one."""
        return " ".join(" ".join(self.texts(without=("script", "style"))).split())

    @property
    def charts(self) -> dict[str, dict[str, Any]]:
        """The charts' data, by name."""
        names = [str(attributes["data-chart"]) for _, attributes in self.tags if "data-chart" in attributes]
        data = [text for text in self.texts("script") if '"layout"' in text and text.startswith("{")]
        return {name: json.loads(text) for name, text in zip(names, data, strict=True)}


def lines(page: Page, *, whole: bool = False) -> list[str]:
    """Return a page, a line for each tag and each text, indented; spaces count only beside inline elements.

    Of charts only the words are shown, unless all is asked for.
    """
    shown: list[str] = []
    for place, token in enumerate(page.tokens):
        depth = len(token.open) - (token.kind != "text")
        if token.kind != "text":
            parts = [token.text]
        elif token.open[-1:] == ("style",):
            parts = ["(style)"]
        elif token.open[-1:] == ("script",):
            parts = _script(token.text, whole)
        elif "pre" in token.open:
            parts = escape(token.text, quote=False).split("\n")
        else:
            text = _spaced(token.text, _inline(page.tokens, place - 1), _inline(page.tokens, place + 1))
            parts = [escape(text, quote=False)]
        shown += [" " * depth + part for part in parts if part]
    return shown


def short(page: Page) -> list[str]:
    """Return the lines of a page with placeholders for figures; leaves on one line, equal lines once."""
    shown: list[str] = []
    for line in map(without_figures, lines(page)):
        end = re.fullmatch(r" *(</\w+>)", line)
        if end and len(shown) > 1 and not shown[-1].lstrip().startswith("<") and shown[-2].endswith(">"):
            text, start = shown.pop(), shown.pop()
            line = f"{start}{text.strip()}{end[1]}"
        elif end and shown and re.fullmatch(rf" *<{end[1][2:-1]}( .*)?>", shown[-1]):
            line = shown.pop() + end[1]
        if not (shown and shown[-1] == line and re.match(r' *(<(td|th|option|li|img)\b|"data": )', line)):
            shown.append(line)
    return shown


def without_figures(text: str) -> str:
    """Return a line of a page with placeholders for numbers, versions, hashes and the bytes of pictures."""
    for pattern, placeholder in (
        (r"data:image/webp;base64,[\w+/=]*", "(picture)"),
        (r"'sha256-[^']*'", "(hash)"),
        (r'(data-object=")[^"]+', r"\1(object)"),
        (r' class="leads"', ""),
        (r"^( *phasekit )\d\S*$", r"\1(version)"),
        (r"(?<![\w#])[+−-]?\d+(,\d{3})*(\.\d+)?(e[+-]?\d+)?", "#"),
    ):
        text = re.sub(pattern, placeholder, text)
    return text


def _inline(tokens: list[Token], place: int) -> bool:
    return 0 <= place < len(tokens) and tokens[place].open[-1] in INLINE


def _spaced(text: str, after_inline: bool, before_inline: bool) -> str:
    """Make spaces one and show those at the ends that are seen."""
    text = re.sub(r"\s+", " ", text)
    text = text if after_inline else text.lstrip()
    text = text if before_inline else text.rstrip()
    return re.sub(r"^ | $", "␣", text)


def _script(text: str, whole: bool) -> list[str]:
    """Return a chart's data, each trace on a line of its own; of other scripts only that there is one."""
    try:
        data = json.loads(text)
    except ValueError:
        return [text if whole else "(script)"]
    data = data if whole else _words(data)
    rows = [(key, part) for key in sorted(data) for part in (data[key] if key == "data" else [data[key]])]
    return [f'"{key}": {json.dumps(part, ensure_ascii=False, sort_keys=True)}' for key, part in rows]


def _words(value: Any) -> Any:
    """Return a chart's data without its numbers, and without all but the first of long lists."""
    if isinstance(value, dict):
        parts = {key: _words(part) for key, part in value.items() if key not in STYLE}
        return {key: part for key, part in parts.items() if part not in ({}, [], None)}
    if isinstance(value, list):
        return [word for part in value if (word := _words(part)) is not None][: MANY if len(value) <= MANY else 1]
    return value if isinstance(value, str) else None
