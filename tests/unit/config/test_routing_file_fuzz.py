"""Whatever an operator does to the file, the answer is a configuration or mistakes with lines, never a crash."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from notbefore.config.loading import parse
from notbefore.errors import ConfigError, Mistake

WHOLE = (Path(__file__).parent / "good" / "whole-language.yaml").read_bytes()
LINES = WHOLE.splitlines(keepends=True)
SCRAPS = [
    *(b"null", b"~", b"[]", b"{}", b"[[]]", b"{a: {}}", b"yes", b"''", b"0", b"1.5", b"9" * 30, b"999999d", b"'99:99'"),
    *(
        b"2026-01-01",
        b"9999-12-31T23:59:59-23:59",
        b"0001-01-01T00:00:00+23:59",
        b"*nights",
        b"&a ",
        b"<<: {}",
        b"!x y",
    ),
    *(b"? ", b"- ", b": ", b"---\n", b"\t", b"\x00", b"\xff", b"\xf0\x9f\x92\xa5", b"${env:X}", b"${", b"*" * 40),
]


def _survives(content: bytes) -> None:
    mistakes: tuple[Mistake, ...] = ()
    try:
        parse(content, "x", {"X": "y"}.get)
    except ConfigError as error:
        mistakes = error.mistakes
    lines = len(content.decode(errors="replace").splitlines()) or 1
    assert all(mistake.line <= lines for mistake in mistakes)


@settings(max_examples=600, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 12), st.sampled_from(SCRAPS))
def test_a_scrap_anywhere_is_no_crash(at: int, gone: int, scrap: bytes) -> None:
    """Bytes replaced by others that mean something to YAML or to us."""
    _survives(WHOLE[:at] + scrap + WHOLE[at + gone :])


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(SCRAPS))
def test_any_value_of_another_type_is_no_crash(number: int, scrap: bytes) -> None:
    """The value of any key replaced by one of another type."""
    key, colon, _ = LINES[number].partition(b":")
    _survives(b"".join([*LINES[:number], key + colon + b" " + scrap + b"\n", *LINES[number + 1 :]]))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=6))
def test_lines_that_are_gone_are_no_crash(gone: list[int]) -> None:
    """A file with holes."""
    _survives(b"".join(line for number, line in enumerate(LINES) if number not in gone))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_no_crash(noise: bytes) -> None:
    """Any bytes at all."""
    _survives(noise)
