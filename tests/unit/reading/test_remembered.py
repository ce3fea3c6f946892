"""What is remembered of texts and of keys is right, and has an end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notbefore.reading import Fields, Remembered
from notbefore.reading.spelling import SPELLINGS

SPELT = st.sampled_from(["level", "Level", "LEVEL", " level", "stage", "Stage ", "id"])


def test_a_text_is_read_once_and_a_long_one_each_time() -> None:
    """The second time nobody works, unless the text is too long to keep."""
    read: list[str] = []

    def length(text: str) -> int:
        read.append(text)
        return len(text)

    lengths = Remembered(length, longest=5)
    assert [lengths["abc"], lengths["abc"], lengths["abcde"], lengths["abcde"]] == [3, 3, 5, 5]
    assert read == ["abc", "abcde", "abcde"]


def test_what_is_remembered_never_grows_beyond_its_measure() -> None:
    """Whoever sends a thousand words leaves the last few."""
    upper = Remembered(str.upper, longest=10, most=8)
    for number in range(1000):
        assert upper[f"word{number}"] == f"WORD{number}"
        assert len(upper) <= 8


def test_spellings_have_an_end_in_number_and_in_length() -> None:
    """Objects whose keys are never the same do not fill the memory, nor do long keys."""
    for number in range(2000):
        assert Fields({f"key{number}": number}).get("KEY" + str(number)) == number
    assert len(SPELLINGS) <= 512
    Fields({"k" * 5000: 1})
    assert ("k" * 5000,) not in SPELLINGS


@given(st.dictionaries(SPELT, st.sampled_from([None, "", " ", "x", 0, "y"])), st.lists(SPELT, min_size=1, max_size=4))
def test_the_first_name_with_a_value_is_found_whatever_its_case(raw: dict[str, object], names: list[str]) -> None:
    """As if each name were looked for one by one, spelt exactly so first, then without regard to case and blanks."""
    expected = None
    for name in names:
        alike = [key for key in raw if key.strip().lower() == name.strip().lower()]
        key = name if name in raw else alike[-1] if alike else None
        value = raw[key] if key is not None else None
        if value is not None and str(value).strip():
            expected = value
            break
    assert Fields(raw).get(*names) == expected
    assert Fields(raw).has(*names) == all(
        any(key.strip().lower() == name.strip().lower() for key in raw) for name in names
    )
