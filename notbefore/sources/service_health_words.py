"""Impact in the words of Service Health, which has no field for it.

Read sentence by sentence. A sentence that advises does not count, nor a word denied earlier in its own sentence.
Words are words' beginnings: `reboot` is also `rebooted`. The worse of what is found stands.
"""

from __future__ import annotations

import re

from notbefore.reading import Remembered
from notbefore.schema import IMPACT_RANK, Impact, Kind

_WORDS = (
    (Impact.REDEPLOY, r"redeploy"),
    (Impact.REIMAGE, r"reimage"),
    (Impact.REBOOT, r"reboot|restart"),
    (Impact.UNAVAILABLE, r"unavailable|downtime|outage|offline"),
    (Impact.DEGRADED, r"degraded|degradation|latency|intermittent|errors|failures"),
    (Impact.FREEZE, r"freeze|frozen|pause|live[\s\u2010\u2011-]+migration|memory[\s\u2010\u2011-]+preserving"),
)
_OF_AN_ISSUE = frozenset({Impact.UNAVAILABLE, Impact.DEGRADED})
"""In an issue or advisory only these count: what was restarted there is Azure's own."""
_ISSUES = frozenset({Kind.SERVICE_ISSUE, Kind.HEALTH_ADVISORY, Kind.SECURITY_ADVISORY})

_STEMS = (
    "redeploy", "reimage", "reboot", "restart", "unavailable", "downtime", "outage", "offline", "degrad", "latency",
    "intermittent", "errors", "failures", "freeze", "frozen", "pause", "migration", "preserving", "impact",
    "interruption", "affect",
)  # fmt: skip  # a text without any of these states nothing: cheaper than a pattern
_ANY_WORD = re.compile(r"\b(?:" + "|".join(f"(?P<{impact}>{words})" for impact, words in _WORDS) + ")")
_IMPACTS = {str(impact): impact for impact in Impact}
_ADVICE = re.compile(r"\b(?:recommend|you can\b(?!['\u2019]t)|you may choose|to avoid|please\b)")
_ADVISING = ("recommend", "you can", "you may choose", "to avoid", "please")
_DENIAL = re.compile(r"\b(?:no|not|without|never)\b")
_CONTRACTED = re.compile(r"(?<!ca)(?<!could)n['\u2019]t\b")
_NONE = re.compile(
    r"\b(?:no|without)\s+(?:[\w-]+\s+){0,2}(?:impact|downtime|interruption)"
    r"|(?:\bnot|n['\u2019]t)\s+(?:[\w-]+\s+){0,3}any\s+(?:[\w-]+\s+)?(?:impact|downtime|interruption)"
    r"|(?:\bnot|n['\u2019]t)\s+(?:(?:expected|anticipated)\s+to\s+)?(?:be\s+)?(?:[\w-]+ly\s+)?(?:impact|affect)(?:ed)?\b"
    r"(?!\s+(?:all|every))"
)
_SENTENCE = re.compile(
    r"[.!?\n](?:(?<=\n)(?=\s*(?:\n|[^\sa-z]))"
    r"|(?<!\n)(?<![.!?].)(?<!\be\.g.)(?<!\bi\.e.)(?<!\bapprox.)[.!?]*+[)\]\"'\u2019\u201c\u201d]*+(?=\s|$))"
)
"""A plain character first, so that a long text is skipped through. Possessive, and a run of dots is looked at once: a
text of dots must not take a minute."""
_LINK = re.compile(r"https?://\S+")
"""A link to a page about reboots announces none."""


def impact_in_words(kind: Kind, *texts: str) -> Impact:
    """The worst impact that the plain texts state for this kind of event; unknown when they state none."""
    found: set[Impact] = set()
    for text in texts:
        found |= _STATED[text]
    if kind in _ISSUES:
        found &= _OF_AN_ISSUE
    return max(found, key=IMPACT_RANK.__getitem__, default=Impact.UNKNOWN)


def _stated_in(text: str) -> frozenset[Impact]:
    """What the sentences of a text state."""
    if "://" in text:
        text = _LINK.sub(_behind, text)
    lowered = text.lower()
    stems = [stem for stem in _STEMS if stem in lowered]
    found: set[Impact] = set()
    if stems:
        for sentence in _SENTENCE.split(text):
            found |= _stated(sentence.lower(), stems)
    return frozenset(found)


_STATED = Remembered(_stated_in, longest=8192, most=256)


def _behind(link: re.Match[str]) -> str:
    """What ends a sentence behind a link is no part of it."""
    address = link[0].rstrip(".!?,;)]")
    return link[0][len(address) :]


def _stated(sentence: str, stems: list[str]) -> set[Impact]:
    """What one sentence, in lower case, states; `stems` are those that the whole text holds."""
    for stem in stems:
        if stem in sentence:
            break
    else:
        return set()
    for advice in _ADVISING:
        if advice in sentence and _ADVICE.search(sentence):
            return set()
    denied_from = _denied_from(sentence)
    stated = {_IMPACTS[str(word.lastgroup)] for word in _ANY_WORD.finditer(sentence, 0, denied_from)}
    if denied_from < len(sentence) and _NONE.search(sentence):
        stated.add(Impact.NONE)
    return stated


def _denied_from(sentence: str) -> int:
    """Where the first denial stands; the end when there is none."""
    places = [len(sentence)]
    if denial := _DENIAL.search(sentence):
        places.append(denial.start())
    if ("'" in sentence or "\u2019" in sentence) and (denial := _CONTRACTED.search(sentence)):
        places.append(denial.start())
    return min(places)
