"""Pixels: read, window, crop, equalize, resize, the packed store, geometry."""
