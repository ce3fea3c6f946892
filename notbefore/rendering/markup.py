"""A value in a page of HTML: escaped, and in ASCII, so that a mail carries the page as it is."""

from __future__ import annotations

from markupsafe import escape


def written(value: object) -> str:
    """What `markupsafe.escape` makes of it, with references for what is not ASCII. Most values need neither."""
    if (
        type(value) is str
        and value.isascii()
        and not ("&" in value or "<" in value or ">" in value or '"' in value or "'" in value)
    ):
        return value
    return escape(value).encode("ascii", "xmlcharrefreplace").decode()
