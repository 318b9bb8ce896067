"""The layouts of the real datasets, one file each."""

from hilum.registry import Registry

layouts = Registry("hilum.phantom.layouts", "layout")

__all__ = ["layouts"]
