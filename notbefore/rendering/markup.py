"""A value in a page of HTML: escaped, and in ASCII, so that a mail carries the page as it is."""

from __future__ import annotations

from markupsafe import escape


def written(value: object) -> str:
    """What `markupsafe.escape` makes of it, with references for what is not ASCII. Most values need neither."""
    if type(value) is not str or "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
        value = str(escape(value))
    return value if value.isascii() else value.encode("ascii", "xmlcharrefreplace").decode()
