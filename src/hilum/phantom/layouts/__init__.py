"""The layouts of the real datasets, one file each."""
