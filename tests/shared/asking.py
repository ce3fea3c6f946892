"""Asking the doors as a browser, a script and a sender of signals do."""

from __future__ import annotations

import json
from typing import Any

import azure.functions as func
import board_site
import memory_house
from board_site import doors, house, request
from memory_house import an_event

from functions.answers import never_500
from functions.house import House
from functions.ingest import receive
from functions.showing import Need, View, show
from notbefore.board import Board
from notbefore.entra import Entra
from notbefore.schema import Story


async def a_story() -> tuple[memory_house.House, House, Story]:
    """A house with one story, its doors, and the story."""
    there = house()
    await there.hears(an_event())
    return there, doors(there), (await there.stories())[0]


async def post(inside: House, path: str, view: View, need: Need, body: object = None, **more: Any) -> func.HttpResponse:  # noqa: ANN401 # headers and route
    """A script's POST, with JSON."""
    sent = json.dumps(body or {}).encode()
    kept = {"accept": "application/json", "content_type": "application/json", **more}
    return await show(request(path, "POST", sent, **kept), view, need, inside)


async def read(inside: House, path: str, view: View, **route: str) -> Any:  # noqa: ANN401 # JSON
    """A view as a script gets it."""
    said = await show(request(path, route=route, accept="application/json"), view, inside=inside)
    assert said.status_code == 200
    return json.loads(said.get_body())


async def seen(inside: House, path: str, view: View, **route: str) -> str:
    """A view as a browser gets it."""
    said = await show(request(path, route=route, accept="text/html,*/*"), view, inside=inside)
    assert said.status_code == 200
    return said.get_body().decode()


def a_house(entra: Entra | None = None) -> tuple[memory_house.House, House]:
    """A house in memory, and the same as the doors see it."""
    there = board_site.house()
    return there, House(there.outside, board_site.settings(), Board(there.outside), entra)


def signal(body: bytes, **headers: str) -> func.HttpRequest:
    """A POST to the door."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest(method="POST", url="http://127.0.0.1/signals", headers=named, body=body)


async def knock(request: func.HttpRequest, inside: House) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON, headers."""
    said = await never_500(receive(request, inside))
    return said.status_code, json.loads(said.get_body() or b"null"), dict(said.headers)
