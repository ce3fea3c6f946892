"""The doctor at the doors: it sees handshakes answered, and doors that stand open to strangers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import azure.functions as func
import board_site
import pytest
from aiohttp import web
from board_site import house, served

from functions.answers import never_500
from functions.doctor import examined
from notbefore.doctor.doors import asked, doors
from notbefore.doctor.finding import Finding, State
from notbefore.drill.door import Door
from notbefore.drill.signals import azures_tests
from notbefore.entra import Entra, Trust
from notbefore.errors import NotBeforeError, Transient
from notbefore.schema import DRILL_SUBSCRIPTION


async def found(url: str, *, local: bool = True, key: dict[str, str] | None = None) -> dict[str, Finding]:
    """Findings by name."""
    return {one.name: one async for one in doors(url, key or {}, local=local)}


async def test_open_doors_of_a_local_run_are_well() -> None:
    """The probe and both handshakes answer."""
    async with served(house()) as site:
        seen = await found(site.url)
    assert {name: one.state for name, one in seen.items()} == {
        "door for probes": State.GOOD,
        "handshake of Event Grid": State.GOOD,
        "handshake of CloudEvents": State.GOOD,
    }


async def test_doors_that_are_open_to_strangers_are_wrong() -> None:
    """What a local run may do, an app in Azure may not: a signal without a key, a header that says who one is."""
    given = board_site.settings(local=False, platform_sign_in=True)
    async with served(house(), given) as site:
        seen = await found(site.url, local=False)
    assert seen["door for signals"].state is State.WRONG
    assert "header" in seen["door for people"].advice or "authentication" in seen["door for people"].advice
    assert seen["door for people"].state is State.WRONG


async def test_closed_doors_are_well_and_the_handshake_is_not_known_without_a_key() -> None:
    """401 everywhere: nothing is wrong, and what was not seen is not called good."""

    async def closed(_: web.Request) -> web.Response:
        return web.Response(status=401)

    async with answering(closed) as url:
        seen = await found(url, local=False)
        with_a_bad_key = await found(url, key={"x-functions-key": "wrong"})
        (own,) = await asked(url, {})
    states = {name: one.state for name, one in seen.items()}
    assert states["door for signals"] is states["door for people"] is State.GOOD
    assert states["handshake of Event Grid"] is State.NOT_CHECKED
    assert with_a_bad_key["handshake of Event Grid"].state is State.WRONG
    assert (own.state, "NOTBEFORE_DRILL_KEY" in own.detail) == (State.NOT_CHECKED, True)


async def test_the_app_tells_of_itself_only_to_who_may_knock() -> None:
    """Without a good token 401, and nothing of what is inside."""

    async def away(_: str) -> bytes:
        raise Transient("away")

    entra = Entra(Trust(tenant="t", audiences=("a",)), away, lambda: datetime.now(UTC))
    request = func.HttpRequest("GET", "http://127.0.0.1/doctor", body=b"")
    said = await never_500(examined(request, lambda: entra))
    assert (said.status_code, b"findings" in said.get_body()) == (401, False)


async def test_nobody_there_is_said_for_each_door() -> None:
    """With what to do, and without a crash."""
    seen = await found("http://127.0.0.1:9", local=False)
    assert len(seen) == 5
    assert all(one.state is State.WRONG and one.advice for one in seen.values())
    (own,) = await asked("http://127.0.0.1:9", {})
    assert own.state is State.WRONG


async def test_a_sick_house_names_what_is_sick() -> None:
    """The probe's own words come through."""

    async def sick(_: web.Request) -> web.Response:
        checks = [{"name": "sweeper", "ok": False, "detail": "stands still"}, {"name": "storage", "ok": True}]
        return web.json_response({"checks": checks}, status=503)

    async with answering(sick) as url:
        seen = await found(url)
    assert seen["door for probes"].detail == "503 sweeper: stands still"


@pytest.mark.parametrize("body", [b"", b"no JSON", b'{"checks": 7}'])
async def test_a_probe_that_talks_nonsense_is_wrong_and_no_crash(body: bytes) -> None:
    """Whatever stands there is not ours."""

    async def odd(_: web.Request) -> web.Response:
        return web.Response(status=500, body=body)

    async def fine(_: web.Request) -> web.Response:
        return web.Response(status=200, body=body)

    async with answering(odd) as url:
        assert (await found(url))["door for probes"].state is State.WRONG
    async with answering(fine) as url:
        (own,) = await asked(url, {})
        assert own.state is State.WRONG
        async with Door(url) as door:
            with pytest.raises(NotBeforeError, match="something else"):
                await door.receipts("x")
            with pytest.raises(NotBeforeError):
                await door.post(azures_tests(datetime.now(UTC), uuid4(), DRILL_SUBSCRIPTION)[0])


def answering(answer: Callable[[web.Request], Awaitable[web.Response]]) -> Listening:
    """A server of one answer."""
    return Listening(answer)


class Listening:
    """On a free port of this machine, while the block lasts."""

    def __init__(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> str:
        """Its address."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        """Ends."""
        await self._runner.cleanup()
