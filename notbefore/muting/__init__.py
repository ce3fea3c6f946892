"""What holds a story back: a person's silence, a mute of the routing file, another story. Pure.

Held is not lost: each hold says why and, where that can be known, until when.
"""

from notbefore.muting.hold import Held, Hold, Subject
from notbefore.muting.holds import Holds
from notbefore.muting.silence import Silence

__all__ = ["Held", "Hold", "Holds", "Silence", "Subject"]
