"""Links that carry their own permission: what they open, for whom, until when, signed with the house's key.

A new key revokes every link that was ever sent.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct

LASTS = timedelta(days=14)
"""How long an acknowledge link in a mail opens its page."""

ACKNOWLEDGE = "acknowledge"
"""The use of a link by which a reader takes a story on."""

_ALGORITHM = "HS256"


class Pass(Struct, frozen=True):
    """What a link opens: its use, and for which story and audience."""

    use: str
    story: str
    audience: str
    until: datetime


def sign(permit: Pass, key: str) -> str:
    """The pass as text for an address. `key` has 32 bytes at least."""
    import jwt

    claims = {"use": permit.use, "sub": permit.story, "aud": permit.audience, "exp": int(permit.until.timestamp())}
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def read(token: str, key: str, now: datetime) -> Pass | None:
    """The pass, if it was signed with this key and is not over; None says no more than that it opens nothing."""
    import jwt

    if not token or not key:
        return None
    try:
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM], options={"verify_aud": False, "verify_exp": False})
        until = datetime.fromtimestamp(int(claims["exp"]), UTC)
        permit = Pass(str(claims["use"]), str(claims["sub"]), str(claims["aud"]), until)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return permit if permit.until > now else None
