"""The order of things only: accept, process, deliver, what is due, what was left behind."""
