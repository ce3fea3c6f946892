"""Every Bicep file holds together: what a compiler would find wrong, as far as a parser can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bicep
import pytest
from bicep import INFRA, files, parsed

ALL = pytest.mark.parametrize("file", files(), ids=lambda file: file.relative_to(INFRA).as_posix())
LINES = 150
SCOPES = frozenset({"subscription", "resourceGroup", "tenant", "environment", "managementGroup"})


@ALL
def test_every_parameter_and_output_says_what_it_is(file: Path) -> None:
    """Each has a description that is a sentence, and each parameter a type."""
    tree = parsed(file)
    for kind in ("parameters", "outputs"):
        for name, one in tree.get(kind, {}).items():
            said = [each["argument"] for each in one["decorators"] if each["type"] == "description"]
            assert len(said) == 1, f"{kind[:-1]} {name} has no description"
            assert said[0][:1].isupper(), name
            assert said[0].endswith("."), name
            assert one["type"], name


@ALL
def test_a_module_is_small(file: Path) -> None:
    """A module is about one thing; a file that puts an installation together has beside it what may be chosen."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if file.name != "main.bicep":
        assert len(lines) <= LINES
        return
    chosen = next(number for number, line in enumerate(lines) if line.startswith(("var ", "resource ", "module ")))
    assert len(lines) - chosen <= LINES + 60


@ALL
def test_every_name_is_declared(file: Path) -> None:
    """What an expression names is a parameter, a variable, a resource, a module or a loop's own."""
    tree = parsed(file)
    declared = set().union(*(set(tree.get(kind, {})) for kind in ("parameters", "variables", "resources", "modules")))
    declared |= set(_bound(tree))
    used = {
        name for kind in ("variables", "resources", "modules", "outputs", "parameters") for name in _used(tree, kind)
    }
    assert used - declared - SCOPES == set()


@ALL
def test_every_parameter_and_variable_is_used(file: Path) -> None:
    """Nothing is asked for in vain."""
    tree = parsed(file)
    used = {
        name for kind in ("variables", "resources", "modules", "outputs", "parameters") for name in _used(tree, kind)
    }
    given = set(tree.get("parameters", {})) | set(tree.get("variables", {}))
    assert given - used == set()


@ALL
def test_every_module_gets_what_it_asks_for(file: Path) -> None:
    """Each parameter without a default is given, and none that the module does not have."""
    for name, one in parsed(file).get("modules", {}).items():
        target = (file.parent / one["detail"]["full"]).resolve()
        wanted = parsed(target).get("parameters", {})
        given = bicep.keys(bicep.body(one["config"]).get("params", {}))
        needed = {key for key, each in wanted.items() if each["default"] is None}
        assert needed <= given <= set(wanted), f"{name}: {sorted(given ^ needed)}"


@ALL
def test_every_output_that_is_asked_for_exists(file: Path) -> None:
    """`MODULE.outputs.NAME` is an output of that module."""
    text = file.read_text(encoding="utf-8")
    for name, one in parsed(file).get("modules", {}).items():
        offered = parsed((file.parent / one["detail"]["full"]).resolve()).get("outputs", {})
        asked = {rest.split("outputs.")[1] for rest in _words(text) if rest.startswith(f"{name}.outputs.")}
        assert asked <= set(offered)


@ALL
def test_a_name_means_one_thing(file: Path) -> None:
    """Parameters, variables, resources and modules of a file share their names; outputs have their own."""
    tree = parsed(file)
    declared = [name for kind in ("parameters", "variables", "resources", "modules") for name in tree.get(kind, {})]
    assert len(declared) == len(set(declared))


def test_no_two_deployments_have_one_name() -> None:
    """A deployment inside another of the same name and scope is refused by Azure, so names are used once."""
    called = [bicep.body(one["config"])["name"] for file in files() for one in parsed(file).get("modules", {}).values()]
    shared_by_two_topics = {"notbefore-sender-${uniqueString(name)}", "notbefore-dead-${uniqueString(name)}"}
    assert {name for name in called if called.count(name) > 1} == shared_by_two_topics


def test_every_output_of_a_module_is_asked_for() -> None:
    """What nobody reads is not put out; the outputs of the beginnings are for people."""
    asked: set[tuple[Path, str]] = set()
    for file in files():
        words = _words(file.read_text(encoding="utf-8"))
        for name, one in parsed(file).get("modules", {}).items():
            target = (file.parent / one["detail"]["full"]).resolve()
            asked |= {(target, each.split("outputs.")[1]) for each in words if each.startswith(f"{name}.outputs.")}
    offered = {
        (file, name) for file in files() if file.name != "main.bicep" for name in parsed(file).get("outputs", {})
    }
    assert offered - asked == set()


def test_every_module_is_used() -> None:
    """No file lies around: each is deployed by another, or is a beginning."""
    used = {
        (file.parent / one["detail"]["full"]).resolve()
        for file in files()
        for one in parsed(file).get("modules", {}).values()
    }
    beginnings = {"main.bicep", "management-group/main.bicep", "management-group/remediation.bicep"}
    assert {file.relative_to(INFRA).as_posix() for file in files() if file not in used} == beginnings


@pytest.mark.parametrize("file", sorted(INFRA.rglob("*.bicepparam")), ids=lambda file: file.parent.name)
def test_no_value_of_a_parameter_file_is_unknown(file: Path) -> None:
    """It gives each parameter that must be given, and only those that exist."""
    lines = file.read_text(encoding="utf-8").splitlines()
    given = {line.split()[1] for line in lines if line.startswith("param ")}
    wanted = parsed(file.with_suffix(".bicep"))["parameters"]
    assert "using './main.bicep'" in lines
    assert {name for name, one in wanted.items() if one["default"] is None} <= given <= set(wanted)


def _used(tree: Mapping[str, Any], kind: str) -> Iterator[str]:
    part = "default" if kind == "parameters" else "value" if kind in {"variables", "outputs"} else "config"
    for one in tree.get(kind, {}).values():
        yield from bicep.names(one[part])
        yield from (str(each["detail"]["array_name"]) for each in _loops(one[part]) if "array_name" in each["detail"])


def _loops(tree: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 # any tree
    return (one["loop_type"] for one in bicep.walk(tree) if isinstance(one, Mapping) and "loop_type" in one)


def _bound(tree: Any) -> Iterator[str]:  # noqa: ANN401 # any tree
    """Names that a loop or a lambda brings with it."""
    for one in bicep.walk(tree):
        if isinstance(one, Mapping) and "loop_type" in one:
            yield from (str(value) for key, value in one["loop_type"]["detail"].items() if key != "array_name")
        if isinstance(one, Mapping) and one.get("type") == "lambda_expression":
            yield from (str(value) for key, value in one["detail"].items() if key.startswith("var_"))


def _words(text: str) -> list[str]:
    for sign in "(){}[],'$:?!\n":
        text = text.replace(sign, " ")
    return text.split()
