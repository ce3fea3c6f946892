"""Reads a file of parameters (`.bicepparam`), and what a Bicep file demands of them: plain values, no expressions.

The small part of the language that parameters are written in: `using`, `param NAME = VALUE`; texts, numbers, true,
false, null, lists, objects, `readEnvironmentVariable('NAME', 'default')`, `split`, `bool` and `int`. Whatever else
stands there is kept as an expression that nobody here computes (Azure docs: Bicep, parameters files).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notbefore.errors import ConfigError, Mistake

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+|//[^\n]*|/\*.*?\*/)|(?P<long>'''.*?''')|(?P<text>'(?:\\.|[^'\\\n])*')"
    r"|(?P<number>-?\d+)|(?P<word>[A-Za-z_]\w*)|(?P<sign>[^\sA-Za-z_0-9])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]+\}|.)")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "split": lambda text="", sign="": text.split(sign) if sign else None,
    "bool": lambda text="": _WORDS.get(text.lower()),
    "int": lambda text="": int(text) if text.isdecimal() else None,
}
"""What a value of the environment is made with; others are not computed here."""
_DEMANDS = ("allowed", "minLength", "maxLength", "minValue", "maxValue")


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that Bicep would compute."""

    text: str


@dataclass(frozen=True, slots=True)
class Given:
    """One parameter of a file, and the line it stands in."""

    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What a Bicep file says of a parameter."""

    needed: bool
    rules: dict[str, Any] = field(default_factory=dict)
    """Decorators of its value: `allowed`, `minLength`, …"""


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """`using`: the Bicep file as written."""

    using: str
    given: dict[str, Given]


Lookup = Callable[[str], str | None]
"""The value of an environment variable."""


def read_parameters(content: str, file: str, lookup: Lookup) -> ParameterFile:
    """Raises: ConfigError with the line of what cannot be read."""
    reader = _Reader(content, file, lookup)
    using, given = "", {}
    while not reader.at_end:
        line = reader.line
        word = reader.word()
        if word == "using":
            using = str(reader.value())
        elif word == "param":
            name = reader.word()
            if name in given:
                raise reader.wrong(line, f"the parameter {name} is given twice")
            reader.sign("=")
            given[name] = Given(reader.value(), line)
        elif word in {"var", "import", "extends", "type"}:
            reader.skip_statement()
        else:
            raise reader.wrong(line, f"`{word}` begins nothing that a file of parameters has")
    return ParameterFile(using, given)


def read_demands(content: str, file: str) -> dict[str, Demand]:
    """Every `param` of a Bicep file with its decorators; all else is passed over. Raises: ConfigError."""
    found: dict[str, Demand] = {}
    for match in re.finditer(
        r"^((?:@[^\n]*\n(?:(?![@\n]|param\b)[^\n]*\n)*)*)param +(\w+)([^\n]*)", content, re.MULTILINE
    ):
        rules: dict[str, Any] = {}
        for name in _DEMANDS:
            written = re.search(rf"^@{name}\(", match[1], re.MULTILINE)
            if written:
                rules[name] = _Reader(match[1][written.end() :], file, lambda _: None).value()
        found[match[2]] = Demand(needed="=" not in match[3] and "?" not in match[3], rules=rules)
    return found


class _Reader:
    """Token after token, blanks and comments left out."""

    def __init__(self, content: str, file: str, lookup: Lookup) -> None:
        self._content, self._file, self._lookup = content, file, lookup
        self._tokens = [one for one in _TOKEN.finditer(content) if one.lastgroup != "blank"]
        self._place = 0

    @property
    def at_end(self) -> bool:
        """Nothing is left."""
        return self._place >= len(self._tokens)

    @property
    def line(self) -> int:
        """Of the next token, from 1."""
        start = len(self._content) if self.at_end else self._tokens[self._place].start()
        return self._content.count("\n", 0, start) + 1

    def wrong(self, line: int, problem: str) -> ConfigError:
        """The mistake, with its place."""
        return ConfigError((Mistake(self._file, line, problem),))

    def word(self) -> str:
        """A name. Raises: ConfigError."""
        line, token = self.line, self._next()
        if token.lastgroup != "word":
            raise self.wrong(line, f"a name is expected, not `{token[0][:20]}`")
        return token[0]

    def sign(self, wanted: str) -> None:
        """That sign. Raises: ConfigError."""
        line, token = self.line, self._next()
        if token[0] != wanted:
            raise self.wrong(line, f"`{wanted}` is expected, not `{token[0][:20]}`")

    def skip_statement(self) -> None:
        """On to the next statement."""
        while not self.at_end and self._peek() not in {"param", "using", "var", "import", "extends", "type"}:
            self._place += 1

    def value(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """A value, or an expression. Raises: ConfigError."""
        token = self._next()
        text = token[0]
        plain: dict[str | None, Callable[[], Any]] = {
            "number": lambda: int(text),
            "long": lambda: text[3:-3].removeprefix("\n"),
            "text": lambda: self._text(text[1:-1]),
            "word": lambda: _WORDS[text] if text in _WORDS else self._called(text),
            "sign": {"[": self._list, "{": self._object}.get(text, self._nothing),
        }
        return plain[token.lastgroup]()

    def _nothing(self) -> Any:  # noqa: ANN401 - it never answers
        raise self.wrong(self.line, "a value is expected")

    def _list(self) -> list[Any]:
        found = []
        while self._peek() != "]":
            found.append(self.value())
            if self._peek() == ",":
                self._place += 1
        self._place += 1
        return found

    def _object(self) -> dict[str, Any]:
        found = {}
        while self._peek() != "}":
            token = self._next()
            name = token[0][1:-1] if token.lastgroup == "text" else token[0]
            self.sign(":")
            found[name] = self.value()
            if self._peek() == ",":
                self._place += 1
        self._place += 1
        return found

    def _called(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """A function; of one that is not known, or of a bare name, the text."""
        if self.at_end or self._peek() != "(":
            return Expression(name)
        start = self._tokens[self._place].start()
        self._place += 1
        arguments: list[Any] = []
        while self._peek() != ")":
            arguments.append(self.value())
            while self._peek() not in {")", ","}:
                self._place += 1
            if self._peek() == ",":
                self._place += 1
        end = self._next().end()
        if name == "readEnvironmentVariable" and arguments and isinstance(arguments[0], str):
            value = self._lookup(arguments[0])
            fallback = arguments[1] if len(arguments) > 1 else Expression(f"{arguments[0]} of the environment")
            return fallback if value is None else value
        known = _FUNCTIONS.get(name)
        found = known(*arguments) if known and all(isinstance(one, str) for one in arguments) else None
        return Expression(name + self._content[start:end]) if found is None else found

    @staticmethod
    def _text(inside: str) -> str | Expression:
        if re.search(r"(?<!\\)\$\{", inside):
            return Expression(f"'{inside}'")
        return _ESCAPE.sub(_escaped, inside)

    def _peek(self) -> str:
        if self.at_end:
            raise self.wrong(self.line, "the file ends in the middle of a value")
        return self._tokens[self._place][0]

    def _next(self) -> re.Match[str]:
        if self.at_end:
            raise self.wrong(self.line, "the file ends where something is expected")
        token = self._tokens[self._place]
        self._place += 1
        return token


def _escaped(match: re.Match[str]) -> str:
    sign = match[1]
    return chr(int(sign[2:-1], 16)) if sign.startswith("u{") else _PLAIN.get(sign, sign)
