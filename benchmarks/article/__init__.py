"""The tutorial: its sections, figures, statements and terms, and its own algorithms."""
