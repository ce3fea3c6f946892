"""Names that refer to something: audiences, subscriptions, and the globs that may stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notbefore.config.globs import Glob
from notbefore.config.model import OWNER
from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Schema, Text, text_of
from notbefore.glob import is_glob
from notbefore.schema import UNKNOWN_SUBSCRIPTION

if TYPE_CHECKING:
    from yaml import Node

NOT_YET = "subscription-admins"
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ADVICE_NAME = "letters, digits, `-`, `_` and `.`, at most 100"


@dataclass(frozen=True, slots=True)
class Guid:
    """A subscription's id."""

    def read(self, node: Node, report: Report) -> str | None:
        """The id in lower case."""
        text = text_of(node, report, "a text that is a GUID")
        if text is None:
            return None
        if not _GUID.fullmatch(text):
            report.at(node, f"`{shown(text)}` is no GUID", "a subscription id, 8-4-4-4-12 digits from 0 to f")
            return None
        return text.lower()

    def schema(self, _defs: Schema) -> Schema:
        """A GUID."""
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True, slots=True)
class AudienceName:
    """An audience of the file; `owner` too, where a route may say so."""

    owner: bool = False

    def read(self, node: Node, report: Report) -> str | None:
        """The name as declared."""
        text = text_of(node, report)
        if text is None or (text == OWNER and self.owner and report.owned):
            return text
        if text in report.audiences:
            return text
        if text == OWNER and self.owner:
            report.at(
                node, "`owner` without `owners`", "say which tag names the owner: owners: {tag: team, fallback: …}"
            )
        elif text == NOT_YET:
            report.at(node, f"`{NOT_YET}` is not yet an audience", "name the people, or route to `owner`")
        else:
            report.at(node, f"no audience `{shown(text)}`", nearest(text, report.audiences))
        return None

    def schema(self, _defs: Schema) -> Schema:
        """A name."""
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class SubscriptionPattern:
    """A subscription by its name or GUID, or a glob over either."""

    def read(self, node: Node, report: Report) -> str | None:
        """The text as written, if it can fit anything."""
        text = Glob().read(node, report)
        if text is None or is_glob(text) or _known(text, report) is not None:
            return text
        report.at(node, f"no subscription `{shown(text)}`", _which(text, report))
        return None

    def schema(self, _defs: Schema) -> Schema:
        """A text."""
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, by its name or GUID."""

    def read(self, node: Node, report: Report) -> str | None:
        """Its lower-case id."""
        text = Text().read(node, report)
        known = _known(text, report) if text is not None else None
        if text is not None and known is None:
            report.at(node, f"no subscription `{shown(text)}`", _which(text, report))
        return known

    def schema(self, _defs: Schema) -> Schema:
        """A text."""
        return {"type": "string"}


def _known(text: str, report: Report) -> str | None:
    folded = text.casefold()
    plain = _GUID.fullmatch(text) is not None or folded == UNKNOWN_SUBSCRIPTION
    return report.subscriptions.get(folded) or (folded if plain else None)


def _which(text: str, report: Report) -> str:
    return nearest(text, report.subscriptions) or "name it under `subscriptions`, or write its GUID"


def audience_may_be_called(name: str, node: Node, report: Report) -> bool:
    """Whether a new audience may have this name; says why not."""
    if name.casefold() in (OWNER, NOT_YET):
        report.at(node, f"an audience cannot be called `{name}`", "the word has a meaning of its own")
        return False
    return _plain(name, node, report)


def subscription_may_be_called(name: str, node: Node, report: Report) -> bool:
    """Whether a subscription may have this name; says why not."""
    if _GUID.fullmatch(name) or name.casefold() == UNKNOWN_SUBSCRIPTION:
        report.at(node, f"a subscription cannot be called `{name}`", "a name, then the GUID")
        return False
    return _plain(name, node, report)


def _plain(name: str, node: Node, report: Report) -> bool:
    if not _NAME.fullmatch(name):
        report.at(node, f"`{shown(name)}` is no name", _ADVICE_NAME)
        return False
    return True
