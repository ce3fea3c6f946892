"""docs/settings.md names every setting that is read, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    """What `settings/environment.py` looks up stands on the page, and the other way round."""
    code = (ROOT / "notbefore" / "settings" / "environment.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = re.findall(r"\"([A-Z][A-Z_]{2,})\"|PREFIX}([A-Z][A-Z_]{2,})", code)
    read = {f"NOTBEFORE_{quoted or joined}" for quoted, joined in names} - {
        "NOTBEFORE_WEBSITE_INSTANCE_ID",
        "NOTBEFORE_NOTBEFORE_",
    }
    named = set(re.findall(r"NOTBEFORE_[A-Z_]+", page))
    assert named - read == set()
    assert read - named == set()
