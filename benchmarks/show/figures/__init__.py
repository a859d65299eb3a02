"""Figures of what was measured: described once (`chart`), drawn twice, for a page and as SVG."""
