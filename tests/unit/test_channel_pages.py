"""Each channel's page says what one must know before relying on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "docs" / "channels"


@pytest.mark.parametrize("name", ["email", "sms", "webhook", "eventgrid"])
@pytest.mark.parametrize("part", ["Limits", "What a retry does", "What it looks like"])
def test_a_page_has_its_parts(name: str, part: str) -> None:
    """Limits, what a retry does, and what arrives."""
    assert f"## {part}\n" in (PAGES / f"{name}.md").read_text("utf-8")


def test_every_picture_is_there_and_small() -> None:
    """A picture that a page shows exists, says in words what it shows, and has 100 KB at most."""
    shown: set[Path] = set()
    for page in PAGES.glob("*.md"):
        for words, name in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text("utf-8")):
            picture = page.parent / name
            assert words
            assert picture.stat().st_size <= 100_000
            shown.add(picture)
    assert shown >= set((PAGES / "pictures").iterdir())
