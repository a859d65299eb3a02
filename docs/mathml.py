"""Sphinx extension: formulas as MathML, which browsers show without MathJax, and so offline."""

from __future__ import annotations

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def formula(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line; raises SkipNode, as its text is written with it."""
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, in a box that scrolls; raises SkipNode."""
    formula_text = tex2mathml(node.astext(), as_block=True)
    translator.body.append(f'<div style="overflow-x: auto">{formula_text}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register this extension."""
    app.add_html_math_renderer("mathml", (formula, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
