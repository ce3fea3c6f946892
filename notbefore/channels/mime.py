"""A mail as bytes, composed by hand: a hundredth of what the standard library's `EmailMessage` costs.

Headers by RFC 5322 and 2047, bodies by RFC 2045. The tests read every mail back with the standard library.
"""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from notbefore.errors import Permanent
from notbefore.schema import Attachment, Message

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")
_LINK = re.compile(r"https://[!-;=?-~]{1,900}")
_WIDTH = 78
_WORD = 45
"""Bytes of UTF-8 in an encoded word: 60 in base64, 72 with its frame; the limit is 75."""
_NEXT_WORD = b"?=\r\n =?utf-8?b?"
_LONGEST_WORD = 60
_LONGEST_LINE = 990
_BASE64_LINE = 76
_DATE = "%s, %02d %s %d %02d:%02d:%02d +0000"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_Part = Sequence[bytes]
"""Pieces of a part, with its head; all of a mail are put together once."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=1024)
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
    boundary = f"=_{message.delivery_id}"
    files = [_attached(one, one.filename) for one in message.attachments if not _is_invitation(one)]
    texts = _multipart("alternative", f"{boundary}.a" if files else boundary, _texts(message))
    content = _multipart("mixed", boundary, [texts, *files]) if files else texts
    return b"".join((_headers(message, sender, domain).encode(), *content))


def header(name: str, text: str) -> str:
    """`Name: text`, folded; what is not plain ASCII becomes encoded words (RFC 2047)."""
    clean = (text if text.isprintable() else _UNWANTED.sub(" ", text)).strip()
    words = clean.split(" ") if clean.isascii() and "=?" not in clean else []
    if not words or max(map(len, words)) > _LONGEST_WORD:
        return f"{name}: {_encoded_words(clean)}"
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
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return _DATE % (day, utc.day, month, utc.year, utc.hour, utc.minute, utc.second)


def own_headers(message: Message, domain: str) -> dict[str, str]:
    """What a mail says of itself, however it is handed in: its id, its thread, how to leave, that no person wrote it.

    `Message-ID` is the delivery id, so that a repeat can be told; the root of the thread is the first one's.
    """
    found = {"Message-ID": f"<{message.delivery_id}@{domain}>"}
    if message.thread and message.thread != message.delivery_id:
        found |= dict.fromkeys(("In-Reply-To", "References"), f"<{message.thread}@{domain}>")
    if _LINK.fullmatch(message.options.get("unsubscribe", "")):
        found["List-Unsubscribe"] = f"<{message.options['unsubscribe']}>"
    return found | {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def _headers(message: Message, sender: str, domain: str) -> str:
    options = message.options
    reply_to = f"Reply-To: {address(options['reply_to'])}\r\n" if "reply_to" in options else ""
    own = "".join([f"{name}: {text}\r\n" for name, text in own_headers(message, domain).items()])
    return (
        f"From: NotBefore <{address(sender)}>\r\n"
        f"To: {address(message.target)}\r\n"
        f"{header('Subject', message.subject)}\r\n"
        f"Date: {date(message.at)}\r\n"
        f"{reply_to}{own}"
        "MIME-Version: 1.0\r\n"
    )


def _encoded_words(text: str) -> str:
    """One to a line. Each word decodes by itself: no character is cut in two."""
    encoded, start, end, words = text.encode(), 0, _WORD, []
    while end < len(encoded):
        while encoded[end] & 0xC0 == 0x80:  # noqa: PLR2004 - inside a character of UTF-8
            end -= 1
        words.append(binascii.b2a_base64(encoded[start:end], newline=False))
        start, end = end, end + _WORD
    words.append(binascii.b2a_base64(encoded[start:], newline=False))
    return f"=?utf-8?b?{_NEXT_WORD.join(words).decode()}?="


def _texts(message: Message) -> list[_Part]:
    parts = [_text("plain", *_encoded(message.text))]
    if message.html:
        parts.append(_text("html", *(_as_ascii(message.html) or _encoded(message.html))))
    return parts + [_attached(one) for one in message.attachments if _is_invitation(one)]


def _is_invitation(attachment: Attachment) -> bool:
    """Outlook shows an invitation only where it is another form of the text; as a file it is one to save."""
    return attachment.content_type.startswith("text/calendar")


def _text(subtype: str, encoding: str, body: bytes) -> _Part:
    return _head(f'text/{subtype}; charset="utf-8"', encoding), body


def _attached(attachment: Attachment, filename: str = "") -> _Part:
    return _head(attachment.content_type, "base64", filename), _attached_lines(attachment.content)


@lru_cache(maxsize=100)
def _head(kind: str, encoding: str, filename: str = "") -> bytes:
    """The head of a part, and the empty line under it; with a name it is a file to save."""
    lines = [f"Content-Type: {_UNWANTED.sub('', kind)}", f"Content-Transfer-Encoding: {encoding}"]
    if filename:
        lines.append(f'Content-Disposition: attachment; filename="{_NO_NAME.sub("_", filename)}"')
    return "\r\n".join([*lines, "", ""]).encode()


def _as_ascii(html: str) -> tuple[str, bytes] | None:
    """HTML needs no encoding when what is not ASCII is written as references; None where that cannot be done.

    Inside a style sheet a reference is no character, and a line holds 998 bytes.
    """
    if not html.isascii() and not html[: html.rfind("</style>") + 1].isascii():
        return None
    return _as_it_is(html.encode("ascii", "xmlcharrefreplace"))


def _as_it_is(plain: bytes) -> tuple[str, bytes] | None:
    return ("7bit", plain.replace(b"\n", b"\r\n")) if b"\r" not in plain and _short_lines(plain) else None


def _encoded(text: str) -> tuple[str, bytes]:
    encoded = text.encode("utf-8", "replace")
    as_it_is = _as_it_is(encoded) if len(encoded) == len(text) else None
    return as_it_is or ("base64", _base64_lines(encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))


def _short_lines(content: bytes) -> bool:
    """No line is longer than may be: jumps from line end to line end, as far as a line may reach."""
    start = 0
    while len(content) - start > _LONGEST_LINE:
        end = content.rfind(b"\n", start, start + _LONGEST_LINE)
        if end < 0:
            return False
        start = end + 1
    return True


def _base64_lines(content: bytes) -> bytes:
    encoded = binascii.b2a_base64(content, newline=False)
    whole, rest = divmod(len(encoded), _BASE64_LINE)
    form = f"{_BASE64_LINE}s" * whole + (f"{rest}s" if rest else "")
    return b"\r\n".join(struct.unpack(form, encoded))  # a third of what slices cost


_attached_lines = lru_cache(maxsize=8)(_base64_lines)
"""An invitation and its file are the same bytes."""


def _multipart(kind: str, boundary: str, parts: Sequence[_Part]) -> _Part:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    line = f"--{boundary}\r\n".encode()
    content = [piece for part in parts for piece in (line, *part, b"\r\n")]
    return head.encode(), *content, line[:-2], b"--\r\n"
