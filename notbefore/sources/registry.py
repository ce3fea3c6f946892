"""Which source reads which form: a plain dict, one line a form. A form belongs to one source only."""

from __future__ import annotations

from collections.abc import Callable

from notbefore.envelopes import Form, Record
from notbefore.schema import Reading

Parse = Callable[[Record], Reading]
"""Reads one record: pure, no clock, no I/O. Raises: MalformedSignal with the path of what is missing.

No event is `Reading(ignored="why")`, never an empty reading without a reason.
"""

SOURCES: dict[Form, Parse] = {}
