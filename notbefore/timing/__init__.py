"""When: quiet hours, digests, groups, budgets, reminders, escalation, overdue. Pure; `now` is an argument.

All times are aware and UTC; zones are the audience's. Each answer says in words why.
"""

from notbefore.timing.deferral import LEAD, deferred, folded_in_time, is_let_through, let_through
from notbefore.timing.digest import digested, next_digest
from notbefore.timing.due import Due, local, moment, words
from notbefore.timing.pace import flush_too_soon, group_key, grouped, over_budget, too_soon
from notbefore.timing.promises import GRACE, UNKNOWN_LENGTH, escalation, overdue, overdue_at
from notbefore.timing.quiet import QuietTime, never_ends, quiet_since, quiet_time, quiet_until
from notbefore.timing.reminders import APART, JUST_BEFORE, Reminder, reminder_now, reminders

__all__ = [
    "APART",
    "GRACE",
    "JUST_BEFORE",
    "LEAD",
    "UNKNOWN_LENGTH",
    "Due",
    "QuietTime",
    "Reminder",
    "deferred",
    "digested",
    "escalation",
    "flush_too_soon",
    "folded_in_time",
    "group_key",
    "grouped",
    "is_let_through",
    "let_through",
    "local",
    "moment",
    "never_ends",
    "next_digest",
    "over_budget",
    "overdue",
    "overdue_at",
    "quiet_since",
    "quiet_time",
    "quiet_until",
    "reminder_now",
    "reminders",
    "too_soon",
    "words",
]
