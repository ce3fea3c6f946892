"""Mail by SMTP: STARTTLS, TLS from the start, or plain to this machine. aiosmtplib is imported at the first mail."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from notbefore.channels import mime
from notbefore.errors import ConfigError, DeliveryError, Mistake, Permanent, Transient
from notbefore.outbound.turns import Turns
from notbefore.schema import Message, Receipt

if TYPE_CHECKING:
    from ssl import SSLContext

TIME_LIMIT = 10.0
_GOODBYE = 1.0
_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_FOR_GOOD = 500


class SmtpServer(Struct, frozen=True):
    """Where mails are handed in. `starttls` None: when the server offers it."""

    host: str
    port: int
    tls: bool = False
    starttls: bool | None = True
    user: str | None = None
    password: str | None = None


def smtp_server(url: str) -> SmtpServer:
    """`smtp://user:password@host:587` (STARTTLS wanted), `smtps://host:465`; `?starttls=no` for one without.

    To this machine itself STARTTLS is used when offered. Raises: ConfigError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise _wrong(str(problem)) from problem
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _wrong("must be smtp://host:port or smtps://host:port")
    wish = parse_qs(parts.query).get("starttls", [""])[0]
    starttls = False if wish == "no" or parts.scheme == "smtps" else None if parts.hostname in _LOOPBACK else True
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        starttls=starttls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class Email:
    """The channel `email`. `sender` is the From address; its domain makes the Message-ID.

    `trust` is whom to believe about the server's certificate; None: whom this machine believes.
    """

    def __init__(
        self, server: SmtpServer, sender: str, *, limit: float = TIME_LIMIT, trust: SSLContext | None = None
    ) -> None:
        self._server = server
        self._sender = mime.address(sender)
        self._domain = sender.rpartition("@")[2]
        self._limit = limit
        self._trust = trust
        self._turns = Turns()

    async def send(self, message: Message) -> Receipt:
        """Hands the mail to the server. Raises: Transient for 4xx, silence and a failed login; Permanent for 5xx.

        Silence after the whole mail was sent does not say that it failed: a second try has the same Message-ID.
        """
        import aiosmtplib

        sender = mime.address(message.options.get("from", self._sender))
        mail = mime.compose(message, sender, self._domain)
        to = mime.address(message.target)
        try:
            async with self._turns.one(), asyncio.timeout(self._limit):
                answer = await self._hand_in(mail, sender, to)
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise _meaning(problem) from problem
        return Receipt({"message_id": f"{message.delivery_id}@{self._domain}", "answer": answer[:100]})

    async def _hand_in(self, mail: bytes, sender: str, to: str) -> str:
        import aiosmtplib

        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=self._limit,
            use_tls=server.tls,
            start_tls=server.starttls,
            username=server.user,
            password=server.password,
            tls_context=self._trust,
        )
        try:
            await client.connect()
            _, answer = await client.sendmail(sender, [to], mail)
            with suppress(aiosmtplib.SMTPException):  # it has the mail: a slow good-bye is no failure
                await client.quit(timeout=_GOODBYE)
        finally:
            client.close()
        return answer


def _meaning(problem: Exception) -> DeliveryError:
    """The codes of SMTP, told apart. A login that fails is our own fault and may be mended: it is tried again."""
    import aiosmtplib

    code = problem.code if isinstance(problem, aiosmtplib.SMTPResponseException) else 0
    of_recipient = isinstance(problem, aiosmtplib.SMTPRecipientsRefused)
    if isinstance(problem, aiosmtplib.SMTPRecipientsRefused):
        code = max((refused.code for refused in problem.recipients), default=0)
    if isinstance(problem, aiosmtplib.SMTPAuthenticationError):
        return Transient(f"the mail server refused our login ({code})")
    if code >= _FOR_GOOD:
        return Permanent(f"the mail server answered {code}")
    if of_recipient:
        return Transient(f"the mail server answered {code} for the recipient", alone=True)
    return Transient(f"the mail server answered {code}" if code else f"no mail server: {type(problem).__name__}")


def _wrong(problem: str) -> ConfigError:
    return ConfigError((Mistake("settings", 0, f"NOTBEFORE_SMTP: {problem}"),))
