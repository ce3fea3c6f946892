"""A webhook is signed as Standard Webhooks says, and its answer is understood."""

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace
from tls import contexts_in

from notbefore.channels.webhook import Webhook, signed
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound, networks
from notbefore.schema import Message

KEYS = (b"k" * 32, b"q" * 24)
SECRETS = " ".join("whsec_" + base64.b64encode(key).decode() for key in KEYS)
MESSAGE = Message(
    delivery_id="7a0c2f0e-54f0-5d3b-9f0b-6e6f74626566",
    channel="webhook",
    target="https://hooks.example.com/",
    body='{"text":"übermorgen"}'.encode(),
    content_type="application/cloudevents+json; charset=utf-8",
    options={"secrets": SECRETS},
    at=datetime(2026, 11, 21, 2, 15, 0, 900_000, tzinfo=UTC),
)


def test_signed_over_the_exact_bytes() -> None:
    """Each of two secrets signs id, second and body; the receiver may know either."""
    headers = signed(MESSAGE)
    content = b"7a0c2f0e-54f0-5d3b-9f0b-6e6f74626566.1795227300." + MESSAGE.body
    expected = [base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in KEYS]
    assert headers["webhook-id"] == MESSAGE.delivery_id
    assert headers["webhook-timestamp"] == "1795227300"
    assert headers["webhook-signature"] == " ".join(f"v1,{signature}" for signature in expected)


def test_a_later_attempt_has_the_same_id_and_its_own_time() -> None:
    """The id stays over retries; the timestamp is that of the attempt."""
    later = signed(replace(MESSAGE, at=datetime(2026, 11, 21, 3, 15, tzinfo=UTC)))
    assert later["webhook-id"] == MESSAGE.delivery_id
    assert later["webhook-timestamp"] == "1795230900"
    assert later["webhook-signature"] != signed(MESSAGE)["webhook-signature"]


def test_no_secret_no_signature() -> None:
    """Without a secret, id and timestamp are there all the same."""
    assert set(signed(replace(MESSAGE, options={}))) == {"webhook-id", "webhook-timestamp"}


async def test_a_receiver_behind_entra_gets_a_token_beside_the_signature(tmp_path: Path) -> None:
    """Over TLS the identity's token for its application; in clear none at all, and without an identity nothing."""
    server, client = contexts_in(tmp_path)
    asked: list[str] = []

    async def token(scope: str) -> str:
        asked.append(scope)
        return "a token"

    options = MESSAGE.options | {"entra_audience": "api://hooks"}
    outbound = Outbound(networks(["127.0.0.0/8"]), trust=client)
    async with serving(server) as (url, got):
        sent = replace(MESSAGE, target=url, options=options)
        await Webhook(outbound, token).send(sent)
        assert got[0]["authorization"] == "Bearer a token"
        assert got[0]["webhook-signature"] == signed(sent)["webhook-signature"]
        with pytest.raises(Permanent, match="no managed identity"):
            await Webhook(outbound).send(sent)
        with pytest.raises(Permanent, match="https only"):
            await Webhook(outbound, token).send(replace(sent, target=url.replace("https", "http")))
        assert len(got) == 1
    assert asked == ["api://hooks/.default"]
    await outbound.close()


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """A receiver over TLS: its address, and the headers it got."""
    got: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        got.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}/", got
    await runner.cleanup()


async def test_nothing_goes_out_unsigned() -> None:
    """A webhook that the routing file no longer knows has no secret, and is not told without one."""
    outbound = Outbound(networks(["127.0.0.0/8"]))
    with pytest.raises(Permanent, match="no secret"):
        await Webhook(outbound).send(replace(MESSAGE, options={}, target="http://127.0.0.1:1/"))
    await outbound.close()


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_" + base64.b64encode(b"short").decode(), b"short"),
        (base64.b64encode(b"k" * 32).decode(), b"k" * 32),
        (base64.b64encode(b"k" * 32).decode().rstrip("="), b"k" * 32),
        ("correct-horse-battery", b"correct-horse-battery"),
        ("YWJj", b"YWJj"),
    ],
)
def test_any_secret_signs(secret: str, key: bytes) -> None:
    """Base64 of 24 bytes and more is decoded, as after whsec_; any other secret is used as it is written."""
    content = f"{MESSAGE.delivery_id}.1795227300.".encode() + MESSAGE.body
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    assert signed(replace(MESSAGE, options={"secrets": secret}))["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_=", "whsec_!!!!", "whsec_a"])
def test_a_broken_secret_is_permanent(secret: str) -> None:
    """A secret that is none is the operator's mistake: no retry mends it, and the error does not show it."""
    with pytest.raises(Permanent) as caught:
        signed(replace(MESSAGE, options={"secrets": secret}))
    assert secret not in str(caught.value).split(" is ")[0]


@asynccontextmanager
async def receiver(*answers: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A loopback receiver that answers each request in turn, and keeps what it got."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        got.append(head + await reader.readexactly(length))
        writer.write(answers[len(got) - 1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in", got


async def test_sent_once_and_whole() -> None:
    """The receiver gets the body byte for byte with its headers, once; the receipt says the status and no more."""
    async with receiver(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, got):
        outbound = Outbound(networks(["127.0.0.0/8"]))
        receipt = await Webhook(outbound).send(replace(MESSAGE, target=url))
        await outbound.close()
    assert receipt.details == {"status": "204"}
    assert len(got) == 1
    assert got[0].endswith(b"\r\n\r\n" + MESSAGE.body)
    assert b"content-type: application/cloudevents+json" in got[0].lower()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 429 Slow\r\nRetry-After: 77\r\nContent-Length: 0\r\n\r\n", Transient),
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", Transient),
        (b"", Transient),
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", Permanent),
        (b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", Permanent),
        (b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", Permanent),
    ],
)
async def test_answers_are_understood(answer: bytes, expected: type[Exception]) -> None:
    """Slow down, try again and never again are told apart, after one attempt."""
    async with receiver(answer) as (url, got):
        outbound = Outbound(networks(["127.0.0.0/8"]))
        with pytest.raises(expected) as caught:
            await Webhook(outbound).send(replace(MESSAGE, target=url))
        await outbound.close()
    assert len(got) == 1
    if isinstance(caught.value, Transient) and b"429" in answer:
        assert caught.value.retry_after == 77.0
