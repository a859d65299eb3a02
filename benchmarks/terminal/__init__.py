"""What the commands share: options, tables on the terminal, rows until they are stored."""
