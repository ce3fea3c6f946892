"""One small file per mistake: its first lines say what must be said about it, `# LINE: problem (advice)`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notbefore.config.loading import load, parse
from notbefore.config.report import Unset
from notbefore.errors import ConfigError

BAD = Path(__file__).parent / "bad"
SET = {"SET": "not a url"}


def _expected(file: Path) -> list[str]:
    found = (re.fullmatch(r"# (\d+: .*)", line) for line in file.read_text().splitlines())
    return [line[1] for line in found if line]


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yaml")), ids=lambda file: file.stem)
def test_each_mistake_is_said_with_its_line_and_nothing_else(file: Path) -> None:
    """What a wrong file is told is exactly what its own first lines say, in the order of the lines."""
    with pytest.raises(ConfigError) as caught:
        load(file, SET.get)
    said = [
        f"{mistake.line}: {mistake.problem}" + (f" ({mistake.advice})" if mistake.advice else "")
        for mistake in caught.value.mistakes
    ]
    assert said == _expected(file)
    assert all(mistake.file == str(file) for mistake in caught.value.mistakes)


def test_every_wrong_file_says_what_is_wrong_with_it() -> None:
    """No file of the collection is without an expectation."""
    assert len(list(BAD.glob("*.yaml"))) > 150
    assert [file.stem for file in BAD.glob("*.yaml") if not _expected(file)] == []


def test_a_file_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    """A missing file is said as a mistake, not as a crash."""
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")


def test_a_huge_file_is_refused_unread() -> None:
    """Ten megabytes are refused before YAML sees them."""
    with pytest.raises(ConfigError, match="larger than 4 MiB"):
        parse(b"# x\n" * 2_621_440, "routes.yaml")


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    """A file in another encoding is refused where it stops being UTF-8."""
    with pytest.raises(ConfigError, match=r"routes.yaml:2: is not UTF-8 text"):
        parse(b"version: 1\nname: caf\xe9\n", "routes.yaml")


def test_a_python_object_is_a_wrong_type_and_nothing_is_made() -> None:
    """YAML tags that would make objects are only a wrong type here."""
    with pytest.raises(ConfigError, match=r"not `tag:yaml.org,2002:python/object:os.system`"):
        parse(b"version: !!python/object:os.system {}\naudiences: {}\nroutes: []\n", "routes.yaml")


def test_a_variable_that_is_not_set_is_told_apart() -> None:
    """What the environment lacks is no fault of the file, and can be told from one."""
    with pytest.raises(ConfigError) as caught:
        load(BAD / "env-unset.yaml", SET.get)
    assert all(isinstance(mistake, Unset) for mistake in caught.value.mistakes)


def test_no_mistake_repeats_a_secret_or_an_address() -> None:
    """The value of a variable, an address and a url never come into a message."""
    values = {"SET": "hush-hush@nowhere"}
    for name in ("env-to-no-url", "email-no-address", "email-with-name", "webhook-with-password"):
        with pytest.raises(ConfigError) as caught:
            load(BAD / f"{name}.yaml", values.get)
        said = str(caught.value)
        assert "hush" not in said
        assert "Ops <" not in said
        assert "me:word" not in said


def test_a_file_of_nothing_but_mistakes_is_read_only_so_far() -> None:
    """A thousand mistakes are said, in order; the rest of the file is not read, and that is said too."""
    with pytest.raises(ConfigError) as caught:
        parse("".join(f"bad{number}: 1\n" for number in range(50_000)).encode(), "routes.yaml")
    lines = [mistake.line for mistake in caught.value.mistakes]
    assert lines == list(range(1, 1_002))
    assert caught.value.mistakes[-1].problem == "and more: stopped"
