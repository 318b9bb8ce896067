"""Drawn chests with drawn lesions, written in the layouts of the real datasets."""

from hilum.registry import Registry

layouts = Registry("hilum.phantom.layouts", "layout")

__all__ = ["layouts"]
