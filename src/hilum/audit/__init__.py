"""Is the data sound, what is in it: checks, duplicates, quality, summary."""
