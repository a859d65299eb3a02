"""The article's thirteen pictures: plots and diagrams, each under its name."""
