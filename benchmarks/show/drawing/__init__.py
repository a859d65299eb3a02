"""Descriptions of charts and diagrams, and their drawings as SVG and for Plotly."""
