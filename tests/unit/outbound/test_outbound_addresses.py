"""R10: where a message may go, and where it never goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from notbefore.errors import Permanent
from notbefore.outbound import Outbound, networks, refusal
from notbefore.outbound.addresses import denied

UNSPECIFIED = "0.0.0.0"  # noqa: S104 - nothing binds to it here, it is what must be refused
DENIED = (
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", UNSPECIFIED, "0.1.2.3", "169.254.169.254",
    "168.63.129.16", "100.64.0.1", "100.100.100.200", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
    "192.0.2.1", "198.18.0.1", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "::ffff:168.63.129.16", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
    "2001:0:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:0:127.0.0.1", "::ffff:0:169.254.169.254", "64:ff9b::168.63.129.16", "100::1", "100:0:0:1::1", "3fff::1",
    "5f00::1", "2001:20::1", "2603:1030::5efe:7f00:1", "2603:1030::200:5efe:a00:1", "192.0.0.8", "192.88.99.1",
    "198.51.100.1", "203.0.113.9", "4000::1",
)  # fmt: skip  # a list of addresses reads best in rows

REFUSED_URLS = (
    "https://localhost/", "https://localhost./", "https://db/", "https://metadata.google.internal/",
    "https://printer.local/", "https://a.localhost/", "https://2130706433/", "https://0x7f000001/",
    "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://127.0.0.0x1/",
    "https://①②⑦.⓪.⓪.①/", "https://[::1]/", "https://[::ffff:7f00:1]/", "https://169.254.169.254/metadata/",
    "https://168.63.129.16/", "http://example.com/", "https://example.com:8443/", "https://me:secret@example.com/",
    "https://me@example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/",
    "example.com", "", "https://", "https://loc%61lhost/", "https://ⓛocalhost/", "https://127。0。0。1/",
    "https://\uff11\uff12\uff17.0.0.1/", "https://127.0.0.1%00.example.com/", "https://evil.example.com:443@127.0.0.1/",
    "https://0/", "https://017700000001/", "https://0xa9fea9fe/", "https://2852039166/", "https://[::ffff:0:7f00:1]/",
    "https://[fe80::1%25eth0]/", "https:/127.0.0.1/", "https:///127.0.0.1/", "javascript:alert(1)",
)  # fmt: skip  # a list of addresses reads best in rows


@pytest.mark.parametrize("address", DENIED)
def test_no_inner_address_in_any_form(address: str) -> None:
    """Every private, link-local, metadata, mapped and embedded form is denied without an allowance."""
    assert denied(address, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "20.50.2.1", "2603:1030::1", "::ffff:8.8.8.8"])
def test_public_addresses_pass(address: str) -> None:
    """A public address is not denied, mapped or not."""
    assert denied(address, ()) is None


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_refused_before_resolving(url: str) -> None:
    """What can be judged by its spelling is refused before a name is looked up."""
    assert refusal(URL(url), ())


INNER = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8")
FORMS = (
    "::{}",
    "::ffff:{}",
    "::ffff:0:{}",
    "64:ff9b::{}",
    "64:ff9b:1::{}",
    "2603:1030::5efe:{}",
    "2603:1030::200:5efe:{}",
)


@given(st.sampled_from(INNER).flatmap(lambda network: st.ip_addresses(network=network)), st.sampled_from(FORMS))
def test_no_inner_address_hides_in_another(address: IPv4Address, form: str) -> None:
    """Mapped, translated, NAT64, ISATAP, 6to4 or Teredo: what it stands for is what counts."""
    assert denied(form.format(address), ())
    number = int(address)
    assert denied(str(IPv6Address((0x2002 << 112) | (number << 80) | 1)), ())
    assert denied(str(IPv6Address((0x20010000 << 96) | (0x08080808 << 64) | (number ^ 0xFFFFFFFF))), ())


def test_an_allowed_network_opens_itself_only() -> None:
    """A CIDR of the operator opens its addresses, for http and other ports too, and no others."""
    allowed = networks(["10.1.0.0/16", " fd12::/16 "])
    assert denied("10.1.2.3", allowed, only_allowed=True) is None
    assert denied("fd12::9", allowed) is None
    assert denied("10.2.2.3", allowed)
    assert denied("8.8.8.8", allowed, only_allowed=True)
    assert refusal(URL("http://10.1.2.3:8080/x"), allowed) is None
    assert refusal(URL("http://8.8.8.8/"), allowed)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "168.63.129.16", "fd00:ec2::254", "fe80::1", UNSPECIFIED, "64:ff9b::169.254.169.254",
        "64:ff9b:1::168.63.129.16", "::ffff:0:169.254.169.254", "::169.254.169.254", "2002:a9fe:a9fe::1",
        "2002:a83f:8110::", "2603:1030::5efe:169.254.169.254", "::ffff:168.63.129.16",
        "2001:0:4136:e378:8000:63bf:5601:5601",
    ],
)  # fmt: skip  # a list of addresses reads best in rows
def test_metadata_services_stay_closed(address: str) -> None:
    """No allowance, however wide, opens a metadata service or a link-local address."""
    assert denied(address, networks(["0.0.0.0/0", "::/0"]))


@asynccontextmanager
async def counting_server(answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") -> AsyncIterator[list[int]]:
    """A loopback server; the list's first item is its port, every connection appends one."""
    seen: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(1)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.append(server.sockets[0].getsockname()[1])
    async with server:
        yield seen


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_no_connection_to_a_refused_address(host: str) -> None:
    """A refused address sees no connection, even where another network is allowed."""
    async with counting_server() as seen:
        outbound = Outbound(networks(["10.99.0.0/16"]))
        with pytest.raises(Permanent):
            await outbound.post(f"http://{host}:{seen[0]}/", b"{}", {})
        await outbound.close()
        assert len(seen) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", UNSPECIFIED])
async def test_a_public_name_with_an_inner_address(address: str) -> None:
    """A name with any inner address among its answers is refused; the public ones beside it do not help."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8", address]

    outbound = Outbound(resolve=resolve)
    with pytest.raises(Permanent, match="leads to an address"):
        await outbound.post("https://hooks.example.com/", b"{}", {})
    await outbound.close()


async def test_rebinding_gains_nothing() -> None:
    """The address that was judged is the one that is connected to: one look-up, and a later one is judged anew."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    lookups: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        lookups.append(host)
        return answers[min(len(lookups), 2) - 1]

    async with counting_server() as seen:
        outbound = Outbound(networks(["127.0.0.1/32"]), resolve=resolve)
        url = f"http://rebind.example.com:{seen[0]}/"
        assert (await outbound.post(url, b"{}", {})).status == 200
        assert lookups == ["rebind.example.com"]
        with pytest.raises(Permanent, match="leads to an address"):
            await outbound.post(url, b"{}", {})
        await outbound.close()
        assert seen[1:] == [1]


async def test_redirects_are_not_followed() -> None:
    """A redirect into the inner network is an answer, not an address to go to."""
    async with counting_server() as inner:
        location = f"Location: http://127.0.0.1:{inner[0]}/\r\n".encode()
        answer = b"HTTP/1.1 302 Found\r\n" + location + b"Content-Length: 0\r\n\r\n"
        async with counting_server(answer) as seen:
            outbound = Outbound(networks(["127.0.0.0/8"]))
            assert (await outbound.post(f"http://127.0.0.1:{seen[0]}/", b"{}", {})).status == 302
            await outbound.close()
        assert len(inner) == 1
