"""Mail over a real loopback server: handed in once, its answers understood."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.policy import default

import pytest
from msgspec.structs import replace

from notbefore.channels.email import Email, SmtpServer, smtp_server
from notbefore.errors import ConfigError, Permanent, Transient
from notbefore.schema import Message

MESSAGE = Message(
    delivery_id="7a0c2f0e-54f0-5d3b-9f0b-6e6f74626566",
    channel="email",
    target="oncall@example.com",
    subject="[Critical: reboot] vm-web-01",
    text="first\n.\n..dots\n",
    html="<p>first</p>",
    at=datetime(2026, 11, 21, 2, 15, tzinfo=UTC),
)


SMTPS = SmtpServer("relay.example.com", 465, tls=True, starttls=False, user="u@x", password="p:w")


class MailBox:
    """A small SMTP server: answers from a script, keeps what it got, says nothing after `silent_after`."""

    def __init__(self, answers: dict[str, str] | None = None, silent_after: str | None = None) -> None:
        self.answers = answers or {}
        self.silent_after = silent_after
        self.mails: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        writer.write(self.answers.get("", "220 ready").encode() + b"\r\n")
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            if verb == "DATA" and "DATA" not in self.answers:
                writer.write(b"354 go on\r\n")
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                verb = "END"
            if verb == self.silent_after:
                await asyncio.sleep(60)
            writer.write(self.answers.get(verb, "250 ok").encode() + b"\r\n")
            if verb == "QUIT":
                break
        writer.close()


@asynccontextmanager
async def opened(box: MailBox) -> AsyncIterator[MailBox]:
    """The box, listening."""
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def channel(box: MailBox, limit: float = 5.0) -> Email:
    """The channel that hands in at the box."""
    return Email(smtp_server(f"smtp://127.0.0.1:{box.port}"), "notbefore@example.org", limit=limit)


async def test_handed_in_once() -> None:
    """The server has the mail, dots and all, and the receipt names its Message-ID."""
    async with opened(MailBox()) as box:
        receipt = await channel(box).send(MESSAGE)
    (raw,) = box.mails
    mail = email.message_from_bytes(raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."), policy=default)
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == MESSAGE.text.strip()
    assert receipt.details["message_id"] == f"{MESSAGE.delivery_id}@example.org"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"RCPT": "450 greylisted"}, Transient),
        ({"RCPT": "550 no such user"}, Permanent),
        ({"MAIL": "451 later"}, Transient),
        ({"MAIL": "553 not you"}, Permanent),
        ({"DATA": "554 no"}, Permanent),
        ({"END": "452 full"}, Transient),
        ({"END": "552 too big"}, Permanent),
        ({"": "421 busy"}, Transient),
    ],
)
async def test_codes(answers: dict[str, str], expected: type[Exception]) -> None:
    """4xx is tried again, 5xx is not; the error repeats no address."""
    async with opened(MailBox(answers)) as box:
        with pytest.raises(expected) as caught:
            await channel(box).send(MESSAGE)
    assert "example.com" not in str(caught.value)


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "END"])
async def test_silence_is_transient(verb: str) -> None:
    """A server that falls silent, even after the whole mail, is tried again: the Message-ID stays the same."""
    async with opened(MailBox(silent_after=verb)) as box:
        with pytest.raises(Transient):
            await channel(box, limit=0.3).send(MESSAGE)


async def test_a_slow_goodbye_is_no_failure() -> None:
    """Once the server has the mail, its silence at the end costs nothing but a second."""
    async with opened(MailBox(silent_after="QUIT")) as box:
        await channel(box).send(MESSAGE)
    assert len(box.mails) == 1


async def test_nobody_there() -> None:
    """No server is transient."""
    with pytest.raises(Transient):
        await Email(SmtpServer("127.0.0.1", 1, starttls=None), "a@example.org", limit=2).send(MESSAGE)


async def test_a_thread_over_smtp() -> None:
    """The second mail answers the first."""
    async with opened(MailBox()) as box:
        await channel(box).send(replace(MESSAGE, thread="root"))
    assert b"\r\nReferences: <root@example.org>\r\n" in box.mails[0]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://relay.example.com", SmtpServer("relay.example.com", 587)),
        ("smtps://u%40x:p%3Aw@relay.example.com", SMTPS),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, starttls=None)),
        ("smtp://relay.example.com:25?starttls=no", SmtpServer("relay.example.com", 25, starttls=False)),
    ],
)
def test_where_to_hand_in(url: str, server: SmtpServer) -> None:
    """STARTTLS is wanted of every server but this machine's own, unless the operator says otherwise."""
    assert smtp_server(url) == server


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://x:port", "relay.example.com:25"])
def test_no_server(url: str) -> None:
    """What names no server is a mistake in the settings, told at start."""
    with pytest.raises(ConfigError, match="NOTBEFORE_SMTP"):
        smtp_server(url)
