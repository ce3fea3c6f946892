"""What pages, audit and probes show: queries and views over what the pipeline has written. No decisions."""

from notbefore.board.board import Board

__all__ = ["Board"]
