"""Tables, figures, pages and documents, drawn from stored rows."""
