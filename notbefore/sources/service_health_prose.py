"""Title and text of a Service Health event, in its alerts and in the events API, and which words of them count."""

from __future__ import annotations

import re

from notbefore.reading import Fields, Remembered, plain_text
from notbefore.schema import Phase

_ENDS = re.compile(
    r"(?<!not )(?<!yet )(?<!be )\b(?:resolved|mitigated|completed|cancell?ed)\b"
    r"|\bcomplete(?=\s*(?:$|[-:|\]\u2013\u2014]))",
    re.IGNORECASE,
)
"""An end in a title; `Complete your migration` is none."""
_AFTER_AN_END = frozenset({Phase.UNKNOWN, Phase.UPDATED})


def title_of(said: Fields) -> str:
    """The title; a Resource Graph query often calls it a description, beside the summary."""
    return plain_text(said.text("title", "defaultLanguageTitle") or _title_in_description(said))


def text_of(said: Fields) -> str:
    """The communication; in the events API summary and description, of which the one often begins the other."""
    if communication := said.text("communication", "defaultLanguageContent"):
        return plain_text(communication)
    summary = plain_text(said.text("summary"))
    if not said.text("title") and _title_in_description(said):
        return summary
    description = plain_text(said.text("description"))
    if description.startswith(summary.rstrip(" .\u2026")):
        return description or summary
    return f"{summary}\n\n{description}".strip()


def _title_in_description(said: Fields) -> str | None:
    return said.text("description") if said.get("summary") is not None else None


def counted(said: Fields, title: str, text: str) -> tuple[str, str]:
    """Title and text in the default language, whose words count for the impact; most often just what was read."""
    return _default(said, "Title", "title", title), _default(said, "Content", "communication", text)


def _default(said: Fields, part: str, beside: str, read: str) -> str:
    in_default = said.text(f"defaultLanguage{part}")
    return read if in_default is None or in_default == said.text(beside) else plain_text(in_default)


def note_title(said: Fields, title: str, phase: Phase) -> None:
    """A title that says another end than the field is noted; the field decides."""
    if (end := _END_IN[title]) and phase not in _AFTER_AN_END:
        meant = Phase.CANCELED if end.lower().startswith("cancel") else Phase.COMPLETED
        if phase is not meant:
            said.note(f"the title says {end}, the stage or status {phase}; the field decides", "title")


def _end_in(title: str) -> str | None:
    found = _ENDS.search(title)
    return found[0] if found else None


_END_IN = Remembered(_end_in, longest=512)
