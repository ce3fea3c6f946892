"""Any service that Apprise knows, by its address: Telegram, Discord, ntfy, Matrix, Mattermost and a hundred more.

Apprise opens its own connections: in a thread, watched, so that each address is judged as ours are. It answers only
whether the service took it: what it did not take is tried again until the time for that is up.
"""

from __future__ import annotations

import asyncio
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from notbefore.errors import Permanent, Transient
from notbefore.outbound import Networks
from notbefore.outbound.client import TIME_LIMIT
from notbefore.outbound.watched import watched
from notbefore.schema import Message, Receipt

if TYPE_CHECKING:
    from apprise import AppriseAsset

_HERE = frozenset({"syslog", "dbus", "glib", "gnome", "macosx", "windows"})
"""Services that open no connection: they would speak to the machine that the product runs on."""
_KINDS = {"critical": "failure", "error": "failure", "warning": "warning", "informational": "info"}


async def send(message: Message, shown: dict[str, Any], allowed: Networks) -> Receipt:
    """Hands it over once. Raises: Transient, Permanent."""
    try:
        async with asyncio.timeout(TIME_LIMIT):
            name, taken, refused = await asyncio.to_thread(_told, message, str(shown["level"]), allowed)
    except TimeoutError as problem:
        raise Transient("the service did not answer in time") from problem
    if refused:
        raise Permanent(refused)
    if not taken:
        raise Transient(f"{name} did not take it")
    return Receipt({"service": name})


def _told(message: Message, level: str, allowed: Networks) -> tuple[str, bool, str | None]:
    """The name of the service, whether it took the message, and what the guard refused."""
    from apprise import Apprise, OverflowMode

    with watched(allowed) as watch:
        service = Apprise.instantiate(message.target, asset=_asset(), suppress_exceptions=True)
        if service is None:
            return "", False, "Apprise knows no such service, or its address is not whole"
        name = str(service.service_name)
        if type(service).__module__.rpartition(".")[2] in _HERE:
            return name, False, f"{name} tells only this machine"
        if "overflow=" not in message.target:
            service.overflow_mode = OverflowMode.TRUNCATE
        kind = _KINDS[level]
        try:
            taken = service.notify(body=message.text, title=message.subject, notify_type=kind, body_format="text")
        except OSError:
            taken = False
        return name, bool(taken), watch.refused


@lru_cache(maxsize=1)
def _asset() -> AppriseAsset:
    """No redirects, no plugins from elsewhere, and nothing of an address in the log."""
    from apprise import AppriseAsset

    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    return AppriseAsset(http_redirects=False, app_id="NotBefore", app_desc="NotBefore", secure_logging=True)
