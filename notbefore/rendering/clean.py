"""Foreign text made harmless before anything else sees it: no control, no direction tricks, no endless lines."""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab, line feed, carriage return
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # direction, zero width
    "\U000e0000-\U000e007f\ud800-\udfff]"  # tags; halves of characters, which cannot be encoded
)
_BREAKS = re.compile(r"\s+")
_LINE_ENDS = re.compile(r"\r\n?")
_GAPS = re.compile(r"\n{3,}")
CUT = "…"
LONGEST_ID = 2048
"""Characters of an identifier that are looked at, and remembered: twice what Azure lets a resource id have."""
_LOOKED_AT = 10_000
"""Characters of a text that are looked at for a line: whoever writes a million gets no more time for it."""


def line(text: str, limit: int = 200) -> str:
    """One line of text, its white space single, at most `limit` characters."""
    if len(text) <= limit and text.isprintable() and "  " not in text:  # whatever has to go is not printable
        return text.strip(" ")
    text = _BREAKS.sub(" ", _INVISIBLE.sub("", text[:_LOOKED_AT])).strip(" ")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT


def prose(text: str, limit: int = 4000) -> str:
    """Several lines, line feeds only, at most one empty line in a row, at most `limit` characters."""
    text = text[: 2 * limit]
    if "\n\n\n" in text or not text.replace("\n", "").isprintable():
        text = _GAPS.sub("\n\n", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT
