"""The commands as other programs use them: as processes, by their exit status and output."""
