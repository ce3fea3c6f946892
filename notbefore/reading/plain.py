"""HTML to plain text. Azure's HTML is broken, doubly encoded or none at all, so it is never parsed as a tree."""

from __future__ import annotations

import re

_SILENT = re.compile(r"<(script|style|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d|/ul|/ol|/table|hr)\b[^<>]*>", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_CELL = re.compile(r"<(?:/t[dh]|img|/option)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[A-Za-z]|!)[^<>]*>")
_BLANKS = re.compile(r"[ \t\u00a0\f\v]+")
_WRAPPED = re.compile(r"\s*[\r\n]\s*")
_LINES = re.compile(r" ?\n[ \n]*\n ?")


def plain_text(text: str | None) -> str:
    """The words without markup, one empty line at most between paragraphs; "" for None. Never raises.

    A text that is HTML only after its entities are read (Azure sends such) is reduced once more.
    """
    if not text:
        return ""
    for _ in range(2):
        if "<" in text:
            text = _without_tags(text)
        if "&" not in text:
            break
        text = _without_entities(text)
        if not _TAG.search(text):
            break
    text = _BLANKS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _LINES.sub("\n\n", text.replace(" \n", "\n").replace("\n ", "\n")).strip()


def _without_tags(text: str) -> str:
    """In HTML a line break in the source is a blank; only its own elements break a line."""
    text = _SILENT.sub(" ", text)
    if _BREAK.search(text):
        text = _BREAK.sub("\n", _WRAPPED.sub(" ", text))
    return _TAG.sub("", _CELL.sub(" ", _ITEM.sub("\n- ", text)))


def _without_entities(text: str) -> str:
    from html import unescape

    return unescape(text)
