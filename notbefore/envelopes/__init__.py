"""Every envelope a signal may come in, down to single records, each with its path and what it inherits."""

from notbefore.envelopes.record import Context, Form, Record

__all__ = ["Context", "Form", "Record"]
