"""Links that carry their own permission: what they open, for whom, until when, signed with the house's key.

A new key revokes every link that was ever sent.
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


def sign(permit: Pass, key: str) -> str:
    """The pass as text for an address: short, because an SMS carries it. `key` has 32 bytes at least."""
    claims = "\n".join((permit.use, permit.story, permit.audience, str(int(permit.until.timestamp())))).encode()
    return f"{_text(claims)}.{_text(_seal(claims, key))}"


def read(token: str, key: str, now: datetime) -> Pass | None:
    """The pass, if it was signed with this key and is not over; None says no more than that it opens nothing."""
    written, dot, seal = token.partition(".")
    if not dot or not key:
        return None
    try:
        claims = urlsafe_b64decode(written.encode() + b"=" * (-len(written) % 4))
        if not hmac.compare_digest(_text(_seal(claims, key)).encode(), seal.encode()):
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
