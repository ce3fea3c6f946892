"""A mail as bytes, composed by hand: a hundredth of what the standard library's `EmailMessage` costs.

Headers by RFC 5322 and 2047, bodies by RFC 2045. The tests read every mail back with the standard library.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from notbefore.errors import Permanent
from notbefore.schema import Attachment, Message

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_WIDTH = 78
_WORD = 45
"""Bytes of UTF-8 in an encoded word: 60 in base64, 72 with its frame; the limit is 75."""
_LONGEST_WORD = 60
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def address(text: str) -> str:
    """One plain mail address. Raises: Permanent for anything that is not exactly that."""
    plain = text.strip()
    if not _ADDRESS.fullmatch(plain) or ".." in plain:
        raise Permanent("a mail address is not one")
    return plain


def compose(message: Message, sender: str, domain: str) -> bytes:
    """The whole mail, lines ended by CR LF. `Message-ID` is the delivery id, so that a repeat can be told.

    Raises: Permanent when an address is none.
    """
    headers = list(_headers(message, sender, domain))
    mixed = bool(message.attachments)
    boundary = f"=_{message.delivery_id}"
    kind = "mixed" if mixed else "alternative"
    headers.append(f'Content-Type: multipart/{kind}; boundary="{boundary}"')
    if mixed:
        inner = f"{boundary}.a"
        frame = f'Content-Type: multipart/alternative; boundary="{inner}"\r\n\r\n'.encode()
        parts = [frame + _multipart(_texts(message), inner), *map(_attachment, message.attachments)]
    else:
        parts = _texts(message)
    return "\r\n".join(headers).encode() + b"\r\n\r\n" + _multipart(parts, boundary)


def header(name: str, text: str) -> str:
    """`Name: text`, folded; what is not plain ASCII becomes encoded words (RFC 2047)."""
    clean = _UNWANTED.sub(" ", text).strip()
    plain = clean.isascii() and "=?" not in clean and all(len(word) <= _LONGEST_WORD for word in clean.split(" "))
    words = clean.split(" ") if plain else list(_encoded_words(clean))
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _WIDTH and not lines[-1].endswith(":") and word:
            lines.append(" " + word)
        else:
            lines[-1] += " " + word
    return "\r\n".join(lines)


def date(at: datetime) -> str:
    """`Sat, 21 Nov 2026 02:15:00 +0000`, whatever the locale of the machine."""
    utc = at.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year} {utc:%H:%M:%S} +0000"


def _headers(message: Message, sender: str, domain: str) -> Iterator[str]:
    yield f"From: NotBefore <{address(sender)}>"
    yield f"To: {address(message.target)}"
    if "reply_to" in message.options:
        yield f"Reply-To: {address(message.options['reply_to'])}"
    yield header("Subject", message.subject)
    yield f"Date: {date(message.at)}"
    yield f"Message-ID: <{message.delivery_id}@{domain}>"
    if message.thread and message.thread != message.delivery_id:
        yield f"In-Reply-To: <{message.thread}@{domain}>"
        yield f"References: <{message.thread}@{domain}>"
    yield "Auto-Submitted: auto-generated"
    yield "X-Auto-Response-Suppress: All"
    if message.options.get("unsubscribe", "").startswith("https://"):
        yield header("List-Unsubscribe", f"<{message.options['unsubscribe']}>")
    yield "MIME-Version: 1.0"


def _encoded_words(text: str) -> Iterator[str]:
    """Each word decodes by itself: no character is cut in two."""
    part = b""
    for character in text:
        encoded = character.encode()
        if len(part) + len(encoded) > _WORD:
            yield _encoded(part)
            part = b""
        part += encoded
    yield _encoded(part)


def _encoded(part: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(part, newline=False).decode()}?="


def _texts(message: Message) -> list[bytes]:
    parts = [_text("plain", message.text)]
    if message.html:
        parts.append(_text("html", message.html))
    return parts


def _text(subtype: str, text: str) -> bytes:
    encoded = text.encode("utf-8", "replace").replace(b"\r\n", b"\n")
    if len(encoded) - len(text) > len(text) // 6:
        name, body = "base64", _base64_lines(encoded.replace(b"\n", b"\r\n"))
    else:
        name = "quoted-printable"
        body = binascii.b2a_qp(encoded, istext=True).replace(b"\n", b"\r\n")
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {name}\r\n\r\n'.encode() + body


def _attachment(attachment: Attachment) -> bytes:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", attachment.filename)
    kind = _UNWANTED.sub("", attachment.content_type)
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return head.encode() + _base64_lines(attachment.content)


def _base64_lines(content: bytes) -> bytes:
    encoded = binascii.b2a_base64(content, newline=False)
    return b"\r\n".join(encoded[start : start + 76] for start in range(0, len(encoded), 76))


def _multipart(parts: list[bytes], boundary: str) -> bytes:
    line = f"--{boundary}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
