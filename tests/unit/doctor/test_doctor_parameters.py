"""A file of parameters that cannot work is stopped before anything is created, with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from notbefore.cli import main
from notbefore.doctor.azd import azd_values
from notbefore.doctor.bicepparam import Expression, read_demands, read_parameters
from notbefore.doctor.finding import Finding, State
from notbefore.doctor.parameters import parameters
from notbefore.errors import ConfigError

BICEP = """
targetScope = 'subscription'

@description('Region (one of a few).')
@allowed([
  'westeurope'
  'northeurope'
])
param location string

@description('Addresses')
@minLength(1)
param operatorEmails string[]

@minValue(1)
@maxValue(20)
param readyDoors int = 1
param pollSubscriptions string[] = []
param secretSettings string[] = []
param moreSettings object = {}
param note string?

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: location
}
"""
GOOD = """
using './main.bicep' // beside it

/* the region of
   everything */
param location = 'westeurope'
param operatorEmails = ['ann@example.com', 'bob@example.com']
param pollSubscriptions = [
  '11111111-1111-4111-8111-111111111111'
  '22222222-2222-4222-8222-222222222222'
]
param secretSettings = ['HOOK_SECRET']
param moreSettings = {
  NOTBEFORE_ALLOW_NETWORKS: '10.0.0.0/8'
  'another': 'one'
}
"""
ROUTES = """
version: 1
audiences:
  ops: {channels: [{webhook: {url: "https://x.example.com/", secret: "${env:HOOK_SECRET}"}}]}
routes:
  - {name: all, to: [ops]}
