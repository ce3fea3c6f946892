"""The past played again: explain, what-if, restore."""
