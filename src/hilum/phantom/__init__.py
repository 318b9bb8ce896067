"""Drawn chests with drawn lesions, written in the layouts of the real datasets."""
