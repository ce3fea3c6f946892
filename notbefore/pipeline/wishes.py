"""A silence as a person writes it, in a form or as JSON, made into an order or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import msgspec

from notbefore.config.model import Matcher
from notbefore.config.report import nearest, shown
from notbefore.config.scalars import said
from notbefore.errors import Refused
from notbefore.muting import Silence
from notbefore.schema import Impact, InitiatedBy, Kind, Phase, Severity, Source

LONGEST = timedelta(days=31)
"""What is to be silent for longer is a mute of the routing file, where others see it."""

_LENGTH = re.compile(r"([1-9][0-9]{0,4})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_TEXTS = (
    "subscription", "region", "service", "source", "kind", "phase", "impact", "initiated_by", "resource",
    "resource_group", "resource_type",
)  # fmt: skip  # the keys of a match that are lists of texts
_SINGLE = ("min_severity", "max_severity")
_WORDS: dict[str, type[StrEnum]] = {
    "source": Source, "kind": Kind, "phase": Phase, "impact": Impact, "initiated_by": InitiatedBy,
    "min_severity": Severity, "max_severity": Severity,
}  # fmt: skip


def read_silence(fields: Mapping[str, object], author: str, now: datetime) -> Silence:
    """The order. Its matcher is in `match`, or its keys lie beside the rest, as a form sends them.

    Raises: Refused (400) with what is wrong, in words for the person who wrote it.
    """
    written = fields.get("match", fields)
    if not isinstance(written, Mapping):
        raise Refused(400, "match must be an object")
    reason = fields.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise Refused(400, "a silence needs a reason")
    ends_at = _ends_at(fields, now)
    if ends_at <= now:
        raise Refused(400, "the end is past already: say `for` as in 4h, or a later `ends_at`")
    if ends_at > now + LONGEST:
        raise Refused(400, f"a silence ends within {LONGEST.days} days; what is longer is a mute of the routing file")
    match = _matcher(written, strict=written is not fields)
    return Silence(
        id=uuid4().hex, author=author, match=match, starts_at=now, ends_at=ends_at, reason=reason.strip()[:300]
    )


def _matcher(written: Mapping[str, object], *, strict: bool) -> Matcher:
    unknown = sorted(set(written) - {*_TEXTS, *_SINGLE, "tag"})
    if strict and unknown:
        raise Refused(400, f"a silence cannot match by {', '.join(unknown)}")
    keys: dict[str, object] = {name: written[name] for name in _SINGLE if written.get(name)}
    for name in _TEXTS:
        value = written.get(name)
        if value:
            keys[name] = [value] if isinstance(value, str) else value
    if written.get("tag"):
        keys["tag"] = _tags(written["tag"])
    if not keys:
        raise Refused(400, "say what is to be silent: a subscription, a region, a kind, a resource")
    _must_be_known(keys)
    try:
        return msgspec.convert(keys, Matcher)
    except msgspec.ValidationError as problem:
        raise Refused(400, str(problem)) from problem


def _must_be_known(keys: Mapping[str, object]) -> None:
    """A word that is none is answered with the nearest, or with all there are. Raises: Refused."""
    for name, words in _WORDS.items():
        value = keys.get(name, ())
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text not in set(words):
                raise Refused(400, f"`{shown(text)}` is no {said(words)} ({nearest(text, words)})")


def _tags(written: object) -> dict[str, object]:
    """Name of a tag → globs over its value: `{"team": "web-*"}`, or as a form and a command have it, `team=web-*`."""
    if isinstance(written, Mapping):
        return {str(name): [value] if isinstance(value, str) else value for name, value in written.items()}
    tags: dict[str, object] = {}
    for text in written if isinstance(written, list) else [written]:
        name, equals, value = str(text).partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Refused(400, "a tag is matched by its name and value: team=payments")
        known = tags.setdefault(name.strip(), [])
        if isinstance(known, list):
            known.append(value.strip())
    return tags


def _ends_at(fields: Mapping[str, object], now: datetime) -> datetime:
    """From `for`, a length such as `4h`, or from `ends_at`, a time with its zone."""
    length, until = fields.get("for"), fields.get("ends_at")
    found = _LENGTH.fullmatch(length) if isinstance(length, str) else None
    if found:
        return now + int(found[1]) * _UNITS[found[2]]
    try:
        at = datetime.fromisoformat(until) if isinstance(until, str) else None
    except ValueError as problem:
        raise Refused(400, "ends_at is no time") from problem
    if at is None or at.utcoffset() is None:
        raise Refused(400, "say how long: `for` as in 4h, or `ends_at` with its zone")
    return at.astimezone(UTC)
