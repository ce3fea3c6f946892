"""The door for signals: handshakes, sizes, tokens, and what an outage looks like from outside."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import azure.functions as func
import board_site
import jwt
import memory_house
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from memory_house import START

from functions.answers import never_500
from functions.house import House
from functions.ingest import BODY_LIMIT, rebuilt, receive
from notbefore.board import Board
from notbefore.entra import ACTION_GROUPS, EVENT_GRID, Entra, Trust, refusal
from notbefore.errors import Refused, StorageUnavailable, Transient
from notbefore.ports import Signal

TENANT = "77777777-7777-4777-8777-777777777777"
TRUST = Trust(tenant=TENANT, audiences=("api://notbefore", "our-client-id"))
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def a_house(entra: Entra | None = None) -> tuple[memory_house.House, House]:
    """A house in memory, and the same as the doors see it."""
    there = board_site.house()
    return there, House(there.outside, board_site.settings(), Board(there.outside), entra)


def post(body: bytes, **headers: str) -> func.HttpRequest:
    """A POST to the door."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest(method="POST", url="http://127.0.0.1/signals", headers=named, body=body)


async def knock(request: func.HttpRequest, inside: House) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON, headers."""
    said = await never_500(receive(request, inside))
    return said.status_code, json.loads(said.get_body() or b"null"), dict(said.headers)


async def test_a_signal_is_accepted_whatever_it_says() -> None:
    """No content is ever refused: it is archived, queued and answered with 202 and its id."""
    there, inside = a_house()
    for body in (b"", b"no JSON", b"[]", b"\xff\xfe", b'{"a": 1}'):
        status, said, _ = await knock(post(body), inside)
        kept = await there.outside.archive.get(said["signal"])
        assert (status, kept and kept.body) == (202, body)
    assert len(there.signals) == 5


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 202), (BODY_LIMIT + 1, 413)])
async def test_bytes_are_counted(size: int, status: int) -> None:
    """Two MiB are taken in whole, one byte more is refused, and the caller is told the limit."""
    _, inside = a_house()
    found, said, _ = await knock(post(b"x" * size), inside)
    assert found == status
    assert status == 202 or str(BODY_LIMIT) in said["error"]


async def test_event_grid_gets_its_code_back() -> None:
    """The handshake of the Event Grid schema is answered with 200 and the code; 202 would not be accepted."""
    there, inside = a_house()
    event = {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "C-1"}}
    body = json.dumps([event])
    status, said, _ = await knock(post(body.encode(), aeg_event_type="SubscriptionValidation"), inside)
    assert (status, said) == (200, {"validationResponse": "C-1"})
    assert len(there.signals) == 0


async def test_a_handshake_that_cannot_be_read_is_a_signal() -> None:
    """It is kept for a person to see instead of being refused."""
    _, inside = a_house()
    for body in (b"[]", b"{}", b'[{"data": null}]', b"no"):
        status, _, _ = await knock(post(body, aeg_event_type="SubscriptionValidation"), inside)
        assert status == 202


async def test_cloud_events_may_ask_first() -> None:
    """OPTIONS is answered with the origin and the rate that were asked for."""
    _, inside = a_house()
    asked = {"webhook-request-origin": "eventgrid.azure.net", "webhook-request-rate": "120"}
    request = func.HttpRequest(method="OPTIONS", url="http://x/signals", headers=asked, body=b"")
    said = await receive(request, inside)
    assert said.status_code == 200
    assert said.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    assert said.headers["WebHook-Allowed-Rate"] == "120"


class Broken:
    """An archive that is away."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def put(self, signal: Signal) -> None:
        """Fails."""
        del signal
        raise self.error


@pytest.mark.parametrize("error", [StorageUnavailable("throttled"), RuntimeError("a bug of ours"), OSError("reset")])
async def test_no_failure_becomes_a_500(error: Exception) -> None:
    """A 500 would lose the alert for good; a 503 with Retry-After is tried again, and says nothing of the inside."""
    _, inside = a_house()
    outside = type(inside.outside)(**{**_fields(inside.outside), "archive": Broken(error)})
    status, said, headers = await knock(post(b"{}"), House(outside, inside.settings, inside.board))
    assert status == 503
    assert headers["Retry-After"].isdigit()
    assert str(error) not in json.dumps(said)


def _fields(outside: Any) -> dict[str, Any]:  # noqa: ANN401 # any dataclass
    return {name: getattr(outside, name) for name in outside.__dataclass_fields__}


def test_the_event_grid_trigger_gives_the_event_back_whole() -> None:
    """What the platform's library took apart is put together in the Event Grid schema, topic and all."""
    event = func.EventGridEvent(
        id="1",
        data={"a": 1},
        topic="/subscriptions/x",
        subject="s",
        event_type="T",
        event_time=START,
        data_version="2",
    )
    assert rebuilt(event) == {
        "id": "1", "topic": "/subscriptions/x", "subject": "s", "eventType": "T", "eventTime": START,
        "data": {"a": 1}, "dataVersion": "2",
    }  # fmt: skip


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
        status, _, _ = await knock(post(b"{}", authorization=bearer()), inside)
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
    status, _, headers = await knock(post(b"{}", authorization=authorization), inside)
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
    status, _, headers = await knock(post(b"{}", authorization=bearer()), inside)
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
