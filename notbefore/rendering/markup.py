"""A value in a page of HTML: escaped, and in ASCII, so that a mail carries the page as it is."""

from __future__ import annotations

import re

from markupsafe import escape

_ODD = re.compile(r"[^ !#-%(-;=?-~\n]")
"""Whatever is not plain ASCII, or has a meaning in HTML."""


def written(value: object) -> str:
    """What `markupsafe.escape` makes of it, with references for what is not ASCII. Most values need neither."""
    if type(value) is str:
        return value if _ODD.search(value) is None else _ascii(escape(value))
    return _ascii(escape(value))


def _ascii(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode()
