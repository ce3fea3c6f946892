"""Keys → story; an event moves it. Pure: no clock, no storage."""

from notbefore.story.advance import Change, advance, opened
from notbefore.story.merge import merge
from notbefore.story.news import NO_NEWS, News, difference, material
from notbefore.story.places import place_of, placed, together
from notbefore.story.resources import Step, needed
from notbefore.story.shares import reshared
from notbefore.story.ties import Tie, story_id, takes, ties

__all__ = [
    "NO_NEWS",
    "Change",
    "News",
    "Step",
    "Tie",
    "advance",
    "difference",
    "material",
    "merge",
    "needed",
    "opened",
    "place_of",
    "placed",
    "reshared",
    "story_id",
    "takes",
    "ties",
    "together",
]
