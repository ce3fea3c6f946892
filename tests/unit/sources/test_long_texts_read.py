"""A text that somebody made to be slow is read in a time that grows with its length."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLANNED = json.loads((Path(__file__).parent / "examples" / "service_health" / "stage-planned.json").read_bytes())
LENGTH = 400_000
PATIENCE = 60
"""Seconds; what is not linear takes hours at this length, what is takes less than one."""

SLOW = {
    "dots": "reboot " + "." * LENGTH + "x",
    "quotes behind dots": "reboot " + ".'" * LENGTH + "x",
    "a link of dots": "reboot https://" + "." * LENGTH + "x",
    "scripts without an end": "reboot </script>" + "<script " * (LENGTH // 8),
    "titles without an end": "reboot </title>" + "<title>" * (LENGTH // 7),
    "denials": "no impact " + "no a-b " * (LENGTH // 7),
    "blank lines": "reboot" + " \n " * (LENGTH // 3) + "x",
    "entities": "reboot " + "&amp;" * (LENGTH // 5),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_text_takes_longer_than_its_length_explains(name: str, tmp_path: Path) -> None:
    """In a process of its own, so that a text that hangs fails this test and no other."""
    told = json.loads(json.dumps(PLANNED))
    told["data"]["alertContext"]["properties"] |= {"communication": SLOW[name], "title": SLOW[name]}
    payload = tmp_path / "slow.json"
    payload.write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-m", "notbefore", "normalize", str(payload)]
    said = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, env=os.environ, capture_output=True, timeout=PATIENCE, check=True
    )
    assert json.loads(said.stdout)["kind"] == "planned_maintenance"
