"""The article's twelve pictures, and the document that shows them."""
