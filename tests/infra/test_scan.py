"""checkov, a scanner for misconfigurations, finds nothing that is not answered with a reason beside it.

It pins libraries of its own, so it has an environment of its own, made once in the user's cache.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bicep import INFRA, files
from own_environment import commands_of

SCANNER = "checkov==3.3.30"
YOUNG = {r" string\[\]": " array", r" (?:join|cidrSubnet)\(": " union(", r"(?s) toObject\(.*?\n\)": " {}"}
"""What the scanner's parser does not know → what it does, of the same shape; no check looks at any of it."""

_SKIP = re.compile(r"checkov:skip=(\w+):(.*)")


@pytest.fixture(scope="session")
def scanner() -> Path:
    """The command, in an environment made once."""
    return commands_of(SCANNER) / "checkov"


@pytest.fixture(scope="session")
def scanned(scanner: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The scanner's results on a copy without what is younger than its parser."""
    copy = tmp_path_factory.mktemp("a scan") / "infra"
    shutil.copytree(INFRA, copy)
    for file in copy.rglob("*.bicep"):
        text = file.read_text(encoding="utf-8")
        for young, old in YOUNG.items():
            text = re.sub(young, old, text)
        file.write_text(text, encoding="utf-8")
    options = ["--directory", str(copy), "--framework", "bicep", "--output", "json", "--skip-download"]
    done = subprocess.run(  # noqa: S603 - the environment just made
        [str(scanner.parent / "python"), str(scanner), *options], capture_output=True, text=True, check=False
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_file_was_read(scanned: dict[str, Any]) -> None:
    """A file that the scanner cannot read is not a file without faults."""
    assert scanned["summary"]["parsing_errors"] == 0
    assert scanned["summary"]["passed"] > 20


def test_no_check_fails_without_a_reason(scanned: dict[str, Any]) -> None:
    """What is not followed is skipped where it stands, and says why."""
    failed = scanned["results"]["failed_checks"]
    assert [(one["check_id"], one["file_path"], one["check_name"]) for one in failed] == []


def test_a_reason_is_a_sentence_and_is_needed(scanned: dict[str, Any]) -> None:
    """No skip is left over from a resource that has changed."""
    written = {
        (file.name, check): reason
        for file in files()
        for check, reason in _SKIP.findall(file.read_text(encoding="utf-8"))
    }
    assert min(len(reason) for reason in written.values()) > 15
    skipped = {(Path(one["file_path"]).name, one["check_id"]) for one in scanned["results"]["skipped_checks"]}
    assert set(written) - skipped == set()
