"""Tolerant access to foreign JSON: paths, case, dates, numbers, JSON in strings, HTML as plain text.

Nothing here knows what a field means. `Fields` reads one object, `decode` bytes, `parse_time` a time,
`arm` resource ids, `plain_text` HTML. What cannot be read is None and noted with its path, never an exception.
"""

from notbefore.reading.arm import is_guid, region_name, resource_at, subscription_of
from notbefore.reading.decoding import decode, embedded, unwrapped
from notbefore.reading.fields import Fields, Place, is_nothing, spelt_out, text_of, word_of
from notbefore.reading.plain import plain_text
from notbefore.reading.remembered import Remembered
from notbefore.reading.times import UnreadableTime, parse_time

__all__ = [
    "Fields",
    "Place",
    "Remembered",
    "UnreadableTime",
    "decode",
    "embedded",
    "is_guid",
    "is_nothing",
    "parse_time",
    "plain_text",
    "region_name",
    "resource_at",
    "spelt_out",
    "subscription_of",
    "text_of",
    "unwrapped",
    "word_of",
]
