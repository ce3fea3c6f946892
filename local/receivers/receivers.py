"""All local receivers together: one port for HTTP and the mail box's pages, one for mail."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from local.host.web import only_this_machine
from local.receivers import inward, smtp
from local.receivers.arrivals import Inbox, Listener
from local.receivers.automation import Automation
from local.receivers.jira import Jira
from local.receivers.pagerduty import PagerDuty
from local.receivers.pages import MailBox
from local.receivers.records import Records
from local.receivers.servicenow import ServiceNow
from local.receivers.set_up import SetUp

_HOST = "127.0.0.1"
_LARGEST = 32 * 1024 * 1024


class Receivers:
    """What stands in for everybody who would be told. Loopback only."""

    def __init__(self, runner: web.AppRunner, mail: asyncio.Server, automation: Automation) -> None:
        self._runner = runner
        self._mail = mail
        self._automation = automation

    @property
    def url(self) -> str:
        """Where messages are posted (`/webhook`, `/sms`, `/chat`, `/itsm/…`), and the mail box for a browser."""
        return f"http://{_HOST}:{self._runner.addresses[0][1]}"

    @property
    def smtp(self) -> str:
        """Where mail is handed in."""
        return f"smtp://{_HOST}:{self._mail.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Closes the doors."""
        await self._automation.close()
        self._mail.close()
        await self._mail.wait_closed()
        await self._runner.cleanup()


async def start(
    received: Path, listener: Listener, port: int = 0, set_up: SetUp | None = None, signals: str | None = None
) -> Receivers:
    """Opens the doors; `listener` hears of each message. A wished port that is taken gives way to a free one.

    `set_up` are the rules of the ticket systems; the lenient ones when it is not given. `signals` is the door that
    runbooks report to.
    """
    rules = set_up or SetUp()
    inbox = Inbox(received, listener)
    records = Records(inbox)
    automation = Automation(signals)
    app = web.Application(client_max_size=_LARGEST, middlewares=[only_this_machine])
    inward.add_routes(app, inbox, automation)
    ServiceNow(records, rules).add_routes(app)
    Jira(records, rules).add_routes(app)
    PagerDuty(records).add_routes(app)
    MailBox(inbox).add_routes(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, port).start()
    except OSError:
        await web.TCPSite(runner, _HOST, 0).start()
    return Receivers(runner, await smtp.listen(inbox, _HOST, 0), automation)
