"""`Fields`: tolerant, read-only access to one foreign JSON object.

Keys are compared without regard to case, the exact spelling first. Values are read whatever their type:
a number in a text, a text in a list of one, an object or a list in a string of JSON, `{value, localizedValue}`.
Null, "" and blanks are nothing. What is there and cannot be read is None and noted with its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import isfinite

from notbefore.reading.decoding import unwrapped
from notbefore.reading.remembered import Remembered
from notbefore.reading.spelling import SPELLINGS
from notbefore.reading.times import KNOWN_TIMES, UnreadableTime, parse_time
from notbefore.schema import FieldWarning

_YES = frozenset({"true", "1", "yes"})
_NO = frozenset({"false", "0", "no"})
_NOTHING: dict[str, object] = {}


def is_nothing(value: object) -> bool:
    """Null, "" and blanks."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def text_of(value: object) -> str | None:
    """The value as a text, trimmed; None for nothing and for what is no single text."""
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and len(value) == 1:
        return text_of(value[0])
    if isinstance(value, dict):
        return text_of(value.get("value") if "value" in value else value.get("Value"))
    return None


def _bare(value: object) -> object:
    """A time out of a list of one, or of an object that holds it."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.get("value", value.get("DateTime")) if isinstance(value, dict) else value


def word_of(value: object) -> str:
    """A word of a closed set, ready to compare: lower case, no blanks, `cancelled` as `canceled`; "" for nothing."""
    text = value if isinstance(value, str) else text_of(value) or ""
    return _WORDS[text]


def _word(text: str) -> str:
    word = "".join(text.split()).lower()
    return word.replace("cancelled", "canceled") if "cancelled" in word else word


_WORDS = Remembered(_word, longest=100)


class Fields:
    """One JSON object at `place`. `raw` is the object as it came; `notes` collects warnings, shared with children.

    `spelling` is that of its keys, and of all objects that spell theirs alike.
    """

    __slots__ = ("_inner", "notes", "place", "raw", "spelling")

    def __init__(self, raw: Mapping[str, object], place: Place = "$", notes: list[FieldWarning] | None = None) -> None:
        self.raw = raw
        self.spelling = SPELLINGS[tuple(raw)]
        self.place = place
        self.notes: list[FieldWarning] = [] if notes is None else notes
        self._inner: dict[tuple[str, ...], Fields] = {}

    def __bool__(self) -> bool:
        return bool(self.raw)

    def apart(self) -> Fields:
        """The same object, whose notes from now on are not those of what is around it."""
        return Fields(self.raw, self.place, [*self.notes])

    @property
    def path(self) -> str:
        """Where in the payload the object lies: `$`, `$.data.alertContext`, `$[0].data` and so on."""
        if not isinstance(self.place, str):
            self.place = spelt_out(self.place)
        return self.place

    @property
    def spelt(self) -> Mapping[str, str]:
        """Lower-case key without outer blanks → the key as it is spelt here."""
        return self.spelling.folded

    def key(self, name: str) -> str | None:
        """How this object spells the name: exactly so, else without regard to case and outer blanks; else None."""
        found = self.spelling[(name,)]
        return found[0] if found else None

    def keys(self, *names: str) -> tuple[str, ...]:
        """The keys that stand for these names, in the order of the names."""
        return self.spelling[names]

    def has(self, *names: str) -> bool:
        """Every name is a key here, whatever its value."""
        return len(self.spelling[names]) == len(names)

    def get(self, *names: str) -> object:
        """The raw value of the first name that has one; None when none has."""
        for key in self.spelling[names]:
            value = self.raw[key]
            if type(value) is str:
                if value and not value.isspace():
                    return value
            elif value is not None:
                return value
        return None

    def at(self, *names: str) -> str:
        """The path of the first name that has a value, as it is spelt here; else of the first name."""
        return spelt_out(self.under(*names))

    def under(self, *names: str) -> Below:
        """The place of the first name that has a value, else of the first name; `at` spells it out."""
        for key in self.spelling[names]:
            if not is_nothing(self.raw[key]):
                return self.place, key, None
        return self.place, self.key(names[0]) or names[0], None

    def note(self, problem: str, *names: str) -> None:
        """Keeps a warning about a field."""
        self.notes.append(FieldWarning(self.at(*names), problem))

    def text(self, *names: str) -> str | None:
        """The first name with a value, as a trimmed text."""
        for key in self.spelling[names]:
            value = self.raw[key]
            if type(value) is str:
                if text := value.strip():
                    return text
            elif value is not None:
                return text_of(value)
        return None

    def word(self, *names: str) -> str:
        """The first name with a value, as a word to compare (see `word_of`); "" for nothing."""
        for key in self.spelling[names]:
            value = self.raw[key]
            if type(value) is str:
                if word := _WORDS[value]:
                    return word
            elif value is not None:
                return word_of(value)
        return ""

    def number(self, *names: str) -> int | None:
        """A whole number; a fraction is cut. Noted when there is something else."""
        value = self.get(*names)
        if value is None:
            return None
        try:
            number = float(value) if isinstance(value, int | float) else float(text_of(value) or "")
        except (ValueError, OverflowError):
            number = float("nan")
        if not isfinite(number):
            self.note(f"not a number: {str(value)[:80]!r}", *names)
            return None
        return value if isinstance(value, int) and not isinstance(value, bool) else int(number)

    def flag(self, *names: str) -> bool | None:
        """True or false in any spelling; None for nothing or another word."""
        word = self.word(*names)
        return True if word in _YES else False if word in _NO else None

    def time(self, *names: str) -> datetime | None:
        """The first name with a readable time, in UTC. What is there and unreadable is noted and passed over."""
        for key in self.spelling[names]:
            value = self.raw[key]
            if value is None:
                continue
            try:
                moment = KNOWN_TIMES[value] if type(value) is str else parse_time(_bare(value))
            except UnreadableTime as problem:
                self.note(str(problem), key)
                continue
            if moment is not None:
                return moment
        return None

    def inner(self, *names: str) -> Fields:
        """The first object with keys under these names (also as a string of JSON); else an empty one under the last."""
        if (known := self._inner.get(names)) is not None:
            return known
        for key in self.spelling[names]:
            value = self.raw[key]
            if type(value) is not dict:
                value = unwrapped(value)
            if value and type(value) is dict:
                inside = Fields(value, (self.place, key, None), self.notes)
                break
        else:
            inside = Fields(_NOTHING, (self.place, self.key(names[-1]) or names[-1], None), self.notes)
        self._inner[names] = inside
        return inside

    def items(self, *names: str) -> list[object]:
        """The list under the first name with a value (also as a string of JSON); a single value is a list of one."""
        value = self.get(*names)
        if value is None or isinstance(value := unwrapped(value), list):
            return value or []
        return [] if is_nothing(value) else [value]

    def inners(self, *names: str) -> list[Fields]:
        """The objects in the list under the first name with a value; other elements are passed over."""
        elements = self.items(*names)
        if not elements:
            return []
        (around, key, _), values = self.under(*names), enumerate(map(unwrapped, elements))
        return [Fields(value, (around, key, i), self.notes) for i, value in values if isinstance(value, dict)]

    def texts(self, *names: str) -> list[str]:
        """The texts in the list under the first name with a value; a single text is a list of one."""
        return [text for value in self.items(*names) if (text := text_of(value))]


Below = tuple["Place", str, int | None]
Place = str | Below
"""A JSON path, or a place, a name there and an index: most are never asked for, and then never spelt out."""


def spelt_out(place: Place) -> str:
    """The JSON path."""
    if isinstance(place, str):
        return place
    around, name, index = place
    return f"{spelt_out(around)}.{name}" if index is None else f"{spelt_out(around)}.{name}[{index}]"
