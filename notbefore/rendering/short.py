"""Text for a telephone: plain characters where they say the same, so that a segment holds 160 and not 70."""

from __future__ import annotations

import unicodedata

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€")
_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "→": ">", "…": "...", "·": "-", "“": '"', "”": '"', "\u2019": "'", "\u2018": "'"}
)
SEGMENTS = 2
"""A message is cut to so many."""
_ONE_GSM, _PART_GSM, _ONE_WIDE, _PART_WIDE = 160, 153, 70, 67


def spelled(text: str) -> str:
    """The text on one line, in the telephone's own alphabet where that loses only accents."""
    plain = " ".join(text.translate(_PLAIN).split())
    folded = "".join(_folded(character) for character in plain)
    return folded if _gsm(folded) else plain


def short(text: str) -> str:
    """The same, cut at its end to two segments."""
    cut = spelled(text)
    while segments(cut) > SEGMENTS:
        cut = cut[: -(len(cut) // 20 + 4)].rstrip() + "..."
    return cut


def segments(text: str) -> int:
    """How many messages a telephone company counts: GSM-7 160/153, else UTF-16 70/67."""
    if _gsm(text):
        length = len(text) + sum(character in _GSM_DOUBLE for character in text)
        return 1 if length <= _ONE_GSM else -(-length // _PART_GSM)
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= _ONE_WIDE else -(-length // _PART_WIDE)


def _gsm(text: str) -> bool:
    return all(character in _GSM or character in _GSM_DOUBLE for character in text)


def _folded(character: str) -> str:
    if character in _GSM or character in _GSM_DOUBLE:
        return character
    return unicodedata.normalize("NFKD", character)[0]
