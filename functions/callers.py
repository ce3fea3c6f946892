"""Who stands at the board's doors, and whether a form comes from our own page."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

import azure.functions as func
import msgspec
from msgspec import Struct

from notbefore.errors import Refused
from notbefore.settings import Settings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", ""})
_NAMES = ("name", "preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name")
_ROLES = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})


class Person(Struct, frozen=True):
    """Who looks, and whether they may act."""

    name: str
    may_act: bool


class _Claim(Struct, frozen=True):
    typ: str
    val: str = ""


class _Principal(Struct, frozen=True):
    claims: list[_Claim] = []
    role_typ: str | None = None


def person(req: func.HttpRequest, settings: Settings) -> Person:
    """Who the platform says is signed in; anybody on this machine when the run is local. Raises: Refused.

    A local run is open, so it answers to names of this machine only: a page elsewhere that points a name of its
    own at 127.0.0.1 learns nothing.
    """
    if settings.local:
        if _host(req) not in _LOOPBACK:
            raise Refused(403, "a local run answers to its own machine only")
        return Person("local run", may_act=True)
    if not settings.platform_sign_in:
        raise Refused(401, "nobody signs people in here yet: see NOTBEFORE_SIGN_IN in the settings")
    principal = _principal(req.headers.get("x-ms-client-principal", ""))
    claims = {claim.typ: claim.val for claim in principal.claims}
    name = next((claims[typ] for typ in _NAMES if claims.get(typ)), None)
    name = name or req.headers.get("x-ms-client-principal-name") or "a person without a name"
    roles = {claim.val for claim in principal.claims if claim.typ in _ROLES | {principal.role_typ}}
    return Person(name[:120], settings.acting_role in roles)


def _principal(header: str) -> _Principal:
    try:
        return msgspec.json.decode(base64.b64decode(header, validate=True), type=_Principal)
    except (binascii.Error, msgspec.DecodeError, ValueError) as problem:
        raise Refused(401, "sign in first") from problem


def from_our_page(req: func.HttpRequest, settings: Settings) -> None:
    """A browser says where a form comes from; what says nothing is no browser. Raises: Refused (403)."""
    site = req.headers.get("sec-fetch-site")
    if site in {"same-origin", "none"}:
        return
    origin = req.headers.get("origin")
    if site is None and origin is None:
        return
    own = {req.headers.get("host", ""), urlsplit(req.url).netloc, urlsplit(settings.public_url or "").netloc} - {""}
    if site is not None or urlsplit(origin or "").netloc not in own:
        raise Refused(403, "this form was sent from another site")


def _host(req: func.HttpRequest) -> str:
    return (urlsplit(f"//{req.headers.get('host') or urlsplit(req.url).netloc}").hostname or "").lower()
