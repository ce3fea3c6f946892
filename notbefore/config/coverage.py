"""Does one match take in everything another does? Answered only when it is certain: no false alarms.

Compared key by key: what the wider one asks for, the narrower one must ask for too, and no more broadly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from notbefore.config.model import Matcher
from notbefore.glob import glob_fits, is_glob
from notbefore.schema import Severity

Fold = Callable[[str], str]


def covers(wide: Matcher | None, narrow: Matcher | None, names: Mapping[str, str]) -> bool:
    """Certain that whatever fits `narrow` fits `wide`; `names` are the file's subscriptions. None fits everything."""
    if wide is None:
        return True
    asked = narrow or Matcher()
    return all(part(wide, asked) for part in (partial(_subscriptions, names), _texts, _words, _bounds, _flags, _tags))


def _subscriptions(names: Mapping[str, str], wide: Matcher, narrow: Matcher) -> bool:
    """Names and ids are one; a glob covers what it fits by either of them."""
    if not wide.subscription:
        return True
    by_name = {name.casefold(): known for name, known in names.items()}
    by_id = {known: name for name, known in by_name.items()}
    return bool(narrow.subscription) and all(
        any(_subscription_covers(w.casefold(), n.casefold(), by_name, by_id) for w in wide.subscription)
        for n in narrow.subscription
    )


def _subscription_covers(wide: str, narrow: str, by_name: Mapping[str, str], by_id: Mapping[str, str]) -> bool:
    if is_glob(narrow):
        return wide in (narrow, "*")
    known = by_name.get(narrow, narrow)
    if not is_glob(wide):
        return by_name.get(wide, wide) == known
    return glob_fits(wide, known) or (known in by_id and glob_fits(wide, by_id[known]))


def _region(text: str) -> str:
    return "".join(text.split()).lower()


_TEXT_KEYS: tuple[tuple[str, Fold], ...] = (
    ("region", _region),
    ("service", str.casefold),
    ("resource", str.casefold),
    ("resource_group", str.casefold),
    ("resource_type", str.casefold),
)


def _texts(wide: Matcher, narrow: Matcher) -> bool:
    return all(texts_cover(getattr(wide, key), getattr(narrow, key), fold) for key, fold in _TEXT_KEYS)


def texts_cover(wide: Iterable[str], narrow: Iterable[str], fold: Fold = str.casefold) -> bool:
    """Certain that whatever fits any of the narrow patterns fits one of the wide; no wide pattern asks nothing."""
    wide, narrow = [fold(text) for text in wide], [fold(text) for text in narrow]
    if not wide:
        return True
    return bool(narrow) and all(any(_text_covers(w, n) for w in wide) for n in narrow)


def _text_covers(wide: str, narrow: str) -> bool:
    return wide in (narrow, "*") or (not is_glob(narrow) and glob_fits(wide, narrow))


def _words(wide: Matcher, narrow: Matcher) -> bool:
    for key in ("source", "kind", "phase", "impact", "initiated_by"):
        asked, allowed = set(getattr(narrow, key)), set(getattr(wide, key))
        if allowed and not (asked and asked <= allowed):
            return False
    return True


def _bounds(wide: Matcher, narrow: Matcher) -> bool:
    low, high = wide.min_severity or Severity.INFORMATIONAL, wide.max_severity or Severity.CRITICAL
    if low.rank > (narrow.min_severity or Severity.INFORMATIONAL).rank:
        return False
    if high.rank < (narrow.max_severity or Severity.CRITICAL).rank:
        return False
    under, over = wide.notice_under, wide.notice_over
    if under is not None and (narrow.notice_under is None or narrow.notice_under > under):
        return False
    return over is None or (narrow.notice_over is not None and narrow.notice_over >= over)


def _flags(wide: Matcher, narrow: Matcher) -> bool:
    return all(
        asked is None or asked is found
        for asked, found in ((wide.test, narrow.test), (wide.has_owner, narrow.has_owner))
    )


def _tags(wide: Matcher, narrow: Matcher) -> bool:
    found = {name.casefold(): values for name, values in narrow.tag.items()}
    return all(
        name.casefold() in found and texts_cover(values, found[name.casefold()]) for name, values in wide.tag.items()
    )
