"""Which addresses a message may go to. Judged after resolution, on the very address that is connected to.

Python's `ipaddress` alone is not enough: `is_global` is true for Azure's WireServer, for multicast and for
the forms of IPv6 that carry an IPv4 address inside (seen on Python 3.11). So both are asked, and this list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from notbefore.errors import Permanent

if TYPE_CHECKING:
    from yarl import URL

Networks = tuple[IPv4Network | IPv6Network, ...]
_Address = IPv4Address | IPv6Address

_NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "168.63.129.16/32",  # Azure WireServer, a public address
        "169.254.0.0/16",  # link-local: IMDS, and the identity endpoint of App Service
        "100.100.100.200/32",  # the metadata service of another cloud
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",  # unspecified
        "fd00:ec2::254/128",  # the metadata service of another cloud
        "fe80::/10",  # link-local
        "ff00::/8",  # multicast
    )
)
"""Not even when the operator allows the network around it."""

_DENIED = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # carrier-grade NAT: neither private nor global in Python's eyes
        "192.0.0.0/24",  # protocol assignments, some of which Python calls global
        "192.88.99.0/24",  # relays of 6to4, given up
        "2001::/23",  # protocol assignments: Teredo carries an IPv4 address inside
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation, newer than many a Python
    )
)
_UNICAST = ip_network("2000::/3")
"""All of IPv6 that is anybody's on the Internet. Outside lie loopback, mapped, translated and NAT64 forms of IPv4,
local and site-local networks, segments' identifiers, and whatever is assigned next (IANA, *IPv6 address space*)."""

_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""Before the IPv4 address at the end of a tunnel's address (RFC 5214), whatever its network."""

_CARRYING = tuple(ip_network(network) for network in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))
"""Whose last 32 bits are an IPv4 address: compatible, translated, NAT64."""

_LOCAL_ENDINGS = (".internal", ".local", ".localhost")
_NAME = re.compile(r"[a-z0-9_.-]+")
HTTPS = 443


def networks(cidrs: Iterable[str]) -> Networks:
    """The operator's allowed networks. Raises: ValueError for what is no network."""
    return tuple(ip_network(cidr.strip()) for cidr in cidrs if cidr.strip())


def denied(address: str, allowed: Networks, *, only_allowed: bool = False) -> str | None:
    """Why this address may not be connected to, in words; None when it may.

    `only_allowed` is for what is open to the operator's own networks alone: http, and other ports than 443.
    """
    found = _address(address)
    if found is None:
        return "is no plain address"
    if any(_within(one, _NEVER) for one in (found, *_carried(found))):
        return "is link-local, a metadata service, multicast or unspecified"
    if _within(found, allowed):
        return None
    if only_allowed:
        return "is not in NOTBEFORE_ALLOW_NETWORKS, as http, other ports and local names need"
    return "is not a public address" if _inner(found) else None


def _inner(found: _Address) -> bool:
    if isinstance(found, IPv6Address) and (found not in _UNICAST or _is_isatap(found)):
        return True
    return not found.is_global or _within(found, _DENIED)


def _carried(found: _Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an address of IPv6 stands for, by any of the ways there are."""
    if isinstance(found, IPv4Address):
        return
    if _within(found, _CARRYING) or _is_isatap(found):
        yield IPv4Address(int(found) & 0xFFFFFFFF)
    if found.sixtofour:
        yield found.sixtofour
    yield from found.teredo or ()


def _is_isatap(found: IPv6Address) -> bool:
    return (int(found) >> 32) & 0xFFFFFFFF in _ISATAP


@lru_cache(maxsize=1024)
def judged(url: str, allowed: Networks) -> URL:
    """The URL when its spelling is no reason to refuse it; what a name leads to is judged at each connection.

    Raises: Permanent.
    """
    from yarl import URL

    try:
        target = URL(url)
    except ValueError as problem:
        raise Permanent("the address is no URL") from problem
    refused = refusal(target, allowed)
    if refused:
        raise Permanent(f"the address {refused}")
    return target


def refusal(url: URL, allowed: Networks) -> str | None:
    """Why this URL is refused before anything is resolved, in words; None when it may be tried."""
    host = (url.raw_host or "").rstrip(".").lower()
    if url.scheme not in ("http", "https") or not host:
        return "is no http(s) address"
    if url.raw_user is not None or url.raw_password is not None:
        return "carries credentials"
    literal = _address(host)
    if literal is not None:
        return _said(denied(host, allowed, only_allowed=restricted(url)))
    if not _NAME.fullmatch(host) or _looks_like_a_number(host):
        return "writes its address in an odd notation"
    if restricted(url) and not allowed:
        return "needs https, port 443 and a public name, or a network in NOTBEFORE_ALLOW_NETWORKS"
    return None


def restricted(url: URL) -> bool:
    """Open to the operator's own networks only: not https, not port 443, or a name of a local network."""
    host = (url.raw_host or "").rstrip(".").lower()
    local = host == "localhost" or host.endswith(_LOCAL_ENDINGS)
    single = "." not in host and ":" not in host
    return url.scheme != "https" or url.port != HTTPS or local or single


def _said(problem: str | None) -> str | None:
    return f"names an address that {problem}" if problem else None


def _looks_like_a_number(host: str) -> bool:
    """The last label decides, as browsers do it: 127.1, 0x7f.1, 2130706433 and 0177.0.0.1 are numbers."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _address(text: str) -> _Address | None:
    if "%" in text:
        return None
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _within(address: _Address, networks: Networks) -> bool:
    return any(address in network for network in networks if network.version == address.version)
