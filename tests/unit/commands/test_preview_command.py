"""`notbefore preview`: all that people read, printed or on one page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notbefore.cli import main
from notbefore.rendering.examples import examples
from notbefore.rendering.words import languages


def test_one_page_shows_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each example on each channel in each language; the mails in frames in which nothing runs."""
    page = tmp_path / "a page.html"
    assert main(["preview", "--language", "all", "--html", str(page)]) == 0
    assert str(page) in capsys.readouterr().out
    text = page.read_text("utf-8")
    assert re.findall(r'<section id="([^"]+)">', text) == list(examples())
    for channel in ("email", "sms", "chat"):
        for language in languages():
            assert text.count(f"<h3>{channel} · {language}</h3>") == len(examples())
    assert text.count("<h3>webhook · ") == len(examples())
    assert text.count("<iframe") == text.count(" sandbox ") == 2 * len(languages()) * len(examples())
    assert "<script" not in text


def test_an_sms_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Characters and segments stand beneath it."""
    assert main(["preview", "--story", "moved", "--channel", "sms"]) == 0
    assert re.search(r"\(\d+ characters, [12] segments?\)", capsys.readouterr().out)


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The path and the reason."""
    assert main(["preview", "--html", str(tmp_path / "no" / "page.html")]) != 0
    assert "No such file" in capsys.readouterr().err
