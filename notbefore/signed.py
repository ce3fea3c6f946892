"""Links that carry their own permission: what they open, for whom, until when, signed with the house's key.

Several keys may hold at once, parted by blanks: the first signs, each opens what it has signed. A key that is taken
away revokes every link it signed.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from msgspec import Struct

LASTS = timedelta(days=14)
"""How long an acknowledge link in a mail opens its page."""

ACKNOWLEDGE = "acknowledge"
"""The use of a link by which a reader takes a story on."""


class Pass(Struct, frozen=True):
    """What a link opens: its use, and for which story and audience."""

    use: str
    story: str
    audience: str
    until: datetime


def sign(permit: Pass, keys: str) -> str:
    """The pass as text for an address: short, because an SMS carries it. `keys`: one or more of 32 bytes at least."""
    claims = "\n".join((permit.use, permit.story, permit.audience, str(int(permit.until.timestamp())))).encode()
    return f"{_text(claims)}.{_text(_seal(claims, keys.split(maxsplit=1)[0]))}"


def read(token: str, keys: str, now: datetime) -> Pass | None:
    """The pass, if one of these keys signed it and it is not over; None says no more than that it opens nothing."""
    written, dot, seal = token.partition(".")
    if not dot:
        return None
    try:
        claims = urlsafe_b64decode(written.encode() + b"=" * (-len(written) % 4))
        seals = [_text(_seal(claims, key)).encode() for key in keys.split()]
        if not any([hmac.compare_digest(one, seal.encode()) for one in seals]):  # noqa: C419 # all take the same time
            return None
        use, story, audience, until = claims.decode().split("\n")
        permit = Pass(use, story, audience, datetime.fromtimestamp(int(until), UTC))
    except (ValueError, OverflowError, OSError):
        return None
    return permit if permit.until > now else None


def _seal(claims: bytes, key: str) -> bytes:
    """Half of HMAC-SHA256: 128 bits, which RFC 2104 (section 5) allows."""
    return hmac.digest(key.encode(), claims, "sha256")[:16]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
