"""Leaving paths out of what is stored, since results are committed and shared."""

from __future__ import annotations

import re

SEPARATOR = re.compile(r"[/\\]")
QUOTED = re.compile(r"""(?<!\w)(['"])[^'"]*[/\\][^'"]*(?:\1|$)""")
"""A path between quotes, which may contain spaces; the message may have been cut within it."""
WORD = re.compile(r"[^\s'\"]*[/\\][^\s'\"]*")
LEFT_OUT = "…"


def without_path(value: str) -> str:
    """A value that may be a path: an ellipsis if it is one."""
    return LEFT_OUT if SEPARATOR.search(value) else value


def without_paths(text: str) -> str:
    """A message with an ellipsis for each word with a separator, and for each path in quotes."""
    return WORD.sub(LEFT_OUT, QUOTED.sub(rf"\1{LEFT_OUT}\1", text))
