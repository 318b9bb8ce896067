"""Drawn chests with drawn lesions, written in the layouts of the real datasets."""

from hilum.phantom.layouts import layouts

__all__ = ["layouts"]
