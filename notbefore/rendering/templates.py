"""Jinja2, fenced in: immutable sandbox, nothing undefined, html escaped, output and time limited.

Templates come from `config/templates` and nowhere else, are compiled once and kept. What the sandbox does not
bound (Jinja docs: *Sandbox*) is bounded here: no `range`, no operators that multiply text, a cap on what comes out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from notbefore.errors import ConfigError, Mistake
from notbefore.rendering.words import TEMPLATES

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

OUTPUT_LIMIT = 1_000_000
"""Characters of one rendered template."""
TIME_LIMIT = 1.0
"""Seconds for one rendered template."""
_BATCH = 250
_GROWS = frozenset({"center", "ljust", "rjust", "zfill", "format", "format_map", "expandtabs", "translate"})
"""Methods of text that make much out of little."""
_MULTIPLY = frozenset({"*", "**", "%", "//"})
_PLACE = frozenset({"index", "index0", "first", "last", "length"})
"""What a loop says of itself, numbers and yes or no: nothing to judge, and every row of a table asks."""


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """The one environment, made at the first message."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Fenced(ImmutableSandboxedEnvironment):
        intercepted_binops = _MULTIPLY

        def getattr(self, obj: object, attribute: str) -> object:
            if type(obj) is LoopContext and attribute in _PLACE:
                return getattr(obj, attribute)
            return super().getattr(obj, attribute)

        def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
            return attr not in _GROWS and super().is_safe_attribute(obj, attr, value)

    found = Fenced(
        loader=FileSystemLoader(TEMPLATES, followlinks=False),
        undefined=StrictUndefined,
        autoescape=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=100,
        auto_reload=False,
        keep_trailing_newline=False,
    )
    found.binop_table = dict.fromkeys(_MULTIPLY, _refused)
    found.globals.clear()
    for name in ("center", "format", "indent", "wordwrap", "pprint", "urlize", "filesizeformat", "random"):
        found.filters.pop(name)
    return found


def fill(name: str, values: dict[str, Any]) -> str:
    """The template's text. Raises: ConfigError naming the file and, where known, the line."""
    try:
        return _capped(name, compiled(name), values)
    except _faults() as problem:
        line = getattr(problem, "lineno", None) or _line_of(name, problem)
        raise _fault(name, line, str(problem) or type(problem).__name__) from problem


def filled_from(compiled_from: Callable[[str], Template], text: str, values: dict[str, Any], name: str) -> str:
    """The same of a template that is a text of its own; `name` is what a mistake calls it. Raises: ConfigError."""
    try:
        return _capped(name, compiled_from(text), values)
    except _faults() as problem:
        raise ConfigError(
            (Mistake(name, 0, f"cannot be filled: {str(problem) or type(problem).__name__}"),)
        ) from problem


@lru_cache(maxsize=100)
def compiled(name: str) -> Template:
    """The template, compiled at its first message. Raises: jinja2.TemplateError."""
    from notbefore.rendering.markup import written

    found = environment().get_template(name)
    found.root_render_func.__globals__["escape"] = written  # of this template's own module: Jinja2 made it
    return found


@lru_cache(maxsize=1)
def _faults() -> tuple[type[Exception], ...]:
    """What a wrong template can raise."""
    from jinja2 import TemplateError

    return (TemplateError, RecursionError, TypeError, ValueError, ArithmeticError, LookupError)


def _capped(name: str, template: Template, values: dict[str, Any]) -> str:
    """The text, taken from the template in batches; the limits are looked at after each."""
    pieces = iter(template.root_render_func(template.new_context(values, shared=True)))  # there are no globals to add
    text, deadline = "", time.monotonic() + TIME_LIMIT
    while batch := list(islice(pieces, _BATCH)):
        text += "".join(batch)
        if len(text) > OUTPUT_LIMIT:
            raise _fault(name, 0, f"makes more than {OUTPUT_LIMIT:,} characters")
        if time.monotonic() > deadline:
            raise _fault(name, 0, f"takes longer than {TIME_LIMIT:g} s")
    return text


def _refused(*_operands: object) -> object:
    from jinja2.exceptions import SecurityError

    raise SecurityError("this operator is not for templates")


def _escaped(name: str | None) -> bool:
    """Everything is escaped but what is plainly text, whatever else a file is called."""
    return name is None or not name.endswith((".txt", ".txt.j2"))


def _fault(name: str, line: int, problem: str) -> ConfigError:
    return ConfigError((Mistake(f"config/templates/{name}", line, problem),))


def _line_of(name: str, problem: BaseException) -> int:
    """The template's own line, from the compiled one in the traceback; 0 when it is not there."""
    trace, found = problem.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(name):
            found = trace.tb_lineno
        trace = trace.tb_next
    return compiled(name).get_corresponding_lineno(found) if found else 0
