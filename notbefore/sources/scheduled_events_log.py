"""Event objects inside log texts: whole, broken, in XML, in a Python dict; and the one form that has words only.

Windows services write them into `RenderedDescription`, Linux scripts into syslog. Syslog cuts long lines, so the
last object of a text may be half there: what can be read of it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from notbefore.reading import Fields, embedded, plain_text
from notbefore.reading.decoding import encodable
from notbefore.schema import Impact, Phase

TEXTS = (
    "RenderedDescription", "SyslogMessage", "Message", "EventData", "ParameterXml", "RawData", "msg", "log", "body",
    "text",
)  # fmt: skip  # names in rows
_EVENT_ID = re.compile(r"EventId\W", re.IGNORECASE)
_APPROVAL = re.compile(r"StartRequests", re.IGNORECASE)
_TAGGED = re.compile(r"\s*(?P<tag>[\w.-]+)(?:\[\d*\])?:\s*(?P<text>.*)", re.DOTALL)
_MOST_OBJECTS = 200
"""Braces looked at in one text; a document of a large scale set has some dozens."""


class Found(NamedTuple):
    """The event objects in a row's texts, and why there are none where that can be said."""

    bodies: list[Fields]
    ignored: str = "a log row without an event in it"


def found_in(row: Fields) -> Found:
    """The event objects of the first text of the row that holds any."""
    for name in TEXTS:
        value = row.get(name)
        text = json.dumps(value) if isinstance(value, dict | list) else row.text(name) or ""
        if not _EVENT_ID.search(text):
            continue
        if _APPROVAL.search(text):
            return Found([], "an approval that the machine sent, not an event")
        for spelling in _spellings(text):
            if bodies := _bodies_in(spelling, row, name):
                return Found(bodies)
    return Found([])


def _spellings(text: str) -> Iterator[str]:
    """The text as it is, out of its XML, without escapes, and as a Python dict is printed."""
    if "<" in text or "&quot;" in text:
        text = plain_text(text)
    yield text
    if '\\"' in text:
        yield text.replace('\\"', '"')
    if "'" in text:
        yield text.replace("'", '"')


def _bodies_in(text: str, row: Fields, name: str) -> list[Fields]:
    whole = embedded(text)
    if isinstance(whole, dict) and (told := Fields(whole, row.at(name), row.notes)).has("Events"):
        return told.inners("Events")
    return [Fields(piece, row.at(name), row.notes) for piece in _pieces_of(text)]


def _pieces_of(text: str) -> list[dict[str, object]]:
    """Every whole object with an event id, then what can be read of the rest."""
    decoder, pieces, rest, at = json.JSONDecoder(strict=False), [], "", 0
    for start in [found.start() for found in re.finditer(r"\{", text)][:_MOST_OBJECTS]:
        if start < at:
            continue
        try:
            value, end = decoder.raw_decode(text, start)
            value = encodable(value)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and Fields(value).has("EventId"):
            pieces.append(value)
            rest, at = rest + text[at:start], end
    rest += text[at:]
    broken = embedded(rest) if _EVENT_ID.search(rest) else None
    if isinstance(broken, dict) and Fields(broken).has("EventId"):
        pieces.append(broken)
    return pieces


def words_of(row: Fields) -> tuple[Phase, Impact] | None:
    """What `IsVmInMaint…` says in words, `Incoming VM reboot`; None for every other writer and text."""
    for name in TEXTS[:5]:
        text = row.text(name) or ""
        text = plain_text(text) if "<" in text else text
        tag = row.text("Source", "ProcessName", "tag", "ident") or ""
        if not tag.lower().startswith("isvminmaint") and (found := _TAGGED.fullmatch(text)):
            tag, text = found["tag"], found["text"]
        if tag.lower().startswith("isvminmaint") and text.lower().startswith("incoming vm"):
            return Phase.SCHEDULED, Impact.REBOOT if "reboot" in text.lower() else Impact.UNKNOWN
    return None
