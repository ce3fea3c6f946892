"""Delivery → message: what happens, when, to what, what to do, and why it came to this audience."""

from notbefore.rendering.context import RenderContext
from notbefore.rendering.render import render

__all__ = ["RenderContext", "render"]
