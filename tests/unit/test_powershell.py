"""The PowerShell scripts, as far as they can be looked at without PowerShell: they parse, and ask before they act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted([*ROOT.glob("runbooks/**/*.ps1"), *ROOT.glob("agent/windows/*.ps1")])
RUNBOOKS = [path for path in sorted(ROOT.glob("runbooks/*.ps1")) if path.name != "Common.ps1"]
ACTS = re.compile(
    r"\b(Restart-AzVM|Set-AzVM|Set-AzNetworkInterface|Invoke-AzVMRunCommand|Update-AzVmss|Stop-AzVmss\w+|Start-AzVmss\w+)"
)
"""Cmdlets that change something."""


def mistakes(node: Node) -> Iterator[str]:
    """Places that the grammar cannot read."""
    if node.is_error or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {(node.text or b'').decode()[:60]}"
    for child in node.children:
        if child.has_error or child.is_missing:
            yield from mistakes(child)


def mistakes_in(text: str) -> list[str]:
    """The same of a whole script."""
    parser = Parser(Language(tree_sitter_powershell.language()))
    return list(mistakes(parser.parse(text.encode()).root_node))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_it_parses(path: Path) -> None:
    """The grammar reads every line."""
    assert mistakes_in(path.read_text("utf-8")) == []


def test_a_slip_is_found() -> None:
    """A bracket that is not closed would be seen."""
    assert mistakes_in("if ($true) { Write-Output 'a'")


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.name)
def test_a_runbook_asks_before_it_acts(path: Path) -> None:
    """Each knows -WhatIf, changes nothing before it was asked, and says at its end that it is done or has failed."""
    text = path.read_text("utf-8")
    assert "[CmdletBinding(SupportsShouldProcess)]" in text
    assert "[object]$WebhookData" in text
    assert "'done'" in text
    assert "trap { Send-Progress $script:Step 'failed'" in text
    asks, acts = text.index("$PSCmdlet.ShouldProcess("), [found.start() for found in ACTS.finditer(text)]
    assert acts
    assert asks < min(acts)


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.name)
def test_a_drill_acts_on_nothing(path: Path) -> None:
    """The first thing a runbook looks at, once it knows the story; then it says that it is done."""
    lines = path.read_text("utf-8").splitlines()
    after = lines[next(number for number, line in enumerate(lines) if "Start-Work" in line) + 1]
    assert re.fullmatch(
        r"if \(\$story\.test\) \{ Send-Progress \S+ 'done' 'a drill: nothing is begun'; return \}", after
    )


def test_the_documents_name_each_runbook() -> None:
    """None is shipped that nobody can know of."""
    page = (ROOT / "docs" / "runbooks.md").read_text("utf-8")
    assert [path.stem for path in RUNBOOKS if path.stem not in page] == []


def test_both_agents_know_the_same_settings() -> None:
    """What the page lists for both is read by both."""
    linux = (ROOT / "agent/linux/notbefore_agent.py").read_text("utf-8")
    windows = (ROOT / "agent/windows/notbefore-agent.ps1").read_text("utf-8")
    names = set(re.findall(r'\b(?:one|number)\("([A-Z]+)"', linux)) - {"SYSLOG", "BOOT_ID"}
    assert names == set(re.findall(r"Get-Setting '([A-Z]+)'", windows))
