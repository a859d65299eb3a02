"""Whole documents: the report in HTML, the generated Markdown, asv's page for use offline."""
