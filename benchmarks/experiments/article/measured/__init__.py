"""Measurements of the article's figures and statements, by subject; each returns rows."""
