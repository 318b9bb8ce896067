"""Hilum learns to read chest X-ray images, reads them, and says how good it is. For research, not a medical device."""

__version__ = "0.1.0"
