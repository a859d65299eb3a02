"""Sphinx extension: formulas as MathML, which browsers show without MathJax, and so offline."""

from __future__ import annotations

import html

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

LOG = logging.getLogger(__name__)


def formula(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line; raises SkipNode, as its text is written with it."""
    translator.body.append(mathml(node))
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, in a box that scrolls; raises SkipNode."""
    translator.body.append(f'<div style="overflow-x: auto">{mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def mathml(node: nodes.Element, as_block: bool = False) -> str:
    """A formula as MathML; one that cannot be read is a warning and stays as it is written."""
    tex = node.astext()
    try:
        return str(tex2mathml(tex, as_block=as_block))
    except MathError as error:
        LOG.warning("the formula %s: %s", tex, error, location=node)
        return html.escape(tex)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register this extension."""
    app.add_html_math_renderer("mathml", (formula, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
