"""Tables, figures, pictures and whole pages, made from stored rows; nothing here measures."""
