"""What failed, in Azure's words, wherever a payload says it."""

from __future__ import annotations

from notbefore.reading import Fields, text_of
from notbefore.schema import EventError

_NO_ERROR = "0"


def failure_in(*holders: Fields, failed: bool) -> EventError | None:
    """The error that the first of the holders with one names; an empty one when it failed and nobody says why.

    A code `0` is how patching says that all went well; it counts only for what failed.
    """
    for holder in holders:
        found = _own(holder) or _in_details(holder) or _in_words(holder)
        if found is not None and (failed or found.code != _NO_ERROR):
            return found
    return EventError() if failed else None


def _own(holder: Fields) -> EventError | None:
    """`error: {code, message, details}`, with its own code first; PowerShell and the CLI print it as null."""
    error = holder.inner("error")
    if not error:
        message = text_of(holder.get("error"))
        return EventError(None, message) if message else None
    first = _first(error)
    code = error.text("code") or first.text("code")
    message = error.text("message") or first.text("message")
    return EventError(code, message) if code or message else None


def _in_details(holder: Fields) -> EventError | None:
    """`errorDetails: {details: […]}`, where the first detail says more than the sum; also as a bare list."""
    told = holder.inner("errorDetails")
    listed = holder.inners("errorDetails")
    first = _first(told) if told else (listed[0] if listed else told)
    code = first.text("code") or told.text("code")
    message = first.text("message") or told.text("message")
    return EventError(code, message) if code or message else None


def _in_words(holder: Fields) -> EventError | None:
    message = holder.text("errorMessage")
    return EventError(None, message) if message else None


def _first(error: Fields) -> Fields:
    return next(iter(error.inners("details")), Fields({}, error.place, error.notes))
