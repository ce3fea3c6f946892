"""`Fields`: tolerant, read-only access to one foreign JSON object.

Keys are compared without regard to case, the exact spelling first. Values are read whatever their type:
a number in a text, a text in a list of one, an object or a list in a string of JSON, `{value, localizedValue}`.
Null, "" and blanks are nothing. What is there and cannot be read is None and noted with its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite

from notbefore.reading.decoding import unwrapped
from notbefore.reading.times import UnreadableTime, parse_time
from notbefore.schema import FieldWarning

_YES = frozenset({"true", "1", "yes"})
_NO = frozenset({"false", "0", "no"})
_NOTHING: dict[str, object] = {}


def is_nothing(value: object) -> bool:
    """Null, "" and blanks."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def text_of(value: object) -> str | None:
    """The value as a text, trimmed; None for nothing and for what is no single text."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and len(value) == 1:
        return text_of(value[0])
    if isinstance(value, dict):
        return text_of(value.get("value") if "value" in value else value.get("Value"))
    return None


def word_of(value: object) -> str:
    """A word of a closed set, ready to compare: lower case, no blanks, `cancelled` as `canceled`; "" for nothing."""
    text = value if isinstance(value, str) else text_of(value) or ""
    return _known_word(text) if len(text) < _LONGEST_WORD else _word(text)


def _word(text: str) -> str:
    word = "".join(text.split()).lower()
    return word.replace("cancelled", "canceled") if "cancelled" in word else word


_LONGEST_WORD = 100
"""Characters; longer texts are no words of a set, and are not remembered."""
_known_word = lru_cache(maxsize=1024)(_word)


class _Folded(dict[str, str]):
    """A key or a name → as it is compared: lower case, without outer blanks. The same few come again and again."""

    def __missing__(self, key: str) -> str:
        if len(self) >= _MOST_KEYS:
            self.clear()
        folded = self[key] = key.strip().lower()
        return folded


_MOST_KEYS = 4096
_FOLDED = _Folded()


class Fields:
    """One JSON object at `path`. `raw` is the object as it came; `notes` collects warnings, shared with children."""

    __slots__ = ("_inner", "_path", "_spelt", "notes", "raw")

    def __init__(
        self, raw: Mapping[str, object], path: str | tuple[Fields, str] = "$", notes: list[FieldWarning] | None = None
    ) -> None:
        """`path` may be the object around this one and the name there: it is put together when somebody asks."""
        self.raw = raw
        self._path = path
        self.notes: list[FieldWarning] = [] if notes is None else notes
        self._spelt: dict[str, str] | None = None
        self._inner: dict[tuple[str, ...], Fields] | None = None

    def __bool__(self) -> bool:
        return bool(self.raw)

    @property
    def path(self) -> str:
        """Where in the payload the object lies: `$`, `$.data.alertContext`, `$[0].data` and so on."""
        if not isinstance(self._path, str):
            around, name = self._path
            self._path = f"{around.path}.{around.key(name) or name}"
        return self._path

    @property
    def spelt(self) -> Mapping[str, str]:
        """Lower-case key without outer blanks → the key as it is spelt here."""
        if self._spelt is None:
            self._spelt = {_FOLDED[key]: key for key in self.raw}
        return self._spelt

    def key(self, name: str) -> str | None:
        """How this object spells the name: exactly so, else without regard to case and outer blanks; else None."""
        return name if name in self.raw else self.spelt.get(_FOLDED[name])

    def has(self, *names: str) -> bool:
        """Every name is a key here, whatever its value."""
        spelt = self._spelt or self.spelt
        for name in names:  # noqa: SIM110 - a generator costs more than what it would ask
            if _FOLDED[name] not in spelt:
                return False
        return True

    def get(self, *names: str) -> object:
        """The raw value of the first name that has one; None when none has."""
        raw = self.raw
        spelt = self._spelt or self.spelt
        for name in names:
            if name in raw:
                value = raw[name]
            elif (folded := _FOLDED[name]) in spelt:
                value = raw[spelt[folded]]
            else:
                continue
            if type(value) is str:
                if value and not value.isspace():
                    return value
            elif value is not None:
                return value
        return None

    def at(self, *names: str) -> str:
        """The path of the first name that has a value, as it is spelt here; else of the first name."""
        for name in names:
            if self.get(name) is not None:
                return f"{self.path}.{self.key(name)}"
        return f"{self.path}.{self.key(names[0]) or names[0]}"

    def note(self, problem: str, *names: str) -> None:
        """Keeps a warning about a field."""
        self.notes.append(FieldWarning(self.at(*names), problem))

    def text(self, *names: str) -> str | None:
        """The first name with a value, as a trimmed text."""
        value = self.get(*names)
        return value.strip() if isinstance(value, str) else None if value is None else text_of(value)

    def word(self, *names: str) -> str:
        """The first name with a value, as a word to compare (see `word_of`); "" for nothing."""
        value = self.get(*names)
        return _known_word(value) if type(value) is str and len(value) < _LONGEST_WORD else word_of(value)

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
        for name in names:
            value = self.get(name)
            if value is None:
                continue
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            try:
                moment = parse_time(value.get("value", value.get("DateTime")) if isinstance(value, dict) else value)
            except UnreadableTime as problem:
                self.note(str(problem), name)
                continue
            if moment is not None:
                return moment
        return None

    def inner(self, *names: str) -> Fields:
        """The object under the first name that holds one (also as a string of JSON); else an empty one."""
        if self._inner is None:
            self._inner = {}
        found = self._inner.get(names)
        if found is None:
            found = self._inner[names] = self._inside(names)
        return found

    def _inside(self, names: tuple[str, ...]) -> Fields:
        for name in names:
            value = self.get(name)
            if isinstance(value, dict) or isinstance(value := unwrapped(value), dict):
                return Fields(value, (self, name), self.notes)
        return Fields(_NOTHING, (self, names[0]), self.notes)

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
        path, values = self.at(*names), enumerate(map(unwrapped, elements))
        return [Fields(value, f"{path}[{i}]", self.notes) for i, value in values if isinstance(value, dict)]

    def texts(self, *names: str) -> list[str]:
        """The texts in the list under the first name with a value; a single text is a list of one."""
        return [text for value in self.items(*names) if (text := text_of(value))]
