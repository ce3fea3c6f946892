"""What the query of an address may say. What nobody can have meant is refused with the words that are known.

A filter with a misspelt word would show everything, or nothing, and either looks like an answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from functions.showing import Ask
from notbefore.errors import Refused

USUAL = 50
_MOST = 200
_BOOKMARK = 4_000


def one_of(ask: Ask, name: str, known: Iterable[str]) -> str:
    """A word of a closed set, or nothing. Raises: Refused (400)."""
    given = ask.param(name)
    words = tuple(known)
    if given and given not in words:
        raise Refused(400, f"`{name}` is one of {', '.join(words)}; not `{given[:40]}`")
    return given


def limit(ask: Ask) -> int:
    """How many a page has. Raises: Refused (400)."""
    given = ask.param("limit")
    number = int(given) if given.isascii() and given.isdigit() else 0
    if given and not 1 <= number <= _MOST:
        raise Refused(400, f"`limit` is a number from 1 to {_MOST}; not `{given[:40]}`")
    return number or USUAL


def after(ask: Ask) -> str:
    """The bookmark of the page before, or nothing; the list itself reads it."""
    return ask.param("after", _BOOKMARK)
