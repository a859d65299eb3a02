"""Whole documents: the HTML report, README, docs/pictures.md, asv's page for use offline."""
