"""The house's own words in each language: one TOML file a language, the operator's to change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "config" / "templates"
"""Where templates, words and examples live, and the only place they are read from."""

DEFAULT = "en"
Words = Mapping[str, Mapping[str, str]]
"""Section → key → words."""


def languages() -> tuple[str, ...]:
    """The languages there are words for."""
    return tuple(sorted(path.stem for path in (TEMPLATES / "words").glob("*.toml")))


@lru_cache(maxsize=32)
def words_of(language: str) -> Words:
    """The words of a language; of its base (`nl` for `nl-BE`) or of English when it has none of its own."""
    for name in (language.lower(), language.lower().partition("-")[0], DEFAULT):
        path = TEMPLATES / "words" / f"{name}.toml"
        if name.isalnum() and path.is_file():
            return {
                section: texts
                for section, texts in tomllib.loads(path.read_text("utf-8")).items()
                if isinstance(texts, dict)
            }
    raise FileNotFoundError(TEMPLATES / "words" / f"{DEFAULT}.toml")


def capital(text: str) -> str:
    """The first letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
