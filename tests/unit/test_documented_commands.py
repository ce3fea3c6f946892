"""Every command of ours that a page or a pipeline names is one that exists, with arguments that it takes."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from local.commands import _parser
from notbefore.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / ".github").rglob("*.yml"),
    *ROOT.glob("azure.yaml"),
]
_COMMAND = re.compile(r"(?:python3? -m notbefore|python3? (?:\./)?dev\.py)\b[^`\n;|}]*")
_PLACE = re.compile(r"[A-Z][A-Z_]*")


def commands() -> Iterator[tuple[str, str]]:
    """Where it stands, and the command without what comes after it on the line."""
    for page in sorted(PAGES):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for found in _COMMAND.findall(line):
                text = re.split(r"  +| # | && | > ", found.strip())[0].rstrip(".,:)")
                if "…" not in text:
                    yield f"{page.relative_to(ROOT).as_posix()}:{number}", text


@pytest.mark.parametrize(("place", "text"), list(commands()), ids=lambda value: str(value)[:60])
def test_it_exists(place: str, text: str) -> None:
    """The parser takes it; a word in capitals stands for what a reader puts there."""
    words = shlex.split(text)
    ours = words[3:] if words[1] == "-m" else words[2:]
    if words[1] != "-m" and ours[:1] != ["notbefore"]:
        _taken(_parser(), ours[:1] if ours[:1] == ["test"] else ours, place)
        return
    name, *rest = ours if words[1] == "-m" else ours[1:]
    assert name in COMMANDS, f"{place}: no command {name}"
    parser = argparse.ArgumentParser(prog=f"{place}: notbefore {name}")
    import_module(f"notbefore.commands.{name.replace('-', '_')}").arguments(parser)
    _taken(parser, rest, place)


def _taken(parser: argparse.ArgumentParser, words: list[str], place: str) -> None:
    for action in parser._actions:
        if callable(action.type):
            read = action.type
            action.type = lambda text, read=read: text if _PLACE.fullmatch(text) else read(text)
    try:
        parser.parse_args(words)
    except SystemExit:
        pytest.fail(f"{place}: these arguments are not taken: {words}")


def test_the_pages_name_every_command() -> None:
    """Who reads the pages learns of all of them."""
    said = " ".join(text for _, text in commands())
    assert [name for name in COMMANDS if f"notbefore {name}" not in said] == []
