"""Templates and words, tried before a person gets them: parsed, and filled with every example in every language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import product

from msgspec.structs import replace

from notbefore.errors import ConfigError, Mistake
from notbefore.rendering.context import RenderContext
from notbefore.rendering.examples import example_of, examples, template_names
from notbefore.rendering.templates import fill
from notbefore.rendering.times import times
from notbefore.rendering.view import view
from notbefore.rendering.words import DEFAULT, languages, words_of
from notbefore.schema import OVER, Delivery, Kind, Phase


def template_mistakes() -> tuple[Mistake, ...]:
    """Everything that is wrong in `config/templates`, each thing once."""
    words = tuple(_wrong_words())
    return words or tuple(dict.fromkeys(_wrong_templates()))


def _wrong_words() -> Iterator[Mistake]:
    for language in languages():
        file = f"config/templates/words/{language}.toml"
        try:
            own = words_of(language)
        except tomllib.TOMLDecodeError as problem:
            yield Mistake(file, 0, f"is no TOML: {problem}")
            continue
        for section, texts in words_of(DEFAULT).items():
            missing = sorted(set(texts) - set(own.get(section, {})))
            if missing:
                yield Mistake(file, 0, f"[{section}] lacks {', '.join(missing)}", f"as in {DEFAULT}.toml")


def _wrong_templates() -> Iterator[Mistake]:
    try:
        known = examples()
        for name in template_names():
            example_of(name)
    except ConfigError as problem:
        yield from problem.mistakes
        return
    for delivery in known.values():
        for language in languages():
            yield from _tried(delivery, language)
    for kind, phase in product(Kind, Phase):
        delivery = next(iter(known.values()))
        story = replace(delivery.story, kind=kind, phase=phase, over=phase in OVER)
        yield from _tried(replace(delivery, story=story), DEFAULT)


def _tried(delivery: Delivery, language: str) -> Iterator[Mistake]:
    context = RenderContext(clock=lambda: delivery.created_at, public_url="https://board.example.com", local=True)
    shown = view(delivery, times(language, "UTC"), context, delivery.created_at)
    for name in template_names():
        try:
            fill(name, shown)
        except ConfigError as problem:
            yield from problem.mistakes
