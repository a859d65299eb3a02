"""The reproduction of the article: what its command measures, and in which steps."""
