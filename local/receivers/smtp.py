"""The mail catcher: takes every mail for anybody and keeps it as `mail/*.eml`."""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import TYPE_CHECKING

from local.receivers.arrivals import Inbox

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_LARGEST = 33_554_432


class Catcher:
    """What aiosmtpd calls for each mail. The envelope's addresses become the first two lines of the file."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keeps the mail. It is on disk before the sender hears that it was taken."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        to = ", ".join(envelope.rcpt_tos)
        trace = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {to}\r\n".encode()
        subject = str(email.message_from_bytes(raw, policy=email.policy.default).get("Subject", ""))
        self._inbox.keep("mail", to, subject, trace + raw)
        return "250 kept"


async def listen(inbox: Inbox, host: str, port: int) -> asyncio.Server:
    """Listens for mail. Raises: OSError when the port is taken."""
    from aiosmtpd.smtp import SMTP

    catcher = Catcher(inbox)
    return await asyncio.get_running_loop().create_server(
        lambda: SMTP(catcher, data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="localhost"), host, port
    )
