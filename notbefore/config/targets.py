"""Where a channel sends: addresses, numbers, urls and secrets, each of which may be `${env:NAME}`.

What is judged is the resolved text; what is kept is the written one. No message repeats either of them.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notbefore.config.report import Report
from notbefore.config.scalars import Schema, text_of

if TYPE_CHECKING:
    from yaml import Node

Judge = Callable[[str], tuple[str, str] | None]
_LONGEST = 2000
_WHSEC = "whsec_"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_APPLICATION = re.compile(r"api://[A-Za-z0-9._~/-]{1,200}")
_NOT_IN_ADDRESS = frozenset(',;:<>"()[]\\')
_NEVER = ("169.254.0.0/16", "168.63.129.16/32", "0.0.0.0/8", "224.0.0.0/4", "fe80::/10", "ff00::/8", "::/128")
"""Nobody's receiver: the platform's own doors, multicast. Everything else is judged when it is sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """A text of one kind, `${env:NAME}` included."""

    what: str
    judge: Judge
    examples: tuple[str, ...] = ()

    def read(self, node: Node, report: Report) -> str | None:
        """The text as written."""
        text = text_of(node, report, f"a text that is {self.what}")
        if text is None:
            return None
        before = len(report.mistakes)
        resolved = report.resolve(node, text)
        wrong = self.judge(resolved) if resolved is not None and len(resolved) <= _LONGEST else None
        if wrong is not None:
            report.at(node, *wrong)
        elif len(resolved or text) > _LONGEST:
            report.at(node, f"longer than {_LONGEST} characters")
        return text if len(report.mistakes) == before else None

    def schema(self, _defs: Schema) -> Schema:
        """A text."""
        described = {"type": "string", "minLength": 1, "description": self.what + ", or ${env:NAME}"}
        return described | ({"examples": list(self.examples)} if self.examples else {})


def is_address(text: str) -> bool:
    """One plain mail address: no blanks, no list, no display name."""
    name, at, domain = text.rpartition("@")
    plain = text.isprintable() and not any(sign.isspace() or sign in _NOT_IN_ADDRESS for sign in text)
    labels = domain.split(".")
    return bool(at and name and "@" not in name and len(labels) > 1 and all(labels)) and plain


def _mail(text: str) -> tuple[str, str] | None:
    return None if is_address(text) else ("no mail address", "one plain address such as team@example.com")


def _number(text: str) -> tuple[str, str] | None:
    return None if _E164.fullmatch(text) else ("no number in E.164", 'write it as "+31201234567": + and digits only')


def _url(text: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "no url", "write it as https://host/path"
    if parts.scheme not in ("https", "http") or not host or any(sign.isspace() for sign in text):
        return "no url", "write it as https://host/path"
    if parts.username is not None or parts.password is not None:
        return "a url with a name or password in it", "use the channel's own keys for secrets"
    return ("a url to an address that no receiver has", "") if _nobody(host) else None


def _chat(text: str) -> tuple[str, str] | None:
    """A url, or an address in Apprise's own form."""
    scheme, colon, rest = text.partition("://")
    if scheme.lower() in ("https", "http") or not colon:
        return _url(text)
    plain = scheme.replace("+", "").replace("-", "").isalnum() and rest and not any(sign.isspace() for sign in text)
    return None if plain else ("no address of a chat", "https://…, or Apprise's form, as tgram://token/chat")


def _nobody(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in _NEVER)


def _signing(text: str) -> tuple[str, str] | None:
    """A secret that says it is of Standard Webhooks must be one; the signer would find out too late."""
    if not text.startswith(_WHSEC):
        return None
    try:
        usable = b64decode(text.removeprefix(_WHSEC), validate=True)
    except ValueError:
        usable = b""
    return None if usable else ("a secret that signs nothing", "whsec_ and base64 of 32 random bytes")


def _application(text: str) -> tuple[str, str] | None:
    """Never one of Azure's own: whoever receives the token could act as we may there."""
    found = _APPLICATION.fullmatch(text)
    return None if found else ("no application of your own", "its Application ID URI, as api://notbefore-hooks")


def _any(_text: str) -> tuple[str, str] | None:
    return None


MAIL = Target("a mail address", _mail, ("team@example.com",))
PHONE = Target("a number in E.164", _number, ("+31201234567",))
URL = Target("a url", _url, ("https://hooks.example.com/notbefore",))
CHAT = Target("a chat's address", _chat, ("${env:TEAMS_URL}", "${env:TELEGRAM}"))
SECRET = Target("a secret", _any, ("${env:HOOK_SECRET}",))
SIGNING_SECRET = Target("a signing secret", _signing, ("${env:HOOK_SECRET}",))
APPLICATION = Target("an Application ID URI", _application, ("api://notbefore-hooks",))
WORD = Target("a text", _any)
