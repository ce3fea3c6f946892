"""`notbefore check`, as a person or a machine runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notbefore.cli import main
from notbefore.commands.check import check

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
EXAMPLE = ROOT.parent / "shared" / "routes.example.yaml"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_shipped_file_is_right() -> None:
    """config/routes.yaml has no mistake, and all of its own tests hold."""
    checked = check(ROOT / "config" / "routes.yaml", AT)
    assert checked.mistakes == ()
    assert [(test.name, test.failures) for test in checked.tests if test.failures] == []
    assert len(checked.tests) == 5


def test_the_example_of_the_whole_language_holds() -> None:
    """Every test that the example carries holds."""
    if not EXAMPLE.exists():
        pytest.skip("the example is not here")
    checked = check(EXAMPLE, AT)
    assert checked.right
    assert len(checked.tests) == 3


def test_mistakes_are_printed_with_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Every mistake at once, each as file:line, and the status says so."""
    file = HERE / "bad" / "many-at-once.yaml"
    assert main(["check", "--routes", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{file}:8: 2 is not known (only 1 is)"
    assert lines[-1] == f"{file}: 7 mistakes, 0 warnings, 0 of 0 tests hold"
    assert len(lines) == 8


def test_warnings_do_not_fail(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A mute that is over at --at is worth a line, and the status stays 0."""
    file = tmp_path / "routes.yaml"
    mute = "mutes: [{name: m, match: {test: true}, until: 2026-12-01T00:00:00Z, reason: r}]\n"
    file.write_text(_small("sent") + mute)
    assert main(["check", "--routes", str(file), "--at", "2026-11-30T00:00:00Z"]) == 0
    assert "mute" not in capsys.readouterr().out
    assert main(["check", "--routes", str(file), "--at", "2026-12-02T00:00:00Z"]) == 0
    assert f"{file}:14: warning: the mute `m` is over since 2026-12-01T00:00:00Z" in capsys.readouterr().out


def test_a_test_that_fails_says_what_came_instead(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The status is 1, and the line of the test, what was expected and what came are said."""
    file = tmp_path / "routes.yaml"
    file.write_text(_small("muted"))
    assert main(["check", "--routes", str(file)]) == 1
    out = capsys.readouterr().out
    assert "fails: a reboot is told" in out
    assert f"{file}:10: ops: muted expected, sent came" in out
    assert "0 of 1 tests hold" in out


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ("{decision: sent, channels: [webhook]}", None),
        ("{decision: sent, channels: [email]}", "ops: email expected, webhook came"),
        ('{decision: sent, route: "every*"}', None),
        ("{decision: sent, route: payments}", "ops: route `payments` expected, `everything` came"),
        ('{decision: sent, reason: "*no such words*"}', "ops: reason `*no such words*` expected, "),
        ("{decision: sent, until: 2026-11-21T02:00:00Z}", "ops: until 2026-11-21T02:00:00Z expected, no time came"),
    ],
)
def test_all_that_is_expected_is_compared(tmp_path: Path, expect: str, failure: str | None) -> None:
    """Channels, route, reason and time, each when it is asked for."""
    file = tmp_path / "routes.yaml"
    file.write_text(_small(expect))
    (test,) = check(file, AT).tests
    assert len(test.failures) == (0 if failure is None else 1)
    assert "".join(test.failures).startswith(failure or "")


def test_tags_of_an_event_reach_their_owner(tmp_path: Path) -> None:
    """A tag in a test is a tag of its resource: `owner` is found by it."""
    file = tmp_path / "routes.yaml"
    owned = "  - {name: owned, match: {has_owner: true}, to: [owner]}\n"
    text = _small("sent").replace("routes:\n", "owners: {tag: team, fallback: ops}\nroutes:\n" + owned)
    file.write_text(
        text.replace("impact: reboot", "impact: reboot, resource: vm-1, tag: {TEAM: dev}").replace(
            "{ops: sent}", "{dev: {decision: sent, route: owned}, ops: not_routed}"
        )
    )
    assert check(file, AT).tests[0].failures == ()


def test_nobody_on_purpose_is_not_routed(tmp_path: Path) -> None:
    """A story that a route tells nobody of is not_routed for everybody."""
    file = tmp_path / "routes.yaml"
    text = _small("not_routed").replace("routes:\n", "routes:\n  - {name: quiet, match: {impact: reboot}, to: []}\n")
    file.write_text(text)
    assert check(file, AT).tests[0].failures == ()


def test_an_unset_variable_is_a_warning_here(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Secrets live where the file is run: where it is only checked, a missing one does not fail."""
    file = tmp_path / "routes.yaml"
    file.write_text(_small("sent").replace("secret: a", 'secret: "${env:NOTBEFORE_NEVER_SET}"'))
    assert main(["check", "--routes", str(file)]) == 0
    assert f"{file}:4: warning: ${{env:NOTBEFORE_NEVER_SET}} is not set" in capsys.readouterr().out


def test_machines_get_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """--json is one object with mistakes, warnings and tests."""
    assert main(["check", "--json", "--routes", str(HERE / "bad" / "mute-without-end.yaml")]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert said["mistakes"][0]["line"] == 11
    assert (said["warnings"], said["tests"]) == ([], [])


def _small(expect: str) -> str:
    return f"""\
version: 1
audiences:
  ops:
    channels: [{{webhook: {{url: "https://hooks.example.com/a", secret: a}}}}]
  dev:
    channels: [{{webhook: {{url: "https://hooks.example.com/b", secret: a}}}}]
routes:
  - {{name: everything, to: [ops]}}
tests:
  - name: a reboot is told
    at: 2026-11-21T02:00:00Z
    event: {{kind: host_maintenance, phase: scheduled, impact: reboot, notice: 5m}}
    expect: {{ops: {expect}}}
"""
