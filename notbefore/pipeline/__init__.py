"""The order of things only: accept, process, deliver, what is due, what was left behind.

Rooms of their own: `telling` (who is told, when and why), `polls` (what Azure says only when asked), `reporters`
(what agents and runbooks say of themselves), `past` (what-if, restore, explain: the past played again).
"""
