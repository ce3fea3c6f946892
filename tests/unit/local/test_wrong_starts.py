"""A start that cannot be: said in a line, by the exit status too, before anything runs."""

from pathlib import Path

import pytest

from local import commands


@pytest.mark.parametrize("port", ["99999", "-1", "x", ""])
def test_a_port_that_is_none_is_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 with the range that ports have, instead of what the system calls it."""
    with pytest.raises(SystemExit) as left:
        commands.main(["run", f"--port={port}"])
    assert left.value.code == 2
    assert "65535" in capsys.readouterr().err


def test_a_routing_file_that_is_no_text_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file, and what is wrong with it; nothing is started."""
    routes = tmp_path / "routes.yaml"
    routes.write_bytes(b"\xff\xfe\x00")
    assert commands.main(["run", "--routes", str(routes), "--state", str(tmp_path / "state")]) == 1
    assert f"{routes}: is not UTF-8 text" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()
