"""Why it came, in the reader's words: what is recognised is translated, what is not stays as the decision said it."""

from __future__ import annotations

import re
from functools import lru_cache

from notbefore.rendering import changes
from notbefore.rendering.clean import line
from notbefore.rendering.times import Times
from notbefore.rendering.words import capital

_FAILED_OVER = re.compile(r"(\w+) (?:could not be told|did not end well) \((.*?)\); (.*)")
_FIRST = re.compile(r"first told, by route .*?( \(.*\))?")
_MACHINES = "machines of which nobody hears come with the digest"

_LONGEST = 600


def told(reason: str, times: Times) -> str:
    """One sentence. What another channel could not tell says so first."""
    return _told(reason[:_LONGEST], times)


@lru_cache(maxsize=1000)  # of one revision many are told for one reason
def _told(reason: str, times: Times) -> str:
    why = times.words["why"]
    failed = _FAILED_OVER.fullmatch(reason)
    if failed:
        before = why["failover"].format(channel=failed[1], error=line(failed[2], 100))
        return f"{before} {told(failed[3], times)}"
    if reason == _MACHINES:
        return why["machines"]
    first = _FIRST.fullmatch(reason)
    if first:
        return why["first"] + line(first[1] or "", 200)
    parts = "; ".join(changes.translated(part, times) for part in reason.split("; "))
    return line(capital(parts).rstrip("."), 300) + "."
