"""Impact in the words of Service Health, which has no field for it (readings, section 5).

Read sentence by sentence. A sentence that advises does not count, nor a word denied earlier in its own sentence.
Words are words' beginnings: `reboot` is also `rebooted`. The worse of what is found stands.
"""

from __future__ import annotations

import re

from notbefore.schema import IMPACT_RANK, Impact, Kind

_WORDS = (
    (Impact.REDEPLOY, r"redeploy"),
    (Impact.REIMAGE, r"reimage"),
    (Impact.REBOOT, r"reboot|restart"),
    (Impact.UNAVAILABLE, r"unavailable|downtime|outage|offline"),
    (Impact.DEGRADED, r"degraded|degradation|latency|intermittent|errors|failures"),
    (Impact.FREEZE, r"freeze|frozen|pause|live[\s-]+migration|memory[\s-]+preserving"),
)
_OF_AN_ISSUE = frozenset({Impact.UNAVAILABLE, Impact.DEGRADED})
"""In an issue or advisory only these count: what was restarted there is Azure's own."""
_ISSUES = frozenset({Kind.SERVICE_ISSUE, Kind.HEALTH_ADVISORY, Kind.SECURITY_ADVISORY})

_STEMS = (
    "redeploy", "reimage", "reboot", "restart", "unavailable", "downtime", "outage", "offline", "degrad", "latency",
    "intermittent", "errors", "failures", "freeze", "frozen", "pause", "migration", "preserving", "impact",
    "interruption", "affected",
)  # fmt: skip  # a text without any of these states nothing: cheaper than a pattern
_ANY_WORD = re.compile(r"\b(?:" + "|".join(words for _, words in _WORDS) + ")")
_PATTERNS = tuple((impact, re.compile(words)) for impact, words in _WORDS)
_ADVICE = re.compile(r"\b(?:recommend|you can\b(?!['\u2019]t)|you may choose|to avoid|please\b)")
_DENIAL = re.compile(r"\b(?:no|not|without|never)\b|(?<!ca)(?<!could)n['\u2019]t\b")
_NONE = re.compile(
    r"\b(?:no|without)\s+(?:[\w-]+\s+){0,2}(?:impact|downtime|interruption)"
    r"|(?:\bnot|n['\u2019]t)\s+(?:[\w-]+\s+){0,3}any\s+(?:[\w-]+\s+)?(?:impact|downtime|interruption)"
    r"|(?:\bnot|n['\u2019]t)\s+be\s+(?:[\w-]+ly\s+)?(?:impacted|affected)"
)
_SENTENCE = re.compile(r"[.!?]+(?=\s|$)|\n(?=\s*(?:\n|[^\sa-z]))")


def impact_in_words(kind: Kind, *texts: str) -> Impact:
    """The worst impact that the plain texts state for this kind of event; unknown when they state none."""
    found: set[Impact] = set()
    for text in texts:
        if text and _may_state(text.lower()):
            for sentence in _SENTENCE.split(text):
                if _may_state(lowered := sentence.lower()):
                    found |= _stated(lowered)
    if kind in _ISSUES:
        found &= _OF_AN_ISSUE
    return max(found, key=IMPACT_RANK.__getitem__, default=Impact.UNKNOWN)


def _may_state(lowered: str) -> bool:
    return any(stem in lowered for stem in _STEMS)


def _stated(sentence: str) -> set[Impact]:
    if _ADVICE.search(sentence):
        return set()
    denial = _DENIAL.search(sentence)
    denied_from = denial.start() if denial else len(sentence)
    stated = {_impact_of(word[0]) for word in _ANY_WORD.finditer(sentence) if word.start() < denied_from}
    if denial and _NONE.search(sentence):
        stated.add(Impact.NONE)
    return stated


def _impact_of(word: str) -> Impact:
    return next(impact for impact, pattern in _PATTERNS if pattern.match(word))
