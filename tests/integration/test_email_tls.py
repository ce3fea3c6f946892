"""Mail to a real SMTP server with TLS and a login: what is on the wire is encrypted, or nothing is sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tls import Contexts, contexts_in

from notbefore.channels.email import Email, SmtpServer
from notbefore.errors import Transient
from notbefore.schema import Message

MESSAGE = Message(
    delivery_id="7a0c2f0e-54f0-5d3b-9f0b-6e6f74626566",
    channel="email",
    target="oncall@example.com",
    subject="[Critical: reboot] vm-web-01",
    text="first\n",
    html="<p>first</p>\n",
    at=datetime(2026, 11, 21, 2, 15, tzinfo=UTC),
)


class Kept:
    """What came, and whether it came encrypted."""

    def __init__(self) -> None:
        self.mails: list[tuple[bool, bytes]] = []

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keeps the mail."""
        encrypted = server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
        content = envelope.content or b""
        self.mails.append((encrypted, content if isinstance(content, bytes) else content.encode()))
        return "250 kept"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    """One user, one password."""
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"nb", b"right")
    return AuthResult(success=known, handled=False)


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    """The server's context with a certificate for 127.0.0.1, and a client's that believes it."""
    return contexts_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def kept() -> Kept:
    """An empty box."""
    return Kept()


async def listening(kept: Kept, tls: ssl.SSLContext | None = None, **options: Any) -> asyncio.Server:  # noqa: ANN401 - aiosmtpd's
    """A mail server on this machine; `tls` speaks it from the start."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(kept, loop=loop, **options), "127.0.0.1", 0, ssl=tls)


def port_of(server: asyncio.Server) -> int:
    """Where it listens."""
    return int(server.sockets[0].getsockname()[1])


@pytest.fixture
async def starttls(kept: Kept, contexts: Contexts) -> AsyncIterator[int]:
    """A server that wants STARTTLS and a login; its port."""
    options: dict[str, Any] = {"require_starttls": True, "auth_required": True, "authenticator": authenticate}
    server = await listening(kept, tls_context=contexts[0], **options)
    yield port_of(server)
    server.close()


async def test_starttls_and_login(starttls: int, kept: Kept, contexts: Contexts) -> None:
    """The connection is encrypted before the password is said."""
    server = SmtpServer("127.0.0.1", starttls, user="nb", password="right")
    await Email(server, "nb@example.org", trust=contexts[1]).send(MESSAGE)
    assert [encrypted for encrypted, _ in kept.mails] == [True]


async def test_a_wrong_password_is_tried_again(starttls: int, kept: Kept, contexts: Contexts) -> None:
    """A login that fails is our own mistake and may be mended: the mail is not dead."""
    server = SmtpServer("127.0.0.1", starttls, user="nb", password="wrong")
    with pytest.raises(Transient, match="login"):
        await Email(server, "nb@example.org", trust=contexts[1]).send(MESSAGE)
    assert kept.mails == []


async def test_a_certificate_that_nobody_knows(starttls: int, kept: Kept) -> None:
    """Nothing is said to a server that cannot prove who it is."""
    server = SmtpServer("127.0.0.1", starttls, user="nb", password="right")
    with pytest.raises(Transient):
        await Email(server, "nb@example.org").send(MESSAGE)
    assert kept.mails == []


async def test_no_starttls_where_it_is_wanted(kept: Kept) -> None:
    """A server that offers no encryption gets no mail when encryption is wanted."""
    server = await listening(kept)
    with pytest.raises(Transient):
        await Email(SmtpServer("127.0.0.1", port_of(server), starttls=True), "nb@example.org").send(MESSAGE)
    server.close()
    assert kept.mails == []


async def test_tls_from_the_start(kept: Kept, contexts: Contexts) -> None:
    """`smtps` speaks TLS before anything else."""
    server = await listening(kept, contexts[0])
    where = SmtpServer("127.0.0.1", port_of(server), tls=True, starttls=False)
    await Email(where, "nb@example.org", trust=contexts[1]).send(MESSAGE)
    server.close()
    assert [encrypted for encrypted, _ in kept.mails] == [True]
