"""Payloads that are lines: JSON Lines, and syslog lines in the forms of RFC 3164 and RFC 5424."""

from __future__ import annotations

import re
from typing import NamedTuple

from notbefore.envelopes.record import Context
from notbefore.errors import MalformedSignal
from notbefore.reading import UnreadableTime, embedded, parse_time
from notbefore.reading.decoding import NotJson, as_text, decode

_RFC_5424 = re.compile(
    r"(?:\d{1,6} )?(?:<\d{1,3}>)?1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<pid>\S+) \S+ "
    r"(?:-|(?:\[[^\]]*\])+) ?(?P<text>.*)",
    re.DOTALL,
)
"""Over TCP a line may begin with its length (RFC 6587)."""
_RFC_3164 = re.compile(
    r"(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (?P<host>\S+) "
    r"(?P<app>[^\s:\[]+)(?:\[(?P<pid>[^\]]*)\])?:? ?(?P<text>.*)",
    re.DOTALL,
)
_EVENT = re.compile(r"EventId|DocumentIncarnation", re.IGNORECASE)
_WORDS_ONLY = re.compile(r"IsVmInMaint", re.IGNORECASE)


class Line(NamedTuple):
    """One line: its value, what it inherits, and whether it may speak of an event at all."""

    value: object
    context: Context
    telling: bool


def split_lines(body: bytes) -> list[str]:
    """The lines that are not blank, without CR."""
    return [line for line in (line.strip() for line in as_text(body).split("\n")) if line]


def line_record(line: str, context: Context) -> Line | None:
    """The line as JSON (an object, a list, or either in a string), or as a row of Syslog; None when it is neither."""
    if line[:1] in ("{", "[", '"'):
        try:
            return Line(decode(line), context, telling=True)
        except (NotJson, MalformedSignal):
            return None
    found = _RFC_5424.fullmatch(line) or _RFC_3164.fullmatch(line)
    if found is None:
        return None
    row = {"ProcessName": found["app"], "HostName": found["host"], "SyslogMessage": found["text"]}
    telling = bool(_WORDS_ONLY.match(found["app"])) or _has_event(found["text"])
    return Line(row, context.within(time=_time_of(found["time"])), telling)


def _has_event(text: str) -> bool:
    """JSON with an event id, whole or broken, or an empty document; escaped once more, or as Python prints a dict."""
    spellings = (text, text.replace('\\"', '"'), text.replace("'", '"'))
    return bool(_EVENT.search(text)) and any(embedded(spelling) is not None for spelling in spellings)


def _time_of(text: str) -> object:
    """The header's time is the forwarder's; without a year it cannot be read."""
    try:
        return parse_time(text)
    except UnreadableTime:
        return None
