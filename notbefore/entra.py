"""Whether a bearer token may knock: signature, times, audience, issuer, calling application, role.

Checking audience and issuer alone would let in every application of the tenant (Azure docs: Secure webhook;
Access token claims reference). Tokens come in two versions: v1 names the caller in `appid`, v2 in `azp`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from notbefore.errors import Refused, Transient
from notbefore.ports import Clock

if TYPE_CHECKING:
    from jwt import PyJWK

ACTION_GROUPS = "461e8683-5575-4561-ac7f-899cc907d62a"
"""The application as which action groups call a secure webhook; the same in every tenant."""
EVENT_GRID = "4962773b-9cdb-44cf-a8bf-237846a00ab7"
"""The application as which Event Grid calls a protected webhook."""
CALLERS = (ACTION_GROUPS, EVENT_GRID)
ROLES = ("ActionGroupsSecureWebhook", "AzureEventGridSecureWebhookSubscriber", "AzureEventGridSecureWebhook")

_KEPT = timedelta(hours=24)
_NOT_AGAIN = timedelta(minutes=5)
"""A token with an unknown key id makes us ask for the keys again, but no more often than this."""
_EARLY = timedelta(minutes=5)
"""How far the issuer's clock may be ahead of ours. An expired token gets no such grace."""

Fetch = Callable[[str], Awaitable[bytes]]
"""The body found at a URL. Raises: Transient, Permanent."""


class Trust(Struct, frozen=True, kw_only=True):
    """Whose tokens are taken: one tenant, our application's id or URI, known callers, any of the roles."""

    tenant: str
    audiences: tuple[str, ...]
    callers: tuple[str, ...] = CALLERS
    roles: tuple[str, ...] = ROLES
    authority: str = "https://login.microsoftonline.com"

    @property
    def issuers(self) -> tuple[str, str]:
        """Both forms, compared as whole strings."""
        return f"https://sts.windows.net/{self.tenant}/", f"{self.authority}/{self.tenant}/v2.0"

    @property
    def keys_url(self) -> str:
        """Where the tenant publishes the keys it signs with."""
        return f"{self.authority}/{self.tenant}/discovery/v2.0/keys"


class Entra:
    """Judges tokens of one tenant, and keeps its keys for a day."""

    def __init__(self, trust: Trust, fetch: Fetch, clock: Clock) -> None:
        self._trust = trust
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PyJWK] = {}
        self._fetched: datetime | None = None

    async def judge(self, authorization: str | None) -> str:
        """The calling application's id. Raises: Refused (401); Transient when the keys cannot be had."""
        import jwt

        token = _bearer(authorization)
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims = jwt.decode(token, key, algorithms=["RS256"], options=_SIGNATURE_ONLY)
        except jwt.PyJWTError as problem:
            raise Refused(401, f"the token cannot be verified: {type(problem).__name__}") from problem
        problem_found = refusal(claims, self._trust, self._clock())
        if problem_found:
            raise Refused(401, f"the token {problem_found}")
        return str(_caller(claims))

    async def _key(self, kid: str) -> PyJWK:
        now = self._clock()
        stale = self._fetched is None or now - self._fetched > _KEPT
        unknown = kid not in self._keys and self._fetched is not None and now - self._fetched > _NOT_AGAIN
        if stale or unknown:
            await self._fetch_keys(kid, now)
        if kid not in self._keys:
            raise Refused(401, "the token is signed with a key that the tenant does not publish")
        return self._keys[kid]

    async def _fetch_keys(self, kid: str, now: datetime) -> None:
        """A key that we know stays good while the tenant cannot be reached."""
        try:
            self._keys = _usable(await self._fetch(self._trust.keys_url))
            self._fetched = now
        except Transient:
            if kid not in self._keys:
                raise


_SIGNATURE_ONLY: Any = {"verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False,
                        "verify_aud": False, "verify_iss": False, "verify_sub": False, "verify_jti": False}  # fmt: skip
"""All claims are judged below, against our own clock."""


def refusal(claims: Mapping[str, Any], trust: Trust, now: datetime) -> str | None:
    """Why a token with a good signature is refused all the same; None when it is taken."""
    roles = claims.get("roles")
    known = set(map(str, roles)) if isinstance(roles, list) else set()
    judged = (
        (_at(claims, "exp") <= now.timestamp(), "has expired"),
        (_at(claims, "nbf") > (now + _EARLY).timestamp(), "is not valid yet"),
        (claims.get("aud") not in trust.audiences, "is for another audience"),
        (claims.get("iss") not in trust.issuers, "is from another issuer"),
        (_caller(claims) not in trust.callers, "belongs to an application that may not call here"),
        (known.isdisjoint(trust.roles), "has no role that may call here"),
    )
    return next((problem for refused, problem in judged if refused), None)


def _at(claims: Mapping[str, Any], name: str) -> float:
    """Seconds of the epoch; 0 when it is not said, which for `exp` is long over."""
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _caller(claims: Mapping[str, Any]) -> object:
    return claims.get("azp") or claims.get("appid")


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "a bearer token is needed")
    return token.strip()


def _usable(body: bytes) -> dict[str, PyJWK]:
    """The tenant's signing keys by id; a key of an unknown kind is passed over."""
    from jwt import PyJWKSet, PyJWTError

    try:
        keys = PyJWKSet.from_dict(msgspec.json.decode(body, type=dict[str, Any])).keys
    except (msgspec.DecodeError, PyJWTError) as problem:
        raise Transient("the tenant's keys cannot be read") from problem
    return {key.key_id: key for key in keys if key.key_id}
