"""One view as a page for people or as JSON for scripts; refusals and failures in the same manner."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import azure.functions as func
import msgspec

from functions.answers import LATER, answer
from functions.callers import Person, from_our_page, person
from functions.house import House, house
from notbefore.errors import Refused, StorageError, Transient
from notbefore.settings import Settings

log = logging.getLogger(__name__)


NOTHING: Mapping[str, str] = {}
FORMS = ("html", "json")
"""What `?format=` asks for at every door that has pages."""


class Need(Enum):
    """What a door asks of who stands before it."""

    READ = "a signed-in person"
    ACT = "a person who may act, from our own page"
    LINK = "whatever the view itself asks, because a signed link may open it"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, where it is answered, and who asks; nobody yet when a link may open the door."""

    req: func.HttpRequest
    house: House
    person: Person | None

    def param(self, name: str, longest: int = 500) -> str:
        """A word of the query, or nothing."""
        return (self.req.params.get(name) or "")[:longest]

    def route(self, name: str) -> str:
        """A word of the path."""
        return (self.req.route_params.get(name) or "")[:200]

    def signed_in(self) -> Person:
        """Who asks. Raises: Refused."""
        return self.person or person(self.req, self.house.settings)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is answered: `json` to scripts, the page of `template` with `view` to people, or the way to go on."""

    json: Any
    template: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)
    here: str = ""
    status: int = 200
    go_on: str | None = None
    """Where a browser goes after a form."""
    raw: bytes | None = None
    """Bytes to be saved and not shown, as `media` under the name `file`."""
    media: str = "text/plain"
    file: str = "signal.txt"


View = Callable[[Ask], Awaitable[Shown]]


async def show(
    req: func.HttpRequest,
    view: View,
    need: Need = Need.READ,
    inside: House | None = None,
    forms: Sequence[str] = FORMS,
) -> func.HttpResponse:
    """The view's answer. Never raises, and never answers 500."""
    try:
        _known(req.params.get("format") or "", forms)
        here = inside or await house()
        ask = Ask(req, here, _admitted(req, here.settings, need))
        return _answer(ask, await view(ask))
    except Refused as refused:
        return _trouble(req, refused.status, str(refused))
    except (StorageError, Transient) as problem:
        log.warning("a page could not be made: %s", problem)
    except Exception:
        log.exception("a page failed")
    return _trouble(req, 503, "Storage does not answer just now. Signals that arrive are not lost; try again shortly.")


def _known(form: str, forms: Sequence[str]) -> None:
    if form and form not in forms:
        raise Refused(400, f"`format` is here one of {', '.join(forms)}; not `{form[:40]}`")


def _admitted(req: func.HttpRequest, settings: Settings, need: Need) -> Person | None:
    if req.method == "POST":
        from_our_page(req, settings)
    if need is Need.LINK:
        return None
    who = person(req, settings)
    if need is Need.ACT and not who.may_act:
        raise Refused(403, f"this needs the role {settings.acting_role}")
    return who


def _answer(ask: Ask, shown: Shown) -> func.HttpResponse:
    from notbefore.board.pages import policy

    if shown.raw is not None:
        saved = {"Content-Disposition": f'attachment; filename="{shown.file}"'}
        return func.HttpResponse(shown.raw, mimetype=shown.media, headers={**policy(""), **saved})
    if wants_json(ask.req):
        return answer(shown.status, shown.json)
    if shown.go_on is not None:
        return func.HttpResponse(status_code=303, headers={"Location": shown.go_on, "Cache-Control": "no-store"})
    who = ask.person
    common = {
        "bare": who is None,
        "here": shown.here,
        "person": who.name if who else "",
        "may_act": bool(who and who.may_act),
    }
    return _html(shown.status, shown.template, ask.house.board.now, {**common, **shown.view})


def _trouble(req: func.HttpRequest, status: int, problem: str) -> func.HttpResponse:
    headers = {"Retry-After": LATER} if status == 503 else {}  # noqa: PLR2004 # HTTP's own number
    if wants_json(req):
        return answer(status, {"error": problem}, headers)
    back, heading = "/", _HEADINGS.get(status, "That did not work")
    if status == 400 and req.method == "GET":  # noqa: PLR2004 # HTTP's own number
        back = urlsplit(req.url).path
    if status == 401:  # noqa: PLR2004 # HTTP's own number
        back = "/.auth/login/aad?post_login_redirect_uri=" + quote(urlsplit(req.url).path or "/", safe="")
    view = {"bare": True, "here": "", "heading": heading, "text": problem[:1].upper() + problem[1:], "back": back}
    return _html(status, "message", datetime.now(UTC), view, headers)


_HEADINGS = {
    400: "That cannot be done so",
    401: "Sign in first",
    403: "This door stays closed",
    404: "There is nothing here",
    409: "That cannot be done now",
    503: "Not just now",
}


def _html(
    status: int, template: str, now: datetime, view: Mapping[str, Any], headers: Mapping[str, str] = NOTHING
) -> func.HttpResponse:
    from notbefore.board.pages import page, policy

    nonce = secrets.token_urlsafe(18)
    body = page(template, nonce, now, **view)
    return func.HttpResponse(body, status_code=status, mimetype="text/html", headers={**policy(nonce), **headers})


def wants_json(req: func.HttpRequest) -> bool:
    """A script says so, in `?format=json` or in what it accepts; a browser accepts text/html."""
    form = req.params.get("format")
    accepted = req.headers.get("accept", "")
    return form == "json" or (form != "html" and "application/json" in accepted and "text/html" not in accepted)


def fields(req: func.HttpRequest) -> dict[str, Any]:
    """What was sent with a POST, as a form or as a JSON object. Raises: Refused (400)."""
    body = req.get_body()
    if "json" in req.headers.get("content-type", ""):
        try:
            return msgspec.json.decode(body or b"{}", type=dict[str, Any])
        except msgspec.DecodeError as problem:
            raise Refused(400, "the body is no JSON object") from problem
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def query_of(wanted: msgspec.Struct | Mapping[str, str]) -> str:
    """The filters of a list, to be put before the next page's bookmark."""
    filters = msgspec.structs.asdict(wanted) if isinstance(wanted, msgspec.Struct) else wanted
    chosen = {name: value for name, value in filters.items() if value}
    return urlencode(chosen) + "&" if chosen else ""
