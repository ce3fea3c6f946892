"""Globs: what they mean, and what they cost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notbefore.glob import Patterns, glob_fits, is_glob


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("a*", "a", True),
        ("*c", "abc", True),
        ("a*c", "abcbc", True),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "axcxb", False),
        ("ab*ab", "ab", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*?", "", False),
        ("?*b", "ab", True),
        ("*a?c*", "xxabcxx", True),
        ("[abc]", "a", False),
        ("[abc]", "[abc]", True),
        ("", "", True),
        ("*", "", True),
    ],
)
def test_stars_and_question_marks(pattern: str, text: str, *, fits: bool) -> None:
    """`*` is any run, `?` is one character, everything else is itself, brackets too."""
    assert glob_fits(pattern, text) is fits


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_a_glob_is_the_regular_expression_it_looks_like(pattern: str, text: str) -> None:
    """Every glob fits exactly what the obvious regular expression fits."""
    expression = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)
    assert glob_fits(pattern, text) == (re.fullmatch(expression, text, re.DOTALL) is not None)


def test_many_stars_do_not_explode() -> None:
    """A bomb for regular expressions takes as many steps as it has characters: the test would not end otherwise."""
    assert not glob_fits("*a" * 250 + "b", "a" * 2000)
    assert not glob_fits("*a?" * 150 + "b", "a" * 1000)


def test_case_is_ignored_and_any_pattern_is_enough() -> None:
    """Any of several patterns, plain or not, in any case."""
    patterns = Patterns(["West*", "NORTHEUROPE"])
    assert patterns.fit("westeurope")
    assert patterns.fit("NorthEurope")
    assert not patterns.fit("north")
    assert patterns.fit_any(["x", "WESTUS"])
    assert not patterns.fit_any([])
    assert is_glob("a?")
    assert not is_glob("[a]")


@given(st.lists(st.text("aB*?", max_size=6), max_size=4), st.text("Ab", max_size=8))
def test_several_at_once_are_what_each_is_by_itself(patterns: list[str], text: str) -> None:
    """Looking up plain texts, beginnings and endings together changes no answer."""
    each = any(glob_fits(pattern.casefold(), text.casefold()) for pattern in patterns)
    assert Patterns(patterns).fit(text) == each
