"""Times of day, days of the week, zones and languages of the routing file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Schema, text_of, type_of

if TYPE_CHECKING:
    from yaml import Node

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_OF_THIS_MACHINE = re.compile(r"(posix|right)/|localtime$|posixrules$|Factory$")
"""Files beside the zones of a machine that are not IANA names: another machine has others, or none."""

_DAY = re.compile(r"(\w+)(?:\s*-\s*(\w+))?")


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time such as "22:00", in quotes: without them YAML reads a number of base sixty."""

    def read(self, node: Node, report: Report) -> int | None:
        """Minutes after midnight, 0 to 1440."""
        text = node.value if isinstance(node.value, str) else ""
        if isinstance(node.value, str) and not getattr(node, "style", None) and re.fullmatch(r"[\d:]+", text):
            number = " is a number to YAML;" if type_of(node) == "int" else ":"
            report.at(node, f"{text} without quotes{number} times of day are quoted", f'quote it: "{text}"')
            return None
        found = _TIME.fullmatch(text)
        if not found:
            report.at(node, f"`{shown(text)}` is no time of day", 'write it as "07:30"; "24:00" is the end of the day')
            return None
        return 60 * int(text[:2]) + int(text[3:])

    def schema(self, _defs: Schema) -> Schema:
        """Hours and minutes."""
        return {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "examples": ["22:00"]}


@dataclass(frozen=True, slots=True)
class Days:
    """One day, a list of days, or a range, which may wrap: `mon`, `[mon, wed]`, `fri-mon`."""

    def read(self, node: Node, report: Report) -> tuple[int, ...] | None:
        """Days from 0 (Monday) to 6, each once, in the order of the week."""
        parts = node.value if type_of(node) == "seq" else [node]
        read = [self._part(part, report) for part in parts]
        if not parts:
            report.at(node, "no day at all", "leave `days` out for every day")
        days = [days for days in read if days is not None]
        if not parts or len(days) < len(read):
            return None
        return tuple(sorted({day for part in days for day in part}))

    def _part(self, node: Node, report: Report) -> tuple[int, ...] | None:
        text = text_of(node, report, "a text such as mon or mon-fri")
        found = _DAY.fullmatch(text.strip().lower()) if text is not None else None
        words = [word for word in found.groups() if word is not None] if found else []
        wrong = next((word for word in words if word not in DAYS), None)
        if text is not None and (wrong is not None or not words):
            advice = nearest(wrong[:3], DAYS) if wrong else "write mon, [mon, wed] or mon-fri"
            report.at(node, f"`{shown(wrong or text)}` is no day", advice)
        if wrong is not None or not words:
            return None
        first, last = DAYS.index(words[0]), DAYS.index(words[-1])
        return tuple((first + step) % 7 for step in range((last - first) % 7 + 1))

    def schema(self, _defs: Schema) -> Schema:
        """A day or a range, or a list of them."""
        day = "(" + "|".join(DAYS) + ")"
        part = {"type": "string", "pattern": f"^{day}(-{day})?$"}
        return {"anyOf": [part, {"type": "array", "items": part, "minItems": 1}]}


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA time zone."""

    def read(self, node: Node, report: Report) -> str | None:
        """The zone's name, known to this machine or to the tzdata package."""
        from zoneinfo import available_timezones

        text = text_of(node, report)
        if text is None:
            return None
        if not _is_zone(text):
            advice = nearest(text, available_timezones()) if "/" in text else "an IANA name such as Europe/Amsterdam"
            report.at(node, f"`{shown(text)}` is no time zone", advice if len(advice) < 100 else "")  # noqa: PLR2004
            return None
        return text

    def schema(self, _defs: Schema) -> Schema:
        """A name such as Europe/Amsterdam."""
        return {"type": "string", "examples": ["UTC", "Europe/Amsterdam", "America/New_York"]}


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, a path, a folder
        return False
    return _OF_THIS_MACHINE.match(name) is None


@dataclass(frozen=True, slots=True)
class Language:
    """A language, or one with its country: `nl`, `nl-BE`. Texts we do not have are in English."""

    def read(self, node: Node, report: Report) -> str | None:
        """The language, known to the library that writes dates."""
        text = text_of(node, report)
        if text is None or text in ("en", "nl", "de", "fr"):
            return text
        from babel import Locale, UnknownLocaleError

        try:
            Locale.parse(text, sep="-")
        except (UnknownLocaleError, ValueError):
            report.at(node, f"`{shown(text)}` is no language", "write it as en, nl or nl-BE")
            return None
        return text

    def schema(self, _defs: Schema) -> Schema:
        """A language tag."""
        return {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z]{2,4})?$", "examples": ["en", "nl"]}
