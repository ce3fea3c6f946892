"""Entra tokens at the door for signals: each claim, the tenant's keys, and what a failure looks like."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from asking import a_house, knock, signal
from cryptography.hazmat.primitives.asymmetric import rsa
from memory_house import START

from notbefore.entra import ACTION_GROUPS, EVENT_GRID, Entra, Trust, refusal
from notbefore.errors import Refused, Transient

TENANT = "77777777-7777-4777-8777-777777777777"
TRUST = Trust(tenant=TENANT, audiences=("api://notbefore", "our-client-id"))
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(**changes: object) -> dict[str, Any]:
    """A good token of version 1, as an action group brings it."""
    good: dict[str, Any] = {
        "aud": "api://notbefore",
        "iss": f"https://sts.windows.net/{TENANT}/",
        "appid": ACTION_GROUPS,
        "roles": ["ActionGroupsSecureWebhook"],
        "nbf": int(START.timestamp()) - 60,
        "exp": int(START.timestamp()) + 3600,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


V2: dict[str, object] = {
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "aud": "our-client-id",
    "appid": None,
    "azp": EVENT_GRID,
    "roles": ["AzureEventGridSecureWebhookSubscriber"],
}


@pytest.mark.parametrize("changes", [{}, V2])
def test_both_versions_of_a_token_are_taken(changes: dict[str, object]) -> None:
    """Version 1 names its caller in appid, version 2 in azp; their issuers differ."""
    assert refusal(claims(**changes), TRUST, START) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"exp": int(START.timestamp()) - 1}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": "never"}, "expired"),
        ({"nbf": int(START.timestamp()) + 3600}, "not valid yet"),
        ({"aud": "api://another"}, "audience"),
        ({"aud": ["api://notbefore"]}, "audience"),
        ({"iss": f"https://sts.windows.net/{TENANT}"}, "issuer"),
        ({"iss": f"https://evil.example/https://sts.windows.net/{TENANT}/"}, "issuer"),
        ({"appid": "11111111-0000-4000-8000-000000000000"}, "application"),
        ({"appid": None}, "application"),
        ({"roles": ["Reader"]}, "role"),
        ({"roles": None}, "role"),
        ({"roles": "ActionGroupsSecureWebhook"}, "role"),
    ],
)
def test_each_claim_is_judged_by_itself(changes: dict[str, object], problem: str) -> None:
    """A token that is wrong in one thing only is refused, and the reason names it."""
    found = refusal(claims(**changes), TRUST, START)
    assert found is not None
    assert problem in found


class Tenant:
    """A tenant that publishes a key, counts how often it is asked, and may be away."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    async def fetch(self, url: str) -> bytes:
        """The tenant's keys."""
        self.asked += 1
        if self.away:
            raise Transient("away")
        assert url == f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return json.dumps({"keys": [key | {"kid": "k1", "use": "sig", "alg": "RS256"}]}).encode()


def bearer(key: rsa.RSAPrivateKey = KEY, kid: str = "k1", **changes: object) -> str:
    """The header of a caller."""
    return "Bearer " + jwt.encode(claims(**changes), key, algorithm="RS256", headers={"kid": kid})


async def test_a_token_opens_the_door_and_keys_are_asked_for_once() -> None:
    """A hundred callers cost one look at the tenant's keys."""
    tenant = Tenant()
    _, inside = a_house(Entra(TRUST, tenant.fetch, lambda: START))
    for _ in range(100):
        status, _, _ = await knock(signal(b"{}", authorization=bearer()), inside)
        assert status == 202
    assert tenant.asked == 1


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic eDp5", "Bearer", "Bearer not.a.token", bearer(OTHER), bearer(exp=1), bearer(kid="k2"),
     "Bearer " + jwt.encode(claims(), "x" * 32, algorithm="HS256", headers={"kid": "k1"}),
     "Bearer " + jwt.encode(claims(), "", algorithm="none", headers={"kid": "k1"})],
)  # fmt: skip
async def test_no_token_no_entry(authorization: str) -> None:
    """Nothing, nonsense, another key, an expired one, a weaker algorithm: 401, and nothing is kept."""
    there, inside = a_house(Entra(TRUST, Tenant().fetch, lambda: START))
    status, _, headers = await knock(signal(b"{}", authorization=authorization), inside)
    assert status == 401
    assert headers["WWW-Authenticate"] == "Bearer"
    assert len(there.signals) == 0


async def test_made_up_key_ids_do_not_hammer_the_tenant() -> None:
    """An unknown key id makes us look again, but no more than once in five minutes; then a rotated key is found."""
    tenant, now = Tenant(), [START]
    entra = Entra(TRUST, tenant.fetch, lambda: now[0])
    for number in range(20):
        with pytest.raises(Refused):
            await entra.judge(bearer(kid=f"made-up-{number}"))
    assert tenant.asked == 1
    now[0] += timedelta(minutes=6)
    with pytest.raises(Refused):
        await entra.judge(bearer(kid="made-up"))
    assert tenant.asked == 2


async def test_keys_that_cannot_be_had_are_no_refusal() -> None:
    """Event Grid never comes back after a 401; while the tenant is away it is told to try again."""
    tenant = Tenant()
    tenant.away = True
    _, inside = a_house(Entra(TRUST, tenant.fetch, lambda: START))
    status, _, headers = await knock(signal(b"{}", authorization=bearer()), inside)
    assert status == 503
    assert "Retry-After" in headers


async def test_known_keys_outlive_the_tenants_absence() -> None:
    """When a day is over and the tenant does not answer, the keys that we have still open the door."""
    tenant, now = Tenant(), [START]
    entra = Entra(TRUST, tenant.fetch, lambda: now[0])
    long = int(START.timestamp()) + 10 * 86400
    assert await entra.judge(bearer(exp=long)) == ACTION_GROUPS
    tenant.away = True
    now[0] += timedelta(days=2)
    assert await entra.judge(bearer(exp=long)) == ACTION_GROUPS
