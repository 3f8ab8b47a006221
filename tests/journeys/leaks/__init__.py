"""What a real sale leaves behind: in memory, in files, on the screen."""
