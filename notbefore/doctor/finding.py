"""What one look found: good, wrong with what to do, or not looked at and why. No secret, no whole address."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """How it is."""

    GOOD = "good"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


class Finding(Struct, frozen=True, kw_only=True):
    """One line of the doctor's list."""

    name: str
    state: State
    detail: str = ""
    advice: str = ""


def good(name: str, detail: str = "") -> Finding:
    """As it should be."""
    return Finding(name=name, state=State.GOOD, detail=detail)


def wrong(name: str, detail: str, advice: str) -> Finding:
    """Not as it should be; `advice` says what to do."""
    return Finding(name=name, state=State.WRONG, detail=detail, advice=advice)


def not_checked(name: str, detail: str) -> Finding:
    """Nobody knows; `detail` says why."""
    return Finding(name=name, state=State.NOT_CHECKED, detail=detail)