"""


def looked_at(folder: Path, content: str, routes: str = ROUTES) -> list[Finding]:
    """What is found in this file of parameters."""
    (folder / "main.bicep").write_text(BICEP)
    (folder / "routes.yaml").write_text(routes)
    file = folder / "main.bicepparam"
    file.write_text(content)
    return list(parameters(file, folder / "routes.yaml", {"REGION": "northeurope"}.get))


def test_a_good_file_is_good(tmp_path: Path) -> None:
    """Only what Azure alone knows is not checked."""
    found = looked_at(tmp_path, GOOD)
    assert [one.name for one in found if one.state is State.NOT_CHECKED] == ["region"]
    assert [one for one in found if one.state is State.WRONG] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("'westeurope'", "'atlantis'", "not one of westeurope, northeurope"),
        ("['ann@example.com', 'bob@example.com']", "[]", "shorter than 1"),
        ("'bob@example.com'", "'ANN@example.com'", "ann@example.com is there 2 times"),
        ("22222222-2222-4222-8222-222222222222", "11111111-1111-4111-8111-111111111111", "is there 2 times"),
        ("param location = 'westeurope'", "", "is missing"),
        ("param location", "param region = 'x'\nparam location", "no such parameter"),
        ("['HOOK_SECRET']", "[]", "HOOK_SECRET"),
        ("'another'", "HOOK_SECRET", "looks like a secret"),
        ("'westeurope'", "'westeurope", ":"),
        ("'westeurope'", "]", "a value is expected"),
        ("param location", "param location = 'westeurope'\nparam location", "given twice"),
        ("]\nparam secret", "\nparam secret", ""),
        ("./main.bicep", "./other.bicep", "cannot be read"),
        ("param location = 'westeurope'", "param location = 'westeurope'\nparam readyDoors = 21", "from 1 to 20"),
    ],
)
def test_each_mistake_is_found_with_what_to_do(tmp_path: Path, old: str, new: str, words: str) -> None:
    """One wrong thing, and the finding names it."""
    assert old in GOOD
    wrong = [one for one in looked_at(tmp_path, GOOD.replace(old, new, 1)) if one.state is State.WRONG]
    assert wrong
    assert any(words in one.detail + one.name for one in wrong), wrong
    assert all(one.advice for one in wrong)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("to: [ops]", "to: [nobody]", "routes.yaml:6"),
        ("ops: sent", "ops: not_routed", "the test `told` fails"),
    ],
)
def test_a_routing_file_that_check_refuses_stops_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    """A mistake and a test that fails, each with its line; a good one passes."""
    event = "{kind: host_maintenance, impact: reboot}"
    test = f"{{name: told, at: 2026-11-21T02:00:00Z, event: {event}, expect: {{ops: sent}}}}"
    tested = f"{ROUTES}tests: [{test}]\n"
    arguments = ["doctor", "--parameters", str(tmp_path / "main.bicepparam"), "--routes", str(tmp_path / "routes.yaml")]
    looked_at(tmp_path, GOOD, tested)
    assert main(arguments) == 0, capsys.readouterr().out
    looked_at(tmp_path, GOOD, tested.replace(old, new))
    assert main(arguments) == 1
    assert words in capsys.readouterr().out


def test_the_environment_is_read_and_expressions_are_left_alone(tmp_path: Path) -> None:
    """What Bicep would compute is not checked, never guessed."""
    content = GOOD.replace("'westeurope'", "readEnvironmentVariable('REGION', 'atlantis')")
    assert all(one.state is not State.WRONG for one in looked_at(tmp_path, content))
    content = GOOD.replace("'westeurope'", "readEnvironmentVariable('NO_SUCH')")
    (unseen, _) = [one for one in looked_at(tmp_path, content) if one.state is State.NOT_CHECKED]
    assert "NO_SUCH" in unseen.detail


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'it\\'s'", "it's"),
        ("'a\\nb\\u{1F600}'", "a\nb\U0001f600"),
        ("'''\nlong 'text' ${here}'''", "long 'text' ${here}"),
        ("'\\${env:NAME}'", "${env:NAME}"),
        ("'${name}'", Expression("'${name}'")),
        ("toLower('A')", Expression("toLower('A')")),
        ("other", Expression("other")),
        ("split('a,b', ',')", ["a", "b"]),
        ("bool('True')", True),
        ("int('12')", 12),
        ("bool('perhaps')", Expression("bool('perhaps')")),
        ("split(x, ',')", Expression("split(x, ',')")),
        ("bool(readEnvironmentVariable('NONE', 'false'))", False),
        ("-3", -3),
        ("[true, false, null]", [True, False, None]),
        ("[\n  1\n  [2]\n]", [1, [2]]),
        ("{ a: { b: 'c' }, 'd e': [] }", {"a": {"b": "c"}, "d e": []}),
        ("{}", {}),
    ],
)
def test_values_are_read_as_bicep_writes_them(written: str, value: object) -> None:
    """Texts with their escapes, lists and objects on one line or on many."""
    read = read_parameters(f"param x = {written}\nparam y = 1", "f", lambda _: None)
    assert (read.given["x"].value, read.given["y"].value) == (value, 1)


@pytest.mark.parametrize(
    "content", ["param", "param x", "param x =", "param x = [", "param x = {a", "x = 1", "= =", "param x = f("]
)
def test_a_file_that_breaks_off_is_a_mistake_and_no_crash(content: str) -> None:
    """With its line."""
    with pytest.raises(ConfigError, match=r"^f:1"):
        read_parameters(content, "f", lambda _: None)


def test_demands_are_those_of_the_bicep_file() -> None:
    """Decorators over several lines, defaults, and what may be left out."""
    demands = read_demands(BICEP, "f")
    assert demands["location"].rules == {"allowed": ["westeurope", "northeurope"]}
    assert {name for name, one in demands.items() if one.needed} == {"location", "operatorEmails"}
    assert demands["readyDoors"].rules == {"minValue": 1, "maxValue": 20}


def test_the_environment_of_azd_is_known(tmp_path: Path) -> None:
    """What `azd env set` keeps: of the environment that is named, else of the usual one; nothing if there is none."""
    folder = tmp_path / ".azure"
    for name, region in (("one", "westeurope"), ("two", "northeurope")):
        (folder / name).mkdir(parents=True)
        (folder / name / ".env").write_text(f'AZURE_LOCATION="{region}"\nEMPTY=""\nno line\n')
    (folder / "config.json").write_text('{"version": 1, "defaultEnvironment": "two"}')
    assert azd_values(tmp_path, None) == {"AZURE_LOCATION": "northeurope", "EMPTY": ""}
    assert azd_values(tmp_path / "infra" / "deeper", "one")["AZURE_LOCATION"] == "westeurope"
    assert azd_values(tmp_path, "three") == azd_values(Path("/nowhere"), None) == {}


def test_the_files_that_are_deployed_are_read() -> None:
    """Every parameter of infra/ is one that its Bicep file has; a newcomer is told what is missing, and only that."""
    root = Path(__file__).resolve().parents[3]
    given = {"NOTBEFORE_OPERATORS": "ann@example.com", "NOTBEFORE_CLIENT_ID": "0" * 36, "NOTBEFORE_OBJECT_ID": "0" * 36}
    found = parameters(root / "infra" / "main.bicepparam", root / "config" / "routes.yaml", given.get)
    wrong = [one.detail for one in found if one.state is State.WRONG]
    assert wrong == ["the routing file names ${env:NOTBEFORE_HOOK_SECRET}, no setting has it"]
    group = root / "infra" / "management-group" / "main.bicepparam"
    given |= dict.fromkeys(("NOTBEFORE_PRINCIPAL", "NOTBEFORE_HUB", "NOTBEFORE_AGENTS_TOPIC"), "0" * 36)
    found = parameters(group, root / "config" / "routes.yaml", (given | {"NOTBEFORE_URL": "https://x"}).get)
    assert [one.detail for one in found if one.state is not State.GOOD] == []
