"""docs/deploy.md names files, parameters and values that exist."""

from __future__ import annotations

import re

import yaml
from bicep import INFRA, parsed

from local.cache import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
AZURE = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))


def test_every_file_of_the_page_exists() -> None:
    """Paths in commands and in text."""
    named = set(re.findall(r"\b(?:infra|config|tests|docs)/[\w./-]+\.\w+", PAGE))
    assert {one for one in named if not (ROOT / one).is_file()} == set()


def test_every_parameter_of_the_page_exists() -> None:
    """`param NAME = …` is one of the main file."""
    named = set(re.findall(r"`param (\w+)", PAGE))
    assert named
    assert named <= set(parsed(INFRA / "main.bicep")["parameters"])


def test_every_value_that_is_set_is_read() -> None:
    """`azd env set NAME` is read by the parameter file."""
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", (INFRA / "main.bicepparam").read_text(encoding="utf-8")))
    assert set(re.findall(r"azd env set (\w+)", PAGE)) <= read


def test_the_hooks_do_the_same_in_both_shells() -> None:
    """What runs in sh runs in PowerShell, and a failure stops both."""
    for hook in AZURE["hooks"].values():
        assert (hook["posix"]["shell"], hook["windows"]["shell"]) == ("sh", "pwsh")
        programs = [re.findall(r"(?:dev|infra/entra)\.py \w+", hook[system]["run"]) for system in ("posix", "windows")]
        assert programs[0] == programs[1]
        assert not programs[0] or (
            "exit $LASTEXITCODE" in hook["windows"]["run"] and "; echo" not in hook["posix"]["run"]
        )


def test_what_the_hooks_and_the_page_want_of_the_deployment_is_put_out() -> None:
    """Outputs are what the script after the deployment and the drill read."""
    offered = set(parsed(INFRA / "main.bicep")["outputs"])
    wanted = set(re.findall(r"\"(NOTBEFORE_(?:URL|PRINCIPAL))\"", (INFRA / "entra.py").read_text(encoding="utf-8")))
    assert wanted == {"NOTBEFORE_URL", "NOTBEFORE_PRINCIPAL"}
    assert wanted | {"NOTBEFORE_APP", "NOTBEFORE_AGENTS"} <= offered
    (service,) = AZURE["services"]
    assert f"'azd-service-name': '{service}'" in (INFRA / "modules" / "app.bicep").read_text(encoding="utf-8")
