"""Sphinx extension: links to files and folders that are no documents lead to pages that show them.

A link such as `../kernels/network.py` shows the file in the repository. On the site it leads to a
page with the file's text, or with the list of the folder's files, instead of a download.
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

FOLDER = "source"
"""The folder of the site that these pages are in."""
LEXERS = {".py": "python", ".c": "c", ".toml": "toml"}
SHOWN = (*LEXERS, "")
"""Endings of the files that have pages; LICENSE has none."""


def page(path: Path) -> str:
    """The name of a file's or folder's page."""
    return f"{FOLDER}/{path.as_posix()}"


def link(app: Sphinx, tree: nodes.document) -> None:
    """Turn a document's links to files and folders into links to their pages."""
    document = app.env.docname
    wanted: set[Path] = set()
    for node in [*tree.findall(addnodes.download_reference), *tree.findall(addnodes.pending_xref)]:
        if node.get("reftype") != "myst" or node.get("refdomain"):
            continue
        relative, absolute = app.env.relfn2path(node["reftarget"], document)
        path = Path(relative)
        if path.suffix not in SHOWN or not Path(absolute).exists():
            continue  # Sphinx copies the file, or warns that it is not there
        wanted.add(path)
        address = relative_uri(
            app.builder.get_target_uri(document), app.builder.get_target_uri(page(path))
        )
        node.replace_self(nodes.reference("", "", *node.children, internal=True, refuri=address))
    remembered(app)[document] = wanted


def remembered(app: Sphinx) -> dict[str, set[Path]]:
    """The files and folders that each document links to, kept for the next build."""
    if not hasattr(app.env, "shown_sources"):
        app.env.shown_sources = {}  # type: ignore[attr-defined]
    found: dict[str, set[Path]] = app.env.shown_sources  # type: ignore[attr-defined]
    return found


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The name, content and template of each page."""
    highlighter = app.builder.highlighter  # type: ignore[attr-defined]
    waiting = set().union(*remembered(app).values())
    done: set[Path] = set()
    while waiting:
        path = waiting.pop()
        done.add(path)
        whole = Path(app.srcdir, path)
        if whole.is_dir():
            inside = sorted(one.relative_to(app.srcdir) for one in whole.iterdir() if shown(one))
            waiting |= {*inside} - done
            body = listing(app, path, inside)
        else:
            lexer = LEXERS.get(path.suffix, "text")
            text = whole.read_text(encoding="utf-8")
            body = highlighter.highlight_block(text, lexer)
        title = html.escape(str(path))
        yield page(path), {"title": title, "body": f"<h1>{title}</h1>\n{body}"}, "page.html"


def shown(path: Path) -> bool:
    """True for what a folder's page lists: source files, and folders that have some."""
    if path.is_dir():
        return any(shown(one) for one in path.iterdir())
    return path.suffix in LEXERS


def listing(app: Sphinx, folder: Path, inside: list[Path]) -> str:
    """A folder's list of links to the pages of its files and folders."""
    here = app.builder.get_target_uri(page(folder))
    lines = [
        f'<li><a href="{relative_uri(here, app.builder.get_target_uri(page(one)))}">'
        f"{html.escape(os.path.basename(one))}</a></li>"
        for one in inside
    ]
    return "\n".join(["<ul>", *lines, "</ul>"])


def forget(app: Sphinx, _: Any, document: str) -> None:
    """Forget the links of a document that is read anew."""
    remembered(app).pop(document, None)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register this extension."""
    app.connect("doctree-read", link)
    app.connect("env-purge-doc", forget)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
