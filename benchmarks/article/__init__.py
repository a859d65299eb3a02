"""The tutorial whose figures are reproduced: what it says, and the code that measures it."""
