"""Asks Azure for what it does not push, and learns the facts about resources."""
