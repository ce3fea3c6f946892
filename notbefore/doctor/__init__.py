"""Whether everything that NotBefore stands on is there, open and right; and what to do where it is not."""
