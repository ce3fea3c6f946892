"""HTML to plain text. Azure's HTML is broken, doubly encoded or none at all, so it is never parsed as a tree."""

from __future__ import annotations

import re

from notbefore.reading.remembered import Remembered

_SILENT = re.compile(r"<(script|style|title)\b", re.IGNORECASE)
_SPOKEN_AGAIN = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style", "title")}
_TAG = re.compile(r"<(?:(?P<name>/?[A-Za-z][A-Za-z0-9]*)|!)[^<>]*>")
_WRAPPED = re.compile(r"\s*[\r\n]\s*")

_PLACES = {
    **dict.fromkeys(("/p", "/div", "/ul", "/ol", "/table", *(f"/h{level}" for level in range(1, 7))), "\n\n"),
    **dict.fromkeys(("br", "hr", "/tr"), "\n"),
    **dict.fromkeys(("/td", "/th", "img", "/option"), " "),
    "li": "\n- ",
}
"""What stands in place of an element; nothing for any other."""


def plain_text(text: str | None) -> str:
    """The words without markup, one empty line at most between paragraphs; "" for None. Never raises.

    A text that is HTML only after its entities are read (Azure sends such) is reduced once more.
    """
    return _PLAIN[text] if text else ""


def _reduced(text: str) -> str:
    for _ in range(2):
        if "<" in text:
            text = _without_tags(text)
        if "&" not in text:
            break
        text = _without_entities(text)
        if "<" not in text or not _TAG.search(text):
            break
    return _tidy(text)


_PLAIN = Remembered(_reduced, longest=8192, most=256)


def _without_tags(text: str) -> str:
    """In HTML a line break in the source is a blank; only its own elements break a line."""
    lowered = text.lower()
    if "</s" in lowered or "</title" in lowered:
        text = _without_silent(text)
    if ("\n" in text or "\r" in text) and (
        "</p" in lowered or "<br" in lowered or "</div" in lowered or "</li" in lowered
    ):
        text = _WRAPPED.sub(" ", text)
    return _TAG.sub(_in_place_of, text)


def _without_silent(text: str) -> str:
    """The text without elements that show nothing. One that never ends is looked for once, not from each beginning."""
    kept, at, endless = [], 0, set()
    for begins in _SILENT.finditer(text):
        name = begins[1].lower()
        if begins.start() < at or name in endless:
            continue
        if ends := _SPOKEN_AGAIN[name].search(text, begins.end()):
            kept += [text[at : begins.start()], " "]
            at = ends.end()
        else:
            endless.add(name)
    return "".join((*kept, text[at:]))


def _in_place_of(tag: re.Match[str]) -> str:
    return _PLACES.get((tag[1] or "").lower(), "")


def _without_entities(text: str) -> str:
    from html import unescape

    return unescape(text)


def _tidy(text: str) -> str:
    """Blanks and empty lines, one at most."""
    if "\n" not in text and "\r" not in text:
        return " ".join(text.split())
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()
