"""Bytes and texts to JSON values: BOM, UTF-16, NaN, huge numbers, JSON in strings, JSON inside words."""

from __future__ import annotations

import json
import re

import msgspec

from notbefore.errors import MalformedSignal

TOO_DEEP = "nested too deeply to be read"

_DEEPEST = 4
"""How often JSON in a string in JSON is unwrapped; Azure is known for two."""


class NotJson(ValueError):
    """A text that is no JSON value."""


def decode(body: bytes | str) -> object:
    """The JSON value. Duplicate keys: the last wins. Raises: NotJson; MalformedSignal when nested too deeply."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        return _slowly(body)
    except RecursionError:
        raise MalformedSignal("$", TOO_DEEP) from None


def _slowly(body: bytes | str) -> object:
    """What the strict decoder refuses and people send all the same: BOM, UTF-16, NaN, numbers without end."""
    text = as_text(body)
    try:
        return encodable(json.loads(text, parse_int=_whole))
    except RecursionError:
        raise MalformedSignal("$", TOO_DEEP) from None
    except ValueError as problem:
        raise NotJson(str(problem)) from problem


def _whole(digits: str) -> float:
    """A whole number; one that no machine counts to is infinite, and spoils nothing beside it."""
    return int(digits) if len(digits) < 4300 else float(digits)  # noqa: PLR2004 - Python's own limit


def encodable(value: object) -> object:
    """The value with U+FFFD for halves of characters, which JSON may spell and nobody can write."""
    if isinstance(value, str):
        return value if value.isprintable() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {encodable(key): encodable(inner) for key, inner in value.items()}
    return [encodable(inner) for inner in value] if isinstance(value, list) else value


def as_text(body: bytes | str) -> str:
    """The text, by its byte order mark or its zeros; bytes that fit nowhere become U+FFFD."""
    if isinstance(body, str):
        return body.lstrip("\ufeff").encode("utf-8", "replace").decode()
    return body.decode(json.detect_encoding(body), "replace").lstrip("\ufeff")


def unwrapped(value: object) -> object:
    """The value inside a string of JSON (of JSON …); any other string, and anything else, as it is."""
    for _ in range(_DEEPEST):
        if not isinstance(value, str) or not _looks_like_json(value):
            break
        try:
            value = decode(value)
        except (NotJson, MalformedSignal):
            break
    return value


def _looks_like_json(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    return start in ("{", "[", '"')


_PAIR = re.compile(
    r'"(?P<key>[A-Za-z_]\w*)"\s*:\s*(?P<value>"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|\[[^\[\]]*\])'
)


def embedded(text: str) -> object:
    """A JSON object or list inside words, else the `"key": value` pairs of a broken one as a dict, else None.

    For log lines: `vmevents: {"DocumentIncarnation":3,"Events":[…]}` gives the document,
    `Incoming VM Event - "EventID": "1a0a…",` gives `{"EventID": "1a0a…"}`.
    """
    whole = unwrapped(text)
    if isinstance(whole, dict | list):
        return whole
    decoder = json.JSONDecoder(strict=False)
    for found in list(re.finditer(r"[{\[]", text))[:8]:
        try:
            value = encodable(decoder.raw_decode(text, found.start())[0])
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            return value
    pairs = {found["key"]: unwrapped(_value(found["value"])) for found in _PAIR.finditer(text)}
    return pairs or None


def _value(text: str) -> object:
    try:
        return decode(text)
    except (NotJson, MalformedSignal):
        return text.strip('"')
