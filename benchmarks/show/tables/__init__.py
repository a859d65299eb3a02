"""Tables and sentences made from stored rows, and numbers as text."""
