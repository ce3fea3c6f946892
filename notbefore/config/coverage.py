"""Does one match take in everything another does? Answered only when it is certain: no false alarms.

Compared key by key: what the wider one asks for, the narrower one must ask for too, and no more broadly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from notbefore.config.model import Matcher
from notbefore.glob import glob_fits, is_glob
from notbefore.schema import Severity

Fold = Callable[[str], str]
Comparison = Callable[[Any, Any], bool]
_NOTHING = Matcher()


def asked(matcher: Matcher | None) -> tuple[str, ...]:
    """The keys that a match asks about."""
    if matcher is None:
        return ()
    return tuple(key for key in Matcher.__struct_fields__ if getattr(matcher, key) != getattr(_NOTHING, key))


class Coverage:
    """Comparison of matches within one file, whose subscriptions have these names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._by_name = {name.casefold(): known for name, known in names.items()}
        self._by_id = {known: name for name, known in self._by_name.items()}
        self._comparisons = _COMPARISONS | {"subscription": self._subscriptions}

    def covers(self, wide: Matcher | None, narrow: Matcher | None, keys: Iterable[str] | None = None) -> bool:
        """Certain that whatever fits `narrow` fits `wide`. None fits everything; `keys` are what `wide` asks."""
        narrow = narrow or _NOTHING
        return all(
            self._comparisons[key](getattr(wide, key), getattr(narrow, key))
            for key in (asked(wide) if keys is None else keys)
        )

    def _subscriptions(self, wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
        """Names and ids are one; a glob covers what it fits by either of them."""
        return bool(narrow) and all(any(self._subscription(w, n) for w in wide) for n in narrow)

    def _subscription(self, wide: str, narrow: str) -> bool:
        wide, narrow = wide.casefold(), narrow.casefold()
        if is_glob(narrow):
            return wide in (narrow, "*")
        known = self._by_name.get(narrow, narrow)
        if not is_glob(wide):
            return self._by_name.get(wide, wide) == known
        return glob_fits(wide, known) or (known in self._by_id and glob_fits(wide, self._by_id[known]))


def _texts(fold: Fold) -> Comparison:
    def covers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
        return bool(narrow) and all(any(_text(fold(w), fold(n)) for w in wide) for n in narrow)

    return covers


def _text(wide: str, narrow: str) -> bool:
    return wide in (narrow, "*") or (not is_glob(narrow) and glob_fits(wide, narrow))


def _region(text: str) -> str:
    return "".join(text.split()).lower()


def _words(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return bool(narrow) and set(narrow) <= set(wide)


def _same(wide: bool, narrow: bool | None) -> bool:  # noqa: FBT001 - values of a key, compared like all others
    return wide is narrow


def _at_least(wide: Severity, narrow: Severity | None) -> bool:
    return wide.rank <= (narrow or Severity.INFORMATIONAL).rank


def _at_most(wide: Severity, narrow: Severity | None) -> bool:
    return wide.rank >= (narrow or Severity.CRITICAL).rank


def _under(wide: timedelta, narrow: timedelta | None) -> bool:
    return narrow is not None and narrow <= wide


def _over(wide: timedelta, narrow: timedelta | None) -> bool:
    return narrow is not None and narrow >= wide


def _tags(wide: Mapping[str, tuple[str, ...]], narrow: Mapping[str, tuple[str, ...]]) -> bool:
    found = {name.casefold(): values for name, values in narrow.items()}
    return all(_FOLDED(values, found.get(name.casefold(), ())) for name, values in wide.items())


_FOLDED = _texts(str.casefold)
_COMPARISONS: dict[str, Comparison] = {
    "region": _texts(_region),
    "service": _FOLDED,
    "source": _words,
    "kind": _words,
    "phase": _words,
    "impact": _words,
    "initiated_by": _words,
    "resource": _FOLDED,
    "resource_group": _FOLDED,
    "resource_type": _FOLDED,
    "tag": _tags,
    "has_owner": _same,
    "test": _same,
    "min_severity": _at_least,
    "max_severity": _at_most,
    "notice_under": _under,
    "notice_over": _over,
}
