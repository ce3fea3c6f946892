"""Every envelope a signal may come in, down to single records, each with its path and what it inherits."""

from notbefore.envelopes.opening import Found, opened
from notbefore.envelopes.record import Context, Form, Passed, Record

__all__ = ["Context", "Form", "Found", "Passed", "Record", "opened"]
