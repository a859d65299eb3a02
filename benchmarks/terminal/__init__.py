"""Code that commands share: their options, their session while they measure, the terminal."""
