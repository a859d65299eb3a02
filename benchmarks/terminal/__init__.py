"""Shared by the commands: their options, their session while they measure, the terminal."""
