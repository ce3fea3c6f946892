"""What a receiver answered, and what follows: told, try again later, or never again by ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from notbefore.errors import Gone, Permanent, Transient

_TRY_AGAIN = frozenset({408, 425, 429})
_LONGEST = 24 * 3600.0
_SUCCESS, _REDIRECT, _SERVER = 200, 300, 500
_GONE = 410


class Answer(Struct, frozen=True):
    """Status, headers (names lower case) and at most 64 KB of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, from seconds or from a date; None when it says neither. At most a day."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST)
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), _LONGEST)


def accepted(answer: Answer, now: datetime) -> Answer:
    """The answer itself when it is 2xx.

    Raises: Transient for 408, 425, 429 and 5xx, with the receiver's own wish; Permanent for all else:
    a redirect is not followed; Gone for 410, which says stop (Standard Webhooks).
    """
    status = answer.status
    if _SUCCESS <= status < _REDIRECT:
        return answer
    if status in _TRY_AGAIN or status >= _SERVER:
        raise Transient(f"the receiver answered {status}", retry_after(answer.headers.get("retry-after"), now))
    if _REDIRECT <= status < 400:  # noqa: PLR2004 - the classes of HTTP are their own names
        raise Permanent(f"the receiver answered {status}: redirects are not followed")
    if status == _GONE:
        raise Gone("the receiver answered 410: it wants nothing any more")
    raise Permanent(f"the receiver answered {status}")
